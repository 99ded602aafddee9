"""EventBridge Scheduler: schedules fire on the clock and invoke Lambda functions.

docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule.html and, for retries and the
dead-letter queue, configuring-schedule-dlq.html
"""

import heapq
import itertools
import json
import logging
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget, Principal, ServicePrincipal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.state import MotoState
from local.runtime import queue_delivery
from local.runtime.clients import Services
from local.runtime.clock import Clock
from local.runtime.role_sessions import RoleSessions
from local.services.scheduler.expressions import read_expression
from local.services.scheduler.request_validation import check_schedule, moment_of

_SERVICE = "scheduler.amazonaws.com"
_FIRST_DELAY = 60.0
_LONGEST_DELAY = 3600.0
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """One firing of a schedule, on its way to the target."""

    schedule: dict[str, Any]
    scheduled: float
    execution_id: str
    attempt: int = 1


class Schedules:
    """A layer that refuses schedules which cannot fire here, and the work of firing the others."""

    def __init__(
        self,
        place: DeploymentTarget,
        clock: Clock,
        state: MotoState,
        services: Services,
        sessions: RoleSessions,
    ) -> None:
        self._place = place
        self._clock = clock
        self._state = state
        self._services = services
        self._sessions = sessions
        self._watched: dict[str, tuple[str, float, float | None]] = {}
        self._retries: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a call of EventBridge Scheduler."""
        if call.action in ("DeleteScheduleGroup", "GetScheduleGroup"):
            self._check_group(call.parameters["Name"])
        if call.action == "CreateScheduleGroup":
            name = call.parameters["Name"]
            if name in self._state.schedule_groups():
                message = f"Schedule group {name} already exists."
                raise AwsError("ConflictException", message, 409)
        if call.action in ("CreateSchedule", "UpdateSchedule"):
            self._check_group(call.parameters.get("GroupName") or "default")
            check_schedule(call.parameters, self._clock.now())
        return next_handler(call)

    def _check_group(self, name: str) -> None:
        if name not in self._state.schedule_groups():
            raise AwsError(
                "ResourceNotFoundException", f"Schedule group {name} does not exist.", 404
            )

    def next_due(self) -> float | None:
        """The moment of the next firing or retry, None when no schedule fires any more."""
        with self._lock:
            self._look()
            moments = [moment for _, _, moment in self._watched.values() if moment is not None]
            moments += [self._retries[0][0]] if self._retries else []
        return min(moments, default=None)

    def run_due(self, now: float) -> None:
        """Fire what is due; a moment that was missed by more than one period is not made up for."""
        due: list[Delivery] = []
        with self._lock:
            for arn, schedule in self._look().items():
                fingerprint, began, moment = self._watched[arn]
                if moment is not None and moment <= now:
                    due.append(Delivery(schedule, moment, str(uuid.uuid4())))
                    self._watched[arn] = (fingerprint, began, _next(schedule, now, began))
            while self._retries and self._retries[0][0] <= now:
                due.append(heapq.heappop(self._retries)[2])
        for delivery in sorted(due, key=lambda one: one.scheduled):
            try:
                self._deliver(delivery, now)
            except Exception:  # one that fails must not take the others with it
                _LOG.exception("%s was not delivered", delivery.schedule["Arn"])

    def _look(self) -> dict[str, dict[str, Any]]:
        """Compare what is watched with the schedules as they are now; gives these by ARN."""
        schedules = {schedule["Arn"]: schedule for schedule in self._state.schedules()}
        now = self._clock.now()
        for arn in set(self._watched) - set(schedules):
            del self._watched[arn]
        for arn, schedule in schedules.items():
            fingerprint = json.dumps(schedule, sort_keys=True, default=str)
            if self._watched.get(arn, ("",))[0] != fingerprint:
                start = moment_of(schedule.get("StartDate"))
                began = now if start is None else start
                # Just before now, so that a rate begins at once.
                first = _next(schedule, max(now, began) - 0.001, began)
                self._watched[arn] = (fingerprint, began, first)
        return schedules

    def _deliver(self, delivery: Delivery, now: float) -> None:
        schedule, target = delivery.schedule, delivery.schedule["Target"]
        payload = _payload(delivery)
        role = None
        try:
            role = self._role(schedule)
            self._services.client("lambda", role).invoke(
                FunctionName=target["Arn"], InvocationType="Event", Payload=payload.encode()
            )
        except ClientError as error:
            policy = target.get("RetryPolicy", {})
            delay = min(_FIRST_DELAY * 2 ** (delivery.attempt - 1), _LONGEST_DELAY)
            ends = delivery.scheduled + policy.get("MaximumEventAgeInSeconds", 86400)
            again = delivery.attempt <= policy.get("MaximumRetryAttempts", 185)
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            transient = status >= 500 or status == 429
            if transient and again and now + delay <= ends:
                retry = replace(delivery, attempt=delivery.attempt + 1)
                with self._lock:
                    heapq.heappush(self._retries, (now + delay, next(self._order), retry))
            else:
                condition = "MaximumRetryAttempts" if not again else "MaximumEventAgeInSeconds"
                self._give_up(delivery, role, payload, error, condition if transient else None)

    def _role(self, schedule: dict[str, Any]) -> Principal:
        # The Scheduler names the schedule's group, not the schedule, as the source.
        # docs.aws.amazon.com/scheduler/latest/UserGuide/
        # cross-service-confused-deputy-prevention.html
        group = (
            f"arn:{self._place.partition}:scheduler:{self._place.region}:{self._place.account}"
            f":schedule-group/{schedule['GroupName']}"
        )
        service = ServicePrincipal(_SERVICE, self._place.account, group, self._place.account)
        role_arn = schedule["Target"]["RoleArn"]
        return self._sessions.assume(service, role_arn, schedule["Name"]).principal

    def _give_up(
        self,
        delivery: Delivery,
        role: Principal | None,
        payload: str,
        error: ClientError,
        condition: str | None,
    ) -> None:
        """Send the event to the dead-letter queue, if there is one and its role may."""
        target = delivery.schedule["Target"]
        queue = target.get("DeadLetterConfig", {}).get("Arn")
        if queue is None or role is None:
            return
        attributes = {
            "ERROR_CODE": error.response["Error"]["Code"],
            "ERROR_MESSAGE": error.response["Error"]["Message"] or "-",
            "EXECUTION_ID": delivery.execution_id,
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": str(delivery.attempt - 1),
            "SCHEDULED_TIME": _stamp(delivery.scheduled),
            "SCHEDULE_ARN": delivery.schedule["Arn"],
            "TARGET_ARN": target["Arn"],
        }
        if condition is not None:
            attributes["EXHAUSTED_RETRY_CONDITION"] = condition
        with suppress(ClientError):
            queue_delivery.send(self._services, role, queue, payload, attributes)


def _next(schedule: dict[str, Any], after: float, began: float) -> float | None:
    if schedule["State"] != "ENABLED":
        return None
    fires = read_expression(schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"])
    moment = fires(after, began)
    end = moment_of(schedule.get("EndDate"))
    return None if moment is None or (end is not None and moment > end) else moment


def _payload(delivery: Delivery) -> str:
    """The target's input with the context attributes filled in.

    docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    text = delivery.schedule["Target"].get("Input") or "{}"
    values = {
        "schedule-arn": delivery.schedule["Arn"],
        "scheduled-time": _stamp(delivery.scheduled),
        "execution-id": delivery.execution_id,
        "attempt-number": str(delivery.attempt),
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
