"""What lies between the controller and AWS: calls are counted, and one of them is spoilt."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError

from components.function.aws.clients import Clients

# The request, the service's signing name, and the event under which botocore sends it.
Send = Callable[[Any, str, str], AWSResponse]


class Killed(BaseException):
    """Lambda ends the process: no handler of ours runs."""


# How a call can go wrong. The SDK repeats a call whose answer is lost or an error of the server.
FAILS = "fails before it takes effect"
LOST = "takes effect and every answer is lost"
LOST_ONCE = "takes effect and the first answer is lost"
THROTTLED = "is throttled"
KILLED = "is the last before the process is killed"
NO_TIME = "comes when the time of the run is used up"
FAULTS = (FAILS, LOST, THROTTLED, KILLED)


@dataclass
class Wire:
    """Counts the calls of a run, repetitions by the SDK left out, and spoils one of them.

    `refused` is an operation that the service refuses every time; `meanwhile` is done once, right
    before call number `spoilt`.
    """

    send: Send
    calls: list[str] = field(default_factory=list)
    spoilt: int | None = None
    fault: str = ""
    effect: bool = False
    refused: str = ""
    meanwhile: Callable[[], object] | None = None
    _invocations: list[str] = field(default_factory=list)
    _tries: int = 0

    def connect(self, clients: Clients) -> None:
        """Take the place of the network for all of the function's clients."""
        for client in (clients.evaluations, clients.kms, clients.logs, clients.s3, clients.sts):
            model = client.meta.service_model

            def send(
                request: Any, event_name: str, name: str = model.signing_name, **_: Any
            ) -> AWSResponse:
                return self._send(request, name, event_name)

            client.meta.events.register(f"before-send.{model.service_id.hyphenize()}", send)

    def begin(self, spoilt: int | None = None, fault: str = "") -> None:
        """Begin a run in which call number `spoilt`, counted from one, has a fault."""
        self.calls, self._invocations, self._tries = [], [], 0
        self.spoilt, self.fault, self.effect = spoilt, fault, False

    def remaining(self) -> int:
        """The milliseconds of the run that are left."""
        over = self.fault == NO_TIME and self.spoilt is not None
        return 0 if over and len(self.calls) >= (self.spoilt or 0) - 1 else 300_000

    def _send(self, request: Any, service: str, event_name: str) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        identity = str(request.headers["amz-sdk-invocation-id"])
        if identity not in self._invocations:
            self._invocations.append(identity)
            self.calls.append(operation)
            self._tries = 0
        self._tries += 1
        if operation == self.refused:
            return _error(service, "UnauthorizedException", 401)
        if self._invocations.index(identity) + 1 != self.spoilt:
            return self.send(request, service, event_name)
        if self.meanwhile:
            act, self.meanwhile = self.meanwhile, None
            act()
            return self.send(request, service, event_name)
        if self.fault in (FAILS, THROTTLED):
            return _refusal(service, throttled=self.fault == THROTTLED)
        answer = self.send(request, service, event_name)
        self.effect = True
        if self.fault == KILLED:
            raise Killed
        if self.fault == LOST or (self.fault == LOST_ONCE and self._tries == 1):
            raise ConnectionClosedError(endpoint_url=request.url)
        return answer


def _refusal(service: str, *, throttled: bool) -> AWSResponse:
    if service == "s3":
        return _error(service, "SlowDown", 503) if throttled else _error(service, "Inner", 500)
    if throttled:
        status = 429 if service == "bedrock-agentcore" else 400
        return _error(service, "ThrottlingException", status)
    return _error(service, "InternalServerException", 500)


def _error(service: str, code: str, status: int) -> AWSResponse:
    text = json.dumps({"__type": code, "message": "told so"})
    if service == "s3":
        text = f"<Error><Code>{code}</Code><Message>told so</Message></Error>"
    return AWSResponse("", status, {"x-amzn-errortype": code}, _Raw(text.encode()))


class _Raw(BytesIO):
    """A body in the form that botocore reads from urllib3."""

    def stream(self, **_: Any) -> Any:
        yield self.read()
