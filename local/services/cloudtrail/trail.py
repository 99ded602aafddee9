"""CloudTrail: an event for each call, looked up as with CloudTrail and kept as JSON lines.

Management events are looked up (docs.aws.amazon.com/awscloudtrail/latest/APIReference/
API_LookupEvents.html); the file has data events too.
"""

import json
import re
import threading
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.state import MotoState
from local.runtime.clock import Clock
from local.services.cloudtrail.events import event_of, is_data
from local.services.cloudtrail.events_file import EventsFile

_MOST_RESULTS = 50
_MOST_EVENTS = 100_000  # of a long run the oldest go


class Trail:
    """Records calls as a layer, and answers LookupEvents as a service.

    `path` names a file to which each event is appended as a line of JSON.
    """

    def __init__(self, state: MotoState, clock: Clock, path: Path | None = None) -> None:
        self._state = state
        self._clock = clock
        self._file = EventsFile(path) if path is not None else None
        self._events: deque[dict[str, Any]] = deque(maxlen=_MOST_EVENTS)
        self._lock = threading.Lock()

    def record(self, call: RequestContext, next_handler: Answer) -> Response:
        """Let a call through and keep what came of it; of reading the trail nothing is kept."""
        if call.service == "cloudtrail":
            return next_handler(call)
        try:
            response = next_handler(call)
        except AwsError as error:
            self._keep(call, None, error)
            raise
        if response.status >= 300:
            self._keep(call, None, _error(call, response))
        else:
            answer = json.loads(response.body or b"{}") if call.service == "kms" else None
            self._keep(call, answer, None)
        return response

    def answer(self, call: RequestContext) -> Response:
        """Answer a CloudTrail call; raises AwsError for any but LookupEvents."""
        if call.action != "LookupEvents":
            raise AwsError(
                "NotImplemented",
                f"The local endpoint answers LookupEvents only, not {call.action}",
                501,
            )
        start_time, end_time = (call.parameters.get(name) for name in ("StartTime", "EndTime"))
        if start_time and end_time and start_time > end_time:
            raise AwsError("InvalidTimeRangeException", "StartTime: expected no time after EndTime")
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
            return list(reversed(self._events))

    def _keep(
        self, call: RequestContext, answer: dict[str, Any] | None, error: AwsError | None
    ) -> None:
        resources = self._resources(call, answer)
        event = event_of(call, answer, error, self._clock.now(), resources)
        with self._lock:
            if not is_data(call):
                self._events.append(event)
            if self._file is not None:
                self._file.append(event)

    def _resources(
        self, call: RequestContext, answer: dict[str, Any] | None
    ) -> list[dict[str, Any]]:
        if call.service != "kms":
            arns = {decision.request.resource for decision in call.decisions} - {"*"}
            return [{"accountId": call.account, "ARN": arn} for arn in sorted(arns)]
        named = call.parameters.get("KeyId") or call.parameters.get("TargetKeyId")
        if call.action == "Decrypt" and not named:
            blob = str(call.parameters.get("CiphertextBlob", ""))
            named = self._state.key_of_ciphertext(call.account, blob)
        made = (answer or {}).get("KeyMetadata", {})
        key = made or (self._state.key(call.account, named) if isinstance(named, str) else None)
        if not key:
            return []
        return [{"accountId": call.account, "type": "AWS::KMS::Key", "ARN": key["Arn"]}]


def _error(call: RequestContext, response: Response) -> AwsError:
    """The error in an answer, whatever its protocol."""
    text = response.body.decode("utf-8", "replace")
    if call.protocol in ("json", "rest-json"):
        try:
            body = json.loads(text or "{}")
        except ValueError:
            body = {}
        code = str(body.get("__type") or response.headers.get("x-amzn-errortype", ""))
        message = str(body.get("message") or body.get("Message") or "")
        return AwsError(code.rpartition("#")[2].partition(":")[0], message, response.status)
    code, message = (re.search(rf"<{name}>(.*?)</{name}>", text) for name in ("Code", "Message"))
    return AwsError(
        code[1] if code else str(response.status), message[1] if message else "", response.status
    )


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
            {"ResourceName": resource["ARN"]}
            | ({"ResourceType": resource["type"]} if "type" in resource else {})
            for resource in event["resources"]
        ],
        "CloudTrailEvent": json.dumps(event),
    }
    # A role's session name, a user's own name; a service has neither.
    if arn:
        row |= {"Username": arn.rpartition("/")[2], "AccessKeyId": identity["accessKeyId"]}
    return row


def _wanted(event: dict[str, Any], call: RequestContext) -> bool:
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
            values = [resource.get(key) for resource in row["Resources"]]
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
