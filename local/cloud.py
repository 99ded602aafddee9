"""The local AWS: one loopback address for every service that the product touches."""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import local.services.logs.filter_patterns
import local.services.s3.versioning  # noqa: F401 - both change moto by being imported
from local.authorization.authorizer import Authorizer
from local.authorization.service_decisions import OpenAuthority, PolicyAuthority
from local.aws_api.aws_error import AwsError, rendered
from local.aws_api.caller import DeploymentTarget, Principal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext, handler_chain
from local.gateway.authentication import Authenticator, IncomingRequest, protocol_guessed
from local.gateway.server import LoopbackServer
from local.known_users import developer_policy
from local.moto_backend.backend import MotoBackend
from local.moto_backend.buckets import BucketState
from local.moto_backend.credentials import IssuedCredentials
from local.moto_backend.identities import IamState
from local.moto_backend.policies import PolicyState
from local.moto_backend.policies_in_force import PoliciesInForce
from local.moto_backend.state import MotoState
from local.moto_backend.unserved_operations import refuse_unserved
from local.runtime.clients import Services
from local.runtime.clock import Clock, SystemClock
from local.runtime.due_work import Ticker
from local.runtime.role_sessions import RoleSessions
from local.services.account import Account
from local.services.agentcore.service import BatchEvaluationService
from local.services.cloudtrail.trail import Trail
from local.services.cloudwatch.alarms import Alarms
from local.services.iam.fixups import IdentityRules
from local.services.key_use import ServiceKeys
from local.services.kms.fixups import KeyRules
from local.services.kms.rotation import KeyRotation
from local.services.lambda_.archives import check_archive
from local.services.lambda_.code import FunctionCode
from local.services.lambda_.concurrency import FunctionConcurrency
from local.services.lambda_.configuration import FunctionSettings
from local.services.lambda_.invoke import Functions
from local.services.lambda_.policies import FunctionPolicies
from local.services.logs.encryption import LogEncryption
from local.services.logs.fixups import LogEvents
from local.services.s3.bucket_settings import BucketSettings
from local.services.s3.conditions import ConditionalRequests
from local.services.s3.delete_markers import DeleteMarkers
from local.services.s3.encryption import ObjectEncryption
from local.services.s3.operations import known_operations
from local.services.s3.ownership import ObjectOwnership
from local.services.s3.public_access import PublicAccess
from local.services.scheduler.schedules import Schedules
from local.services.sqs.encryption import QueueEncryption
from local.services.sqs.policies import QueuePolicies
from local.services.sts.assume_role import AssumableRoles
from local.validation.paging_tokens import PagingTokens
from local.validation.references_table import References
from local.validation.request_validation import check_request

# Asked once for each call, before anything answers it; raises AwsError to refuse. The call says who
# is acting (signer, forward access session or service), which operation it is, and its input.
Authorize = Callable[[RequestContext], None]

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
        place: DeploymentTarget | None = None,
        clock: Clock | None = None,
        port: int = 0,
        *,
        events: Path | None = None,
        enforce: bool = True,
        authorize: Authorize | None = None,
        plain_http: bool = False,
        lambda_concurrency: int = 1000,
    ) -> None:
        self.place = place or DeploymentTarget()
        self.clock = clock or SystemClock()
        self._port = port
        self._events = events
        self._authorize = authorize
        self._plain_http = plain_http
        self._lambda_concurrency = lambda_concurrency
        lock = threading.RLock()
        self._moto = MotoBackend(lock)
        self._state = MotoState(self.place, lock)
        self._buckets = BucketState(self.place, lock)
        self._credentials = IssuedCredentials(self.place, lock)
        self._iam = IamState(self.place, lock)
        self._policies = PolicyState(self.place, lock)
        stored = PoliciesInForce(self.place, self._state, self._iam, lock)
        self._grants = stored.grants
        self._enforcement = Authorizer(self.place, self.clock, stored) if enforce else None
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
            "deployer": self._credentials.create_administrator("deployer"),
            "developer": self._credentials.create_user("developer", developer_policy(self.place)),
        }
        gate = Authenticator(self.place, self._server.port, self._credentials.credential)
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

    def answer(self, call: RequestContext) -> Response:
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
        objects = ObjectEncryption(self._buckets, self.place, self.answer)
        groups = LogEncryption(state, self.place, self.answer)
        queues = QueueEncryption(state, self.place, self.answer)
        behind: dict[str, Answer] = {
            "bedrock-agentcore": self._evaluate,
            "cloudtrail": trail.answer,
            "cloudwatch": Alarms(self.place, clock),
            "iam": handler_chain(moto, IdentityRules(iam)),
            "kms": handler_chain(
                moto, KeyRules(state, clock, self._grants), KeyRotation(state, clock)
            ),
            "lambda": handler_chain(
                moto,
                refuse_unserved,
                FunctionCode(self.services),
                check_archive,
                concurrency,
                settings,
                permissions,
                self._functions,
            ),
            "logs": handler_chain(moto, refuse_unserved, groups, LogEvents(state, clock)),
            "s3": handler_chain(
                moto,
                known_operations,
                refuse_unserved,
                ObjectOwnership(self._buckets),
                BucketSettings(self._buckets),
                PublicAccess(self._buckets),
                DeleteMarkers(self._buckets),
                ConditionalRequests(self._buckets),
                objects,
            ),
            "scheduler": handler_chain(moto, schedules),
            "sqs": handler_chain(moto, QueuePolicies(self._policies, partition), queues),
            "sts": handler_chain(moto, AssumableRoles(iam)),
        }
        keys = {
            name: ServiceKeys(name, self.place, self.answer) for name in ("lambda", "scheduler")
        }
        tokens = PagingTokens()
        references = References(Account(self.place, state, iam, self._authority, keys))
        return {
            name: handler_chain(
                answer, trail.record, check_request, self._decide, references, tokens
            )
            for name, answer in behind.items()
        }

    def _decide(self, call: RequestContext, next_handler: Answer) -> Response:
        if self._authorize is not None:
            self._authorize(call)
        if self._enforcement is None:
            return next_handler(call)
        return self._enforcement(call, next_handler)

    def _listen_plainly(self) -> LoopbackServer:
        server = LoopbackServer(lambda arrival: self._serve(replace(arrival, secure=False)), 0)
        self._gates[False] = Authenticator(self.place, server.port, self._credentials.credential)
        self.plain_address = f"http://127.0.0.1:{server.port}"
        server.start()
        return server

    def _evaluate(self, call: RequestContext) -> Response:
        if not isinstance(call.acting, Principal):
            raise AwsError("AccessDeniedException", "Expected a user or role to call", 403)
        return self._evaluations.handle(call.request, call.acting)

    def _serve(self, arrival: IncomingRequest) -> Response:
        try:
            call = self._gates[arrival.secure].admit(arrival)
        except AwsError as error:
            return rendered(error, protocol_guessed(arrival), "refused")
        return self.answer(call)
