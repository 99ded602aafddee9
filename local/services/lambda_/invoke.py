"""Lambda's Invoke: the function's zip is run, under its role, within its limits.

docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import base64
import math
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget, ServicePrincipal
from local.aws_api.http_messages import Response
from local.aws_api.json_text import parse_json
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.state import MotoState, StoredFunction
from local.runtime.clients import Services
from local.runtime.clock import Clock
from local.runtime.function_process import FunctionProcesses, Outcome, Task
from local.runtime.role_sessions import RoleSession, RoleSessions
from local.services.lambda_.asynchronous_invocations import EventQueue, Invocation
from local.services.lambda_.concurrency import FunctionConcurrency
from local.services.lambda_.configuration import FunctionSettings
from local.services.lambda_.invoke_headers import client_context, wants_log

_SERVICE = "lambda.amazonaws.com"
_LARGEST_SYNCHRONOUS = 6 * 1024 * 1024
_LARGEST_EVENT = 1024 * 1024
_TAIL = 4096
_MOST_EVENTS = 1000  # of one PutLogEvents, far below its limit in bytes for usual lines


class Functions:
    """A layer in front of moto's Lambda that answers Invoke.

    `queue` holds what was invoked asynchronously and runs it when it is due.
    """

    def __init__(
        self,
        place: DeploymentTarget,
        clock: Clock,
        state: MotoState,
        services: Services,
        sessions: RoleSessions,
        settings: FunctionSettings,
        concurrency: FunctionConcurrency,
    ) -> None:
        self._place = place
        self._clock = clock
        self._state = state
        self._services = services
        self._sessions = sessions
        self._settings = settings
        self._concurrency = concurrency
        self._processes = FunctionProcesses()
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.queue = EventQueue(clock, services, self)

    def close(self) -> None:
        """End what still runs."""
        self._processes.close()

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a Lambda call; raises AwsError as Lambda does."""
        if call.action != "Invoke":
            return next_handler(call)
        function = self.find(call.account, call.parameters["FunctionName"], call.query("Qualifier"))
        kind = call.header("x-amz-invocation-type") or "RequestResponse"
        event = _event(call, _LARGEST_EVENT if kind == "Event" else _LARGEST_SYNCHRONOUS)
        log, context = wants_log(call), client_context(call)
        if kind == "DryRun":
            return Response(204)
        if kind == "Event":
            self.queue.add(Invocation(call.account, function.name, event, call.request_id))
            return Response(202)
        if kind != "RequestResponse":
            raise AwsError("InvalidParameterValueException", f"InvocationType: found {kind!r}")
        outcome = self.run(function, event, call.request_id, context)
        headers = {"content-type": "application/json", "x-amz-executed-version": "$LATEST"}
        if outcome.failed:
            headers["x-amz-function-error"] = "Unhandled"
        if log:
            text = "\n".join(outcome.lines).encode()[-_TAIL:]
            headers["x-amz-log-result"] = base64.b64encode(text).decode()
        return Response(200, headers, outcome.payload.encode())

    def find(self, account: str, name: str, qualifier: str | None = None) -> StoredFunction:
        """The function of a name or ARN; raises ResourceNotFoundException."""
        arn = name.split(":")
        function = self._state.function(arn[4] if len(arn) > 6 else account, name)
        if function is None or qualifier not in (None, "$LATEST"):
            raise AwsError("ResourceNotFoundException", f"Function not found: {name}", 404)
        return function

    def session(self, function: StoredFunction) -> RoleSession:
        """The session of a function's role, under the function's name."""
        service = ServicePrincipal(
            _SERVICE, self._place.account, function.arn, function.arn.split(":")[4]
        )
        return self._sessions.assume(service, function.configuration["Role"], function.name)

    def dead_letter_queue(self, function: StoredFunction) -> str | None:
        """The ARN of the function's dead-letter queue, None when it has none."""
        config = self._settings.of(function.name).get("DeadLetterConfig", {})
        return config.get("TargetArn") or None

    def run(
        self,
        function: StoredFunction,
        event: Any,
        request_id: str,
        context: dict[str, Any] | None = None,
    ) -> Outcome:
        """Run a function once; raises TooManyRequestsException over its or the account's limit.

        context: the client's, which synchronous invocations alone hand on.
        """
        try:
            session = self.session(function)
        except ClientError as error:
            raise AwsError(
                "AccessDeniedException", f"Lambda could not assume the role: {error}", 403
            ) from None
        self._check_key(function)
        with self._slot(function):
            began = self._clock.now()
            task = replace(self._task(function, session, event, request_id), client_context=context)
            outcome = self._processes.run(task)
        lines = _framed(task, outcome)
        self._write_log(session, task, lines, began, outcome.duration)
        return Outcome(outcome.payload, outcome.failed, lines, outcome.duration, outcome.memory)

    def _check_key(self, function: StoredFunction) -> None:
        """Raise what Invoke answers when the key of the variables cannot be used any more.

        Lambda opens them by a grant, so that no policy is asked.
        docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, KMS errors
        """
        named = self._settings.of(function.name).get("KMSKeyArn")
        if not named or not function.configuration.get("Environment", {}).get("Variables"):
            return
        key = self._state.key(named.split(":")[4], named)
        state = key["KeyState"] if key else "missing"
        if state == "Enabled":
            return
        code, reason = {
            "Disabled": ("KMSDisabledException", "the KMS key used is disabled"),
            "missing": ("KMSNotFoundException", "the KMS key was not found"),
        }.get(state, ("KMSInvalidStateException", "the state of the KMS key is not valid"))
        raise AwsError(
            code,
            f"Lambda was unable to decrypt the environment variables because {reason}. Please "
            "check the function's KMS key settings.",
            502,
        )

    @contextmanager
    def _slot(self, function: StoredFunction) -> Iterator[None]:
        reserved, account = function.reserved_concurrency, function.arn.split(":")[4]
        free = self._concurrency.unreserved(account)
        with self._lock:
            if reserved is not None and self._running[function.arn] >= reserved:
                raise _throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
            if reserved is None and self._unreserved_runs(account) >= free:
                raise _throttled("ConcurrentInvocationLimitExceeded")
            self._running[function.arn] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[function.arn] -= 1

    def _unreserved_runs(self, account: str) -> int:
        reserving = self._state.reserved_concurrency(account)
        return sum(
            runs
            for arn, runs in self._running.items()
            if arn.split(":")[4] == account and arn.rpartition(":")[2] not in reserving
        )

    def _task(
        self, function: StoredFunction, session: RoleSession, event: Any, request_id: str
    ) -> Task:
        config = function.configuration
        day = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y/%m/%d")
        return Task(
            code_hash=config["CodeSha256"],
            code=function.code,
            handler=config["Handler"],
            event=event,
            request_id=request_id,
            name=function.name,
            arn=function.arn,
            memory=int(config["MemorySize"]),
            timeout=float(config["Timeout"]),
            environment={
                **config.get("Environment", {}).get("Variables", {}),
                **session.environment(),
                "AWS_REGION": self._place.region,
                "AWS_DEFAULT_REGION": self._place.region,
                "AWS_ENDPOINT_URL": self._services.address,
                "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
            },
            log_group=self._settings.of(function.name)["LoggingConfig"]["LogGroup"],
            log_stream=f"{day}/[$LATEST]{uuid.uuid4().hex}",
        )

    def _write_log(
        self,
        session: RoleSession,
        task: Task,
        lines: tuple[str, ...],
        began: float,
        duration: float,
    ) -> None:
        """Write the log in the name of the role; without that right there is no log, as in AWS."""
        logs = self._services.client("logs", session.principal)
        times = [began] + [began + duration] * (len(lines) - 1)
        events = [
            {"timestamp": int(time * 1000), "message": line}
            for time, line in zip(times, lines, strict=True)
        ]
        with suppress(ClientError):  # usually because it exists
            logs.create_log_group(logGroupName=task.log_group)
        with suppress(ClientError):
            logs.create_log_stream(logGroupName=task.log_group, logStreamName=task.log_stream)
            for start in range(0, len(events), _MOST_EVENTS):
                logs.put_log_events(
                    logGroupName=task.log_group,
                    logStreamName=task.log_stream,
                    logEvents=events[start : start + _MOST_EVENTS],
                )


def _throttled(reason: str) -> AwsError:
    """docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, TooManyRequestsException"""
    return AwsError("TooManyRequestsException", "Rate Exceeded.", 429, Reason=reason)


def _event(call: RequestContext, largest: int) -> Any:
    body = call.request.body
    if len(body) > largest:
        raise AwsError(
            "RequestTooLargeException",
            f"{len(body)} byte payload is too large for the RequestResponse or Event invocation "
            f"type (limit {largest} bytes)",
            413,
        )
    try:
        return parse_json(body or b"{}")
    except ValueError:
        raise AwsError(
            "InvalidRequestContentException", "Could not parse request body into json"
        ) from None


def _framed(task: Task, outcome: Outcome) -> tuple[str, ...]:
    """The lines with those that Lambda itself writes around them."""
    milliseconds = outcome.duration * 1000
    report = (
        f"REPORT RequestId: {task.request_id}\tDuration: {milliseconds:.2f} ms\t"
        f"Billed Duration: {math.ceil(milliseconds)} ms\tMemory Size: {task.memory} MB\t"
        f"Max Memory Used: {outcome.memory} MB"
    )
    return (
        f"START RequestId: {task.request_id} Version: $LATEST",
        *outcome.lines,
        f"END RequestId: {task.request_id}",
        report,
    )
