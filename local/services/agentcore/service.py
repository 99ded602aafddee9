"""The five batch evaluation operations over HTTP, as Amazon Bedrock AgentCore answers them.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html and
its siblings Get, List, Stop and Delete.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.caller import DeploymentTarget, Principal
from local.aws_api.http_messages import Request, Response
from local.aws_api.json_text import parse_json
from local.runtime.clock import Clock
from local.services.agentcore.artifacts import ArtifactStore
from local.services.agentcore.encryption import reason
from local.services.agentcore.errors import (
    ServiceError,
    internal,
    invalid,
    throttled,
    unknown_operation,
    unreadable,
)
from local.services.agentcore.forward_access import Services
from local.services.agentcore.get import Reader
from local.services.agentcore.job_store import Register
from local.services.agentcore.paging import page_wanted, token
from local.services.agentcore.request_validation import request_faults
from local.services.agentcore.runner import Runner
from local.services.agentcore.start import Starter
from local.services.agentcore.throttle import Throttle

PATH = ("evaluations", "batch-evaluate")
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html
RATE = 3


def random_suffix() -> str:
    """Return the ten lower-case hexadecimal digits that end an evaluation's id."""
    return secrets.token_hex(5)


@dataclass(frozen=True)
class Pace:
    """How many seconds a job spends in each state before the next."""

    pending: float = 2.0
    running: float = 3.0
    stopping: float = 1.0
    deleting: float = 1.0


class BatchEvaluationService:
    """Answers batch evaluation requests and moves jobs on when they are due.

    Thread-safe. No lock that a request needs is held while another service is called, so a server
    may let the requests that come through `services` wait for one another.

    place: the partition and Region of ARNs; jobs belong to the caller's account.
    new_suffix: gives the ten characters that end an id.
    throttle: refuse more than three Start, Stop or Delete requests a second of an account.
    read_needs_decrypt: Get asks whether the caller may decrypt under the evaluation's key. AWS does
        not document whether results are read with the caller's permission or the service's; with
        False the service's own permission is enough.
    service_account: the account that owns the artifacts.
    """

    def __init__(
        self,
        place: DeploymentTarget,
        clock: Clock,
        services: Services,
        *,
        pace: Pace | None = None,
        new_suffix: Callable[[], str] = random_suffix,
        throttle: bool = True,
        read_needs_decrypt: bool = True,
        service_account: str = "999999999999",
    ) -> None:
        self._clock = clock
        self._pace = pace or Pace()
        self._throttle = Throttle(clock, RATE) if throttle else None
        self._register = Register()
        self._working = Lock()
        store = ArtifactStore(services, place, service_account)
        self._starter = Starter(
            self._register, services, store, place, clock, self._pace.pending, new_suffix
        )
        self._reader = Reader(self._register, services, store, needs_decrypt=read_needs_decrypt)
        self._runner = Runner(self._register, services, store, place, self._pace.running)

    def handle(self, request: Request, caller: Principal) -> Response:
        """Answer one request of a verified caller."""
        try:
            status, body = self._route(request, caller)
        except ServiceError as error:
            return error.response()
        except ClientError as error:
            return internal(reason(error)).response()
        return Response(status, {"content-type": "application/json"}, json.dumps(body).encode())

    def next_due(self) -> float | None:
        """Return the moment of the next step of any job."""
        return self._register.next_due()

    def run_due(self, now: float) -> None:
        """Take every step that is due at or before `now`, in the order of their moments."""
        with self._working:
            while (next_step := self._register.due(now)) is not None:
                self._runner.step(*next_step)

    def _route(self, request: Request, caller: Principal) -> tuple[int, dict[str, Any]]:
        parts = tuple(request.path.split("/")[1:])
        match request.method, parts[len(PATH) :] if parts[: len(PATH)] == PATH else None:
            case "POST", ():
                self._admit("StartBatchEvaluation", caller)
                return 202, self._starter.start(_parsed(request.body), caller)
            case "GET", ():
                return 200, self._list(dict(request.query), caller)
            case "GET", (identifier,):
                _check_id("GetBatchEvaluation", identifier)
                return 200, self._reader.get(identifier, caller)
            case "POST", (identifier, "stop"):
                self._admit("StopBatchEvaluation", caller)
                return 202, self._stop(identifier, caller)
            case "DELETE", (identifier,):
                self._admit("DeleteBatchEvaluation", caller)
                return 202, self._delete(identifier, caller)
            case _:
                raise unknown_operation(request.method, request.path)

    def _list(self, query: Mapping[str, str], caller: Principal) -> dict[str, Any]:
        rows, last = self._register.page(caller.account, *page_wanted(query))
        return {"batchEvaluations": rows, **({"nextToken": token(last)} if last else {})}

    def _stop(self, identifier: str, caller: Principal) -> dict[str, Any]:
        _check_id("StopBatchEvaluation", identifier)
        now = self._clock.now()
        return self._register.stop(caller.account, identifier, now, now + self._pace.stopping)

    def _delete(self, identifier: str, caller: Principal) -> dict[str, Any]:
        _check_id("DeleteBatchEvaluation", identifier)
        now = self._clock.now()
        return self._register.delete(caller.account, identifier, now, now + self._pace.deleting)

    def _admit(self, operation: str, caller: Principal) -> None:
        if self._throttle and not self._throttle.admit(caller.account, operation):
            raise throttled(operation, RATE)


def _check_id(operation: str, identifier: str) -> None:
    faults = request_faults(operation, {"batchEvaluationId": identifier})
    if faults:
        raise invalid(faults)


def _parsed(body: bytes) -> dict[str, Any]:
    """Return a request body; an empty one is an empty object. Raises CannotParse."""
    try:
        document = parse_json(body or b"{}")
    except ValueError as error:
        raise unreadable(f"The request body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise unreadable("The request body must be a JSON object.")
    return document
