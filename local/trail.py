"""CloudTrail: an event for each KMS call, looked up as with CloudTrail and kept as JSON lines.

Shape of events: docs.aws.amazon.com/awscloudtrail/latest/userguide/
cloudtrail-event-reference-record-contents.html
KMS examples: docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
"""

import json
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.call import Answer, Call
from local.clock import Clock
from local.faults import AwsError
from local.moto_state import MotoState
from local.principals import Acting, Forwarded, Principal
from local.wire import Response

_SECRET = frozenset({"Plaintext", "CiphertextBlob", "Message", "Mac", "Signature"})
_READS = ("Decrypt", "Derive", "Describe", "Encrypt", "Generate", "Get", "List", "ReEncrypt",
          "Sign", "Verify")  # fmt: skip
_ANSWERED = frozenset({"CreateKey", "DisableKey", "EnableKey", "ScheduleKeyDeletion"})
_MOST_RESULTS = 50


class Trail:
    """Records KMS calls as a layer, and answers LookupEvents as a service.

    `path` names a file to which each event is appended as a line of JSON.
    """

    def __init__(self, state: MotoState, clock: Clock, path: Path | None = None) -> None:
        self._state = state
        self._clock = clock
        self._path = path
        self._events: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def record(self, call: Call, onward: Answer) -> Response:
        """Let a KMS call through and keep what came of it."""
        try:
            response = onward(call)
        except AwsError as error:
            self._keep(call, None, error)
            raise
        if response.status < 300:
            self._keep(call, json.loads(response.body or b"{}"), None)
        else:
            body = json.loads(response.body or b"{}")
            code = str(body.get("__type", "")).rpartition("#")[2]
            self._keep(call, None, AwsError(code, str(body.get("message", ""))))
        return response

    def answer(self, call: Call) -> Response:
        """Answer a CloudTrail call; raises AwsError for any but LookupEvents."""
        if call.action != "LookupEvents":
            raise AwsError(
                "UnsupportedOperationException",
                f"The local endpoint answers LookupEvents only, not {call.action}",
            )
        found = [event for event in self._newest_first() if _wanted(event, call)]
        start = _index(call.parameters.get("NextToken"))
        size = call.parameters.get("MaxResults", _MOST_RESULTS)
        if not isinstance(size, int) or not 1 <= size <= _MOST_RESULTS:
            raise AwsError(
                "InvalidMaxResultsException", f"MaxResults: expected 1 to {_MOST_RESULTS}"
            )
        answer: dict[str, Any] = {"Events": [_row(e) for e in found[start : start + size]]}
        if start + size < len(found):
            answer["NextToken"] = str(start + size)
        body = json.dumps(answer).encode()
        return Response(200, {"content-type": "application/x-amz-json-1.1"}, body)

    def _newest_first(self) -> list[dict[str, Any]]:
        with self._lock:
            return self._events[::-1]

    def _keep(self, call: Call, answer: dict[str, Any] | None, error: AwsError | None) -> None:
        event = self._event(call, answer, error)
        with self._lock:
            self._events.append(event)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(event) + "\n")

    def _event(
        self, call: Call, answer: dict[str, Any] | None, error: AwsError | None
    ) -> dict[str, Any]:
        via = call.acting.via if isinstance(call.acting, Forwarded) else None
        service = None if isinstance(call.acting, Principal) else via or call.acting.service  # pyright: ignore[reportAttributeAccessIssue]
        event: dict[str, Any] = {
            "eventVersion": "1.11",
            "userIdentity": _identity(call.acting),
            "eventTime": datetime.fromtimestamp(self._clock.now(), UTC).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            "eventSource": "kms.amazonaws.com",
            "eventName": call.action,
            "awsRegion": call.region,
            "sourceIPAddress": service or "127.0.0.1",
            "userAgent": service or call.header("user-agent") or "",
            "requestParameters": _camel(
                {k: v for k, v in call.parameters.items() if k not in _SECRET}
            )
            or None,
            "responseElements": _camel(answer) if answer and call.action in _ANSWERED else None,
            "requestID": call.request_id,
            "eventID": str(uuid.uuid4()),
            "readOnly": call.action.startswith(_READS),
            "resources": self._resources(call, answer),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": call.account,
            "eventCategory": "Management",
        }
        if error is not None:
            code = error.code
            event["errorCode"] = "AccessDenied" if code == "AccessDeniedException" else code
            event["errorMessage"] = error.message
        return event

    def _resources(self, call: Call, answer: dict[str, Any] | None) -> list[dict[str, Any]]:
        named = call.parameters.get("KeyId") or call.parameters.get("TargetKeyId")
        if call.action == "Decrypt" and not named:
            blob = str(call.parameters.get("CiphertextBlob", ""))
            named = self._state.key_of_ciphertext(call.account, blob)
        made = (answer or {}).get("KeyMetadata", {})
        key = made or (self._state.key(call.account, named) if isinstance(named, str) else None)
        if not key:
            return []
        return [{"accountId": call.account, "type": "AWS::KMS::Key", "ARN": key["Arn"]}]


def _identity(acting: Acting) -> dict[str, Any]:
    """The userIdentity element.

    docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    if isinstance(acting, Forwarded):
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


def _row(event: dict[str, Any]) -> dict[str, Any]:
    """An event as LookupEvents lists it."""
    identity = event["userIdentity"]
    arn = identity.get("arn", "")
    row = {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": str(event["readOnly"]).lower(),
        "EventTime": datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ")
        .replace(tzinfo=UTC)
        .timestamp(),
        "EventSource": event["eventSource"],
        "Resources": [
            {"ResourceType": resource["type"], "ResourceName": resource["ARN"]}
            for resource in event["resources"]
        ],
        "CloudTrailEvent": json.dumps(event),
    }
    # A role's session name, a user's own name; a service has neither.
    if arn:
        row |= {"Username": arn.rpartition("/")[2], "AccessKeyId": identity["accessKeyId"]}
    return row


def _wanted(event: dict[str, Any], call: Call) -> bool:
    attributes = call.parameters.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise AwsError("InvalidLookupAttributesException", "LookupAttributes: expected at most one")
    row = _row(event)
    start, end = call.parameters.get("StartTime"), call.parameters.get("EndTime")
    if event["recipientAccountId"] != call.account:
        return False
    if (start and row["EventTime"] < start) or (end and row["EventTime"] > end):
        return False
    for attribute in attributes:
        key, value = attribute.get("AttributeKey"), attribute.get("AttributeValue")
        if key in ("ResourceName", "ResourceType"):
            values = [resource[key] for resource in row["Resources"]]
        elif key in ("EventId", "EventName", "ReadOnly", "Username", "EventSource", "AccessKeyId"):
            values = [row.get(key)]
        else:
            raise AwsError("InvalidLookupAttributesException", f"AttributeKey: found {key!r}")
        if value not in values:
            return False
    return True


def _index(token: object) -> int:
    if token is None:
        return 0
    if not isinstance(token, str) or not token.isdigit():
        raise AwsError("InvalidNextTokenException", "NextToken: expected one from LookupEvents")
    return int(token)
