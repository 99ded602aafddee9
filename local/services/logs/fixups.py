"""CloudWatch Logs: which events PutLogEvents takes, judged by the endpoint's clock.

moto judges by the system's clock, so that on another clock it would drop the events of today.
Source: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.state import MotoState
from local.runtime.clock import Clock
from local.services.logs.filter_patterns import read_pattern
from local.services.logs.insights_queries import read_query, written_results

_DAY = 24 * 60 * 60 * 1000
_OLDEST = 14 * _DAY
_NEWEST = 2 * 60 * 60 * 1000
_LARGEST_BATCH = 1_048_576
_OVERHEAD = 26
_MOST_EVENTS = 10_000


class LogEvents:
    """The layer in front of moto's CloudWatch Logs."""

    def __init__(self, state: MotoState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a call of CloudWatch Logs; raises AwsError as the service does."""
        if call.action == "FilterLogEvents":
            read_pattern(str(call.parameters.get("filterPattern") or ""))
        if call.action == "StartQuery":
            text, limit = (call.parameters.get(name) for name in ("queryString", "limit"))
            query = read_query(str(text), limit)
            given = call.parameters | {"queryString": query.for_moto}
            body = json.dumps(given).encode()
            response = next_handler(
                replace(call, parameters=given, request=replace(call.request, body=body))
            )
            if response.status < 300:
                query_id = json.loads(response.body)["queryId"]
                self._state.change_query_results(call.account, query_id, query.rows)
            return response
        if call.action == "GetQueryResults":
            response = next_handler(call)
            if response.status >= 300:
                return response
            headers = {k: v for k, v in response.headers.items() if k != "content-length"}
            written = written_results(response.body, call.account)
            return replace(response, headers=headers, body=written)
        if call.action != "PutLogEvents":
            return next_handler(call)
        group, stream, events = (
            call.parameters.get(name) for name in ("logGroupName", "logStreamName", "logEvents")
        )
        if not isinstance(events, list) or not events:
            raise AwsError("InvalidParameterException", "logEvents: expected at least one")
        retention = self._state.log_retention(call.account, str(group), str(stream))
        _check_batch(events)
        now = int(self._clock.now() * 1000)
        taken, rejected = _sift(events, now, retention)
        token = self._state.store_log_events(call.account, str(group), str(stream), taken)
        answer: dict[str, Any] = {"nextSequenceToken": token}
        if rejected:
            answer["rejectedLogEventsInfo"] = rejected
        return Response(
            200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()
        )


def _check_batch(events: list[Mapping[str, Any]]) -> None:
    times = [event.get("timestamp") for event in events]
    if not all(
        isinstance(time, int) and event.get("message")
        for time, event in zip(times, events, strict=True)
    ):
        raise AwsError("InvalidParameterException", "logEvents: expected timestamp and message")
    ordered = [time for time in times if isinstance(time, int)]
    if ordered != sorted(ordered):
        raise AwsError(
            "InvalidParameterException",
            "Log events in a single PutLogEvents request must be in chronological order.",
        )
    if ordered[-1] - ordered[0] > _DAY:
        raise AwsError(
            "InvalidParameterException",
            "The batch of log events in a single PutLogEvents request cannot span more than 24 "
            "hours.",
        )
    size = sum(len(event["message"].encode()) + _OVERHEAD for event in events)
    if size > _LARGEST_BATCH or len(events) > _MOST_EVENTS:
        raise AwsError(
            "InvalidParameterException",
            f"Upload too large: {size} bytes in {len(events)} events exceeds limit of "
            f"{_LARGEST_BATCH} bytes, {_MOST_EVENTS} events",
        )


def _sift(
    events: list[dict[str, Any]], now: int, retention: int | None
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The events that are kept, and the indexes that say which are not (both ends exclusive)."""
    expired = 0 if retention is None else _before(events, now - retention * _DAY)
    old = _before(events, now - _OLDEST)
    new = _before(events, now + _NEWEST + 1)
    rejected: dict[str, int] = {}
    if expired:
        rejected["expiredLogEventEndIndex"] = expired
    if old:
        rejected["tooOldLogEventEndIndex"] = old
    if new < len(events):
        rejected["tooNewLogEventStartIndex"] = new
    return events[max(old, expired) : new], rejected


def _before(events: list[dict[str, Any]], moment: int) -> int:
    return sum(event["timestamp"] < moment for event in events)
