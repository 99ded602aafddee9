"""Asynchronous invocations: Lambda's own queue, its retries, its destinations.

docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html and, for the record that a
destination gets, docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import heapq
import itertools
import json
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from botocore.exceptions import ClientError

from local.aws_api.aws_error import AwsError
from local.moto_backend.state import StoredFunction
from local.runtime import queue_delivery
from local.runtime.clients import Services
from local.runtime.clock import Clock
from local.runtime.function_process import Outcome
from local.runtime.role_sessions import RoleSession

_LOG = logging.getLogger(__name__)
_RETRY_DELAYS = (60.0, 120.0)
_THROTTLE_DELAY = 1.0
_DEFAULT_RETRIES = 2
_DEFAULT_AGE = 21600
_AT_ONCE = 8


@dataclass(frozen=True)
class Invocation:
    """One asynchronous invocation; its request id stays the same over its retries.

    `queued` is the moment it was accepted, `runs` how often it was run, `waits` how often it was
    put back because there was no free concurrency.
    """

    account: str
    function: str
    event: Any
    request_id: str
    queued: float = 0.0
    runs: int = 0
    waits: int = 0


class Runs(Protocol):
    """What the queue needs of Lambda."""

    def find(self, account: str, name: str, qualifier: str | None = None) -> StoredFunction: ...

    def session(self, function: StoredFunction) -> RoleSession: ...

    def dead_letter_queue(self, function: StoredFunction) -> str | None: ...

    def run(self, function: StoredFunction, event: Any, request_id: str) -> Outcome: ...


class EventQueue:
    """Invocations in the order of the moments at which they are to run."""

    def __init__(self, clock: Clock, services: Services, functions: Runs) -> None:
        self._clock = clock
        self._services = services
        self._functions = functions
        self._heap: list[tuple[float, int, Invocation]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def add(self, invocation: Invocation) -> None:
        """Accept an invocation, to be run at once."""
        now = self._clock.now()
        self._push(now, replace(invocation, queued=now))

    def next_due(self) -> float | None:
        """The moment of the next run, None when nothing waits."""
        with self._lock:
            return self._heap[0][0] if self._heap else None

    def run_due(self, now: float) -> None:
        """Run what is due, several at once."""
        due: list[Invocation] = []
        with self._lock:
            while self._heap and self._heap[0][0] <= now:
                due.append(heapq.heappop(self._heap)[2])
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._run, due))

    def _push(self, moment: float, invocation: Invocation) -> None:
        with self._lock:
            heapq.heappush(self._heap, (moment, next(self._order), invocation))

    def _run(self, invocation: Invocation) -> None:
        try:
            function = self._functions.find(invocation.account, invocation.function)
        except AwsError:
            return  # deleted while it waited
        now = self._clock.now()
        retries = function.event_invoke.get("MaximumRetryAttempts", _DEFAULT_RETRIES)
        age = function.event_invoke.get("MaximumEventAgeInSeconds", _DEFAULT_AGE)
        if now - invocation.queued > age:
            self._report(function, invocation, "EventAgeExceeded", None)
            return
        try:
            outcome = self._functions.run(function, invocation.event, invocation.request_id)
        except AwsError as error:
            if error.code != "TooManyRequestsException":
                self._report(function, invocation, "RetriesExhausted", None)
                return
            # Throttled events go back with a growing delay, and do not count as tries.
            delay = min(_THROTTLE_DELAY * 2**invocation.waits, 300.0)
            self._push(now + delay, replace(invocation, waits=invocation.waits + 1))
            return
        invocation = replace(invocation, runs=invocation.runs + 1)
        if not outcome.failed:
            self._report(function, invocation, "Success", outcome)
        elif invocation.runs <= retries:
            self._push(now + _RETRY_DELAYS[invocation.runs - 1], invocation)
        else:
            self._report(function, invocation, "RetriesExhausted", outcome)

    def _report(
        self,
        function: StoredFunction,
        invocation: Invocation,
        condition: str,
        outcome: Outcome | None,
    ) -> None:
        """Tell the destination, and the dead-letter queue of a failure, in the role's name."""
        kind = "OnSuccess" if condition == "Success" else "OnFailure"
        destinations = function.event_invoke.get("DestinationConfig") or {}
        messages: list[tuple[str, str, dict[str, str] | None]] = []
        if target := (destinations.get(kind) or {}).get("Destination"):
            record = _record(function, invocation, condition, outcome, self._clock.now())
            messages.append((target, json.dumps(record), None))
        dead_letters = self._functions.dead_letter_queue(function)
        if dead_letters and kind == "OnFailure":
            attributes = {
                "RequestID": invocation.request_id,
                "ErrorCode": "200",
                "ErrorMessage": _message(outcome)[:1024] or condition,
            }
            messages.append((dead_letters, json.dumps(invocation.event), attributes))
        self._deliver(function, messages)

    def _deliver(
        self,
        function: StoredFunction,
        messages: Sequence[tuple[str, str, dict[str, str] | None]],
    ) -> None:
        for target, body, attributes in messages:
            try:
                role = self._functions.session(function).principal
                queue_delivery.send(self._services, role, target, body, attributes)
            except ClientError as error:
                # Lambda counts these in DestinationDeliveryFailures and drops the record.
                _LOG.warning("%s: no delivery to %s: %s", function.name, target, error)


def _record(
    function: StoredFunction,
    invocation: Invocation,
    condition: str,
    outcome: Outcome | None,
    now: float,
) -> dict[str, Any]:
    stamp = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": stamp.replace("+00:00", "Z"),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": f"{function.arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": invocation.runs,
        },
        "requestPayload": invocation.event,
    }
    if outcome is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
        if outcome.failed:
            context["functionError"] = "Unhandled"
        record["responseContext"] = context
        record["responsePayload"] = json.loads(outcome.payload)
    return record


def _message(outcome: Outcome | None) -> str:
    return "" if outcome is None else str(json.loads(outcome.payload).get("errorMessage", ""))
