"""The local AWS: one loopback address for every service that the product touches."""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from local.alarms import Alarms
from local.call import Answer, Call, layered
from local.clock import Clock, SystemClock
from local.enforcement.authority import OpenAuthority, PolicyAuthority
from local.enforcement.enforcement import Enforcement
from local.enforcement.stored import Stored
from local.evaluation.service import BatchEvaluationService
from local.faults import AwsError, rendered
from local.functions import Functions
from local.gate import Arrival, Gate, protocol_guessed
from local.iam_state import IamState
from local.moto_side import MotoSide
from local.moto_state import MotoState
from local.overlay.delete_markers import DeleteMarkers
from local.overlay.function_archives import check_archive
from local.overlay.function_code import FunctionCode
from local.overlay.function_concurrency import FunctionConcurrency
from local.overlay.function_policies import FunctionPolicies
from local.overlay.function_settings import FunctionSettings
from local.overlay.iam import IdentityRules
from local.overlay.key_rotation import KeyRotation
from local.overlay.kms import KeyRules
from local.overlay.log_encryption import LogEncryption
from local.overlay.logs import LogEvents
from local.overlay.queue_encryption import QueueEncryption
from local.overlay.queue_policies import QueuePolicies
from local.overlay.roles import AssumableRoles
from local.overlay.s3_buckets import BucketSettings
from local.overlay.s3_encryption import ObjectEncryption
from local.overlay.s3_operations import known_operations
from local.overlay.s3_ownership import ObjectOwnership
from local.overlay.service_keys import ServiceKeys
from local.overlay.unserved import refuse_unserved
from local.people import developer_policy
from local.policy_state import PolicyState
from local.principals import Place, Principal
from local.references.account import Account
from local.references.table import References
from local.request_checks import check_request
from local.role_sessions import RoleSessions
from local.schedules import Schedules
from local.server import LoopbackServer
from local.services import Services
from local.ticker import Ticker
from local.trail import Trail
from local.wire import Response

# Asked once for each call, before anything answers it; raises AwsError to refuse. The call says who
# is acting (signer, forward access session or service), which operation it is, and its input.
Authorize = Callable[[Call], None]

_LOG = logging.getLogger(__name__)
_in_use = threading.Lock()


class LocalCloud:
    """moto, our own services and a gate in front, on one port of the loopback address.

    Use it as a context manager, or call `start` and `stop`. Port 0 takes a free one. With a
    SystemClock threads run what falls due; with a ManualClock `advance` does. Each call is appended
    to the file `events` as a line of JSON. With `enforce` policies decide on each call; without it
    every signed call is let through. `authorize` may refuse more. `plain_http` opens a second
    address that stands for plain HTTP, where the first stands for TLS. `lambda_concurrency` is the
    account's quota of concurrent executions (10 in a new account). moto keeps its state in
    module variables, so that one process can have one running LocalCloud at a time.

    Raises RuntimeError when another one runs, PortInUseError when the port is taken.
    """

    def __init__(
        self,
        place: Place | None = None,
        clock: Clock | None = None,
        port: int = 0,
        *,
        events: Path | None = None,
        enforce: bool = True,
        authorize: Authorize | None = None,
        plain_http: bool = False,
        lambda_concurrency: int = 1000,
    ) -> None:
        self.place = place or Place()
        self.clock = clock or SystemClock()
        self._port = port
        self._events = events
        self._authorize = authorize
        self._plain_http = plain_http
        self._lambda_concurrency = lambda_concurrency
        lock = threading.RLock()
        self._moto = MotoSide(lock)
        self._state = MotoState(self.place, lock)
        self._iam = IamState(self.place, lock)
        self._policies = PolicyState(self.place, lock)
        stored = Stored(self.place, self._state, self._iam, lock)
        self._enforcement = Enforcement(self.place, self.clock, stored) if enforce else None
        self._authority = (
            PolicyAuthority(self.place, self.clock, stored) if enforce else OpenAuthority()
        )

    def start(self) -> Self:
        """Begin to serve, with a state that is empty but for the users of `environment`."""
        if "MOTO_ACCOUNT_ID" in os.environ:
            # moto would put every account's resources into that one.
            raise RuntimeError("MOTO_ACCOUNT_ID: expected no such environment variable, found one")
        if not _in_use.acquire(blocking=False):
            raise RuntimeError("LocalCloud: expected none in this process, found one running")
        try:
            self._server = LoopbackServer(self._serve, self._port)
        except BaseException:
            _in_use.release()
            raise
        authority = f"127.0.0.1:{self._server.port}"
        self.address = f"http://{authority}"
        self._moto.reset(authority)
        self._keys = {
            "deployer": self._state.create_administrator("deployer"),
            "developer": self._state.create_user("developer", developer_policy(self.place)),
        }
        gate = Gate(self.place, self._server.port, self._state.credential)
        self._gates = {True: gate, False: gate}
        self.services = Services(self.place, self.answer, self.address)
        self._routes = self._build()
        self._server.start()
        self._plain = self._listen_plainly() if self._plain_http else None
        self._ticker.start()
        return self

    def stop(self) -> None:
        """Stop serving and forget everything."""
        self._functions.close()
        self._ticker.stop()
        self._server.stop()
        if self._plain is not None:
            self._plain.stop()
        self.services.close()
        self._moto.reset("127.0.0.1")
        _in_use.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def environment(self, user: str = "deployer") -> dict[str, str]:
        """The AWS_* variables with which any SDK speaks to this endpoint as one of its users.

        `deployer` is an administrator; `developer` may start evaluations and take operator roles.
        """
        access_key_id, secret = self._keys[user]
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": self.place.region,
            "AWS_DEFAULT_REGION": self.place.region,
        }

    def advance(self, seconds: float) -> None:
        """Move a ManualClock on by `seconds`, doing everything that falls due on the way."""
        self._ticker.advance(seconds)

    def answer(self, call: Call) -> Response:
        """Decide on a call and answer it; errors come back as answers."""
        try:
            response = self._routes[call.service](call)
        except AwsError as error:
            response = rendered(error, call.protocol, call.request_id)
        except Exception:
            _LOG.exception("%s %s failed", call.service, call.action)
            failure = AwsError("InternalFailure", f"{call.service} {call.action} failed", 500)
            response = rendered(failure, call.protocol, call.request_id)
        self._ticker.wake()
        header = "x-amz-request-id" if call.service == "s3" else "x-amzn-requestid"
        headers = {**response.headers, header: call.request_id}
        return Response(response.status, headers, response.body)

    def _build(self) -> dict[str, Answer]:
        """Our services, and what answers the calls of each service."""
        state, clock = self._state, self.clock
        iam = self._iam
        sessions = RoleSessions(self.services, iam.role_of)
        settings = FunctionSettings(state)
        concurrency = FunctionConcurrency(state, self._lambda_concurrency)
        trail = Trail(state, clock, self._events)
        schedules = Schedules(self.place, clock, state, self.services, sessions)
        self._evaluations = BatchEvaluationService(self.place, clock, self.services)
        self._functions = Functions(
            self.place, clock, state, self.services, sessions, settings, concurrency
        )
        self._ticker = Ticker(clock, [schedules, self._functions.queue, self._evaluations])
        moto, partition = self._moto.answer, self.place.partition
        permissions = FunctionPolicies(self._policies, partition, state.principal_exists)
        objects = ObjectEncryption(state, self.place, self.answer)
        groups = LogEncryption(state, self.place, self.answer)
        queues = QueueEncryption(state, self.place, self.answer)
        behind: dict[str, Answer] = {
            "bedrock-agentcore": self._evaluate,
            "cloudtrail": trail.answer,
            "cloudwatch": Alarms(self.place, clock),
            "iam": layered(moto, IdentityRules(iam)),
            "kms": layered(moto, KeyRules(state, clock), KeyRotation(state, clock)),
            "lambda": layered(
                moto,
                refuse_unserved,
                FunctionCode(self.services),
                check_archive,
                concurrency,
                settings,
                permissions,
                self._functions,
            ),
            "logs": layered(moto, refuse_unserved, groups, LogEvents(state, clock)),
            "s3": layered(
                moto,
                known_operations,
                refuse_unserved,
                ObjectOwnership(state),
                BucketSettings(state),
                DeleteMarkers(state),
                objects,
            ),
            "scheduler": layered(moto, schedules),
            "sqs": layered(moto, QueuePolicies(self._policies, partition), queues),
            "sts": layered(moto, AssumableRoles(iam)),
        }
        keys = {
            name: ServiceKeys(name, self.place, self.answer) for name in ("lambda", "scheduler")
        }
        references = References(Account(self.place, state, iam, self._authority, keys))
        return {
            name: layered(answer, trail.record, check_request, self._decide, references)
            for name, answer in behind.items()
        }

    def _decide(self, call: Call, onward: Answer) -> Response:
        if self._authorize is not None:
            self._authorize(call)
        if self._enforcement is None:
            return onward(call)
        return self._enforcement(call, onward)

    def _listen_plainly(self) -> LoopbackServer:
        server = LoopbackServer(lambda arrival: self._serve(replace(arrival, secure=False)), 0)
        self._gates[False] = Gate(self.place, server.port, self._state.credential)
        self.plain_address = f"http://127.0.0.1:{server.port}"
        server.start()
        return server

    def _evaluate(self, call: Call) -> Response:
        if not isinstance(call.acting, Principal):
            raise AwsError("AccessDeniedException", "Expected a user or role to call", 403)
        return self._evaluations.handle(call.request, call.acting)

    def _serve(self, arrival: Arrival) -> Response:
        try:
            call = self._gates[arrival.secure].admit(arrival)
        except AwsError as error:
            return rendered(error, protocol_guessed(arrival), "refused")
        return self.answer(call)
