"""An event in CloudTrail's shape, made from a call and what came of it.

docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
KMS examples: docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import Caller, ForwardAccessSession, Principal
from local.aws_api.request_context import RequestContext
from local.services.cloudtrail.redaction import without_secrets
from policies.iam import Decision, Outcome

_READS = ("Decrypt", "Derive", "Describe", "Encrypt", "Filter", "Generate", "Get", "Head", "List",
          "ReEncrypt", "Sign", "Verify")  # fmt: skip
_SOURCES = {"cloudwatch": "monitoring"}
_ANSWERED = frozenset({"CreateKey", "DisableKey", "EnableKey", "ScheduleKeyDeletion"})
# Data events, which LookupEvents does not show:
# docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
_DATA = frozenset({"Invoke", "PutLogEvents", "ReceiveMessage", "SendMessage", "SendMessageBatch"})


def event_of(
    call: RequestContext,
    answer: dict[str, Any] | None,
    error: AwsError | None,
    now: float,
    resources: list[dict[str, Any]],
) -> dict[str, Any]:
    """The event of a call that gave `answer` (None where nothing of it is kept) or `error`.

    What policies said of it stands in additionalEventData, which is CloudTrail's place for what
    was not part of request or answer.
    """
    via = call.acting.via if isinstance(call.acting, ForwardAccessSession) else None
    service = None if isinstance(call.acting, Principal) else via or call.acting.service  # pyright: ignore[reportAttributeAccessIssue]
    kept = without_secrets(call.service, call.action, call.parameters)
    data = is_data(call)
    event: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": _identity(call.acting),
        "eventTime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{_SOURCES.get(call.service, call.service)}.amazonaws.com",
        "eventName": call.action,
        "awsRegion": call.region,
        "sourceIPAddress": service or "127.0.0.1",
        "userAgent": service or call.header("user-agent") or "",
        "requestParameters": _camel(kept) or None,
        "responseElements": _camel(answer) if answer and call.action in _ANSWERED else None,
        "requestID": call.request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": call.action.startswith(_READS),
        "resources": resources,
        "eventType": "AwsApiCall",
        "managementEvent": not data,
        "recipientAccountId": call.account,
        "eventCategory": "Data" if data else "Management",
    }
    if call.decisions:
        event["additionalEventData"] = {"authorization": [_told(d) for d in call.decisions]}
    if error is not None:
        code = error.code
        event["errorCode"] = "AccessDenied" if code == "AccessDeniedException" else code
        event["errorMessage"] = error.message
    return event


def is_data(call: RequestContext) -> bool:
    """Whether a call is about data in a resource and not about the resource."""
    if call.service == "bedrock-agentcore" or call.action in _DATA:
        return True
    return call.service == "s3" and ("Key" in call.parameters or call.action == "DeleteObjects")


def _told(decision: Decision) -> dict[str, Any]:
    """A decision in words: which statements decided and, of a denial, which condition failed."""
    request = decision.request
    told: dict[str, Any] = {
        "action": request.action,
        "resource": request.resource,
        "outcome": decision.outcome.value,
        "decidedBy": [str(ruling) for ruling in decision.decided_by],
    }
    if decision.outcome is Outcome.IMPLICITLY_DENIED:
        told["nearMisses"] = [f"{one.ruling}: {one.reason}" for one in decision.near_misses]
    return told


def _identity(acting: Caller) -> dict[str, Any]:
    """The userIdentity element.

    docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    if isinstance(acting, ForwardAccessSession):
        return {**_identity(acting.principal), "invokedBy": acting.via}
    if not isinstance(acting, Principal):
        return {"type": "AWSService", "invokedBy": acting.service}
    identity: dict[str, Any] = {
        "type": "IAMUser",
        "arn": acting.arn,
        "accountId": acting.account,
        "accessKeyId": acting.access_key_id,
    }
    name = acting.arn.rpartition("/")[2]
    if acting.role_arn is None:
        return identity | {"userName": name}
    issuer = {
        "type": "Role",
        "arn": acting.role_arn,
        "accountId": acting.account,
        "userName": acting.role_arn.rpartition("/")[2],
    }
    return identity | {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}}


def _camel(value: Any) -> Any:
    """The same with CloudTrail's spelling of members; an encryption context stays as it is."""
    if not isinstance(value, dict):
        return value
    return {
        name[:1].lower() + name[1:]: entry if name.endswith("Context") else _camel(entry)
        for name, entry in value.items()
    }
