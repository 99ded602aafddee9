"""Resource monitor in place of the engine's: each registration creates its resource at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, provider_pb2, resource_pb2

from ..provider.lifecycle import CloudError, Naming, PartialError, Provider
from ..provider.properties import conceal, reveal, to_plain, to_struct
from .project import Project

STACK = "pulumi:pulumi:Stack"
HIDDEN = "[secret]"


class DeploymentError(Exception):
    """A deployment that failed; nothing of it is left unless the message says so."""


@dataclass(frozen=True)
class Step:
    """One thing that happened: to which resource, and with what id."""

    action: Literal["created", "read", "failed", "deleted"]
    type: str
    name: str
    id: str = ""


@dataclass(frozen=True)
class Created:
    """A resource of this deployment, with what its deletion needs."""

    type: str
    name: str
    id: str
    state: dict[str, Any]


class Unanswered(grpc.RpcError):
    """A function of the provider failed; the program may catch it, as with the engine."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._text = text

    def code(self) -> grpc.StatusCode:
        """Return the status that the engine answers with."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """Return the provider's error."""
        return self._text


class Monitor:
    """The resource monitor of Pulumi's SDK over our provider, in the same process.

    Its public methods in capitals are those of the ResourceMonitor service; the SDK calls them from
    its worker thread. After a failure it refuses everything, so that nothing more is made.

    created: all resources made, in order. outputs: the stack's exports, secret ones hidden.
    failure: what stopped the deployment. Without `create` it stops at the first resource, and
    `reached` tells that the program came so far.
    """

    def __init__(
        self,
        project: Project,
        provider: Provider,
        progress: Callable[[Step], None],
        *,
        create: bool = True,
    ) -> None:
        self._project = project
        self._provider = provider
        self._progress = progress
        self._create_any = create
        self.reached = False
        self._urns: set[str] = set()
        self.created: list[Created] = []
        self.outputs: dict[str, Any] = {}
        self.failure: Exception | None = None

    def GetDeploymentInfo(self, request: Any) -> Any:
        """Answer the features that a program may use; what needs more fails in the SDK by name.

        `deletedWith` asks that a resource is not deleted by itself: here nothing is deleted but
        what a failed deployment made, all of it.
        """
        return resource_pb2.DeploymentInfo(
            supportedFeatures=[
                resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
                resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
            ]
        )

    def SupportsFeature(self, request: Any) -> Any:
        return resource_pb2.SupportsFeatureResponse(
            hasSupport=request.id in ("secrets", "deletedWith")
        )

    def SignalAndWaitForShutdown(self, request: Any) -> Any:
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:
        self._go_on()
        try:
            answer, wrong = self._provider.invoke(request.tok, to_plain(request.args))
        except CloudError as error:
            raise Unanswered(str(error)) from error
        failures = [provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in wrong]
        members: dict[str, Any] = {"return": to_struct(answer)}  # a keyword of Python
        return resource_pb2.ResourceInvokeResponse(**members, failures=failures)

    def ReadResource(self, request: Any) -> Any:
        self._go_on()
        self._reach()
        urn = self._claim(request)
        try:
            state = self._read(request)
        except Exception as error:
            self._fail(request, error)
            raise
        self._progress(Step("read", request.type, request.name, request.id))
        return resource_pb2.ReadResourceResponse(
            urn=urn, id=request.id, properties=to_struct(state)
        )

    def RegisterResource(self, request: Any) -> Any:
        self._go_on()
        urn = self._claim(request)
        if not (request.custom or request.remote):
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        self._reach()
        try:
            resource_id, state = self._create(request)
        except Exception as error:
            self._fail(request, error)
            raise
        self._progress(Step("created", request.type, request.name, resource_id))
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=resource_id, object=to_struct(state)
        )

    def RegisterResourceOutputs(self, request: Any) -> Any:
        if request.urn.split("::")[2] == STACK:
            for name, value in to_plain(request.outputs).items():
                plain, secret = reveal(value)
                self.outputs[name] = HIDDEN if secret else plain
        return empty_pb2.Empty()

    def Log(self, request: Any) -> Any:
        """Fail the deployment for an error that the program logs, as the engine does."""
        if request.severity == engine_pb2.ERROR and self.failure is None:
            self.failure = DeploymentError(request.message)
        return empty_pb2.Empty()

    def _read(self, request: Any) -> dict[str, Any]:
        known, _ = reveal(to_plain(request.properties))
        answer = self._provider.read(request.type, request.name, request.id, known, {})
        if answer is None:
            raise DeploymentError(f"{request.type} {request.name}: {request.id} does not exist")
        return answer[0]

    def _create(self, request: Any) -> tuple[str, dict[str, Any]]:
        """Check and create a resource; what was secret going in is secret coming out."""
        token, name = request.type, request.name
        explicit = request.provider or token.startswith("pulumi:providers:")
        unsupported = {
            "a component of a plugin": request.remote,
            "an explicit provider": explicit,
            "an import": request.importId,
        }
        for option, used in unsupported.items():
            if used:
                raise DeploymentError(f"{token} {name}: {option} needs the engine")
        sent = to_plain(request.object)
        inputs, _ = reveal(sent)
        seed = self._urn(request).encode()
        inputs, wrong = self._provider.check(token, name, inputs, {}, Naming(seed=seed))
        if wrong:
            faults = "; ".join(f"{failure.property} {failure.reason}" for failure in wrong)
            raise DeploymentError(f"{token} {name}: {faults}")
        try:
            resource_id, state = self._provider.create(token, name, inputs)
        except PartialError as error:
            self.created.append(Created(token, name, error.resource_id, error.state))
            raise
        self.created.append(Created(token, name, resource_id, state))
        secret = {key for key, value in sent.items() if reveal(value)[1]}
        secret.update(request.additionalSecretOutputs)
        return resource_id, {k: conceal(v) if k in secret else v for k, v in state.items()}

    def _go_on(self) -> None:
        if self.failure is not None:
            raise DeploymentError("the deployment has stopped")

    def _reach(self) -> None:
        """Stop before the first resource where none is to be made."""
        if not self._create_any:
            self.reached = True
            self.failure = DeploymentError("the program was to make nothing")
            raise self.failure

    def _fail(self, request: Any, error: Exception) -> None:
        self.failure = error
        self._progress(Step("failed", request.type, request.name))

    def _claim(self, request: Any) -> str:
        """Return the URN of a registration; raises DeploymentError when it is taken."""
        urn = self._urn(request)
        if urn in self._urns:
            self.failure = DeploymentError(
                f"{request.type} {request.name}: expected a name of its own, but two resources"
                f" have the URN {urn}"
            )
            raise self.failure
        self._urns.add(urn)
        return urn

    def _urn(self, request: Any) -> str:
        """Return the URN as the engine forms it, with the types of all parents but the stack."""
        parent = request.parent.split("::")[2] if request.parent else STACK
        kind = request.type if parent == STACK else f"{parent}${request.type}"
        return f"urn:pulumi:{self._project.stack}::{self._project.name}::{kind}::{request.name}"


TAKEN = frozenset(
    {
        "AlreadyExistsException",
        "BucketAlreadyExists",
        "BucketAlreadyOwnedByYou",
        "ConflictException",
        "EntityAlreadyExists",
        "QueueAlreadyExists",
        "ResourceAlreadyExistsException",
        "ResourceConflictException",
    }
)


def is_taken(error: Exception) -> bool:
    """Tell whether a creation failed because there is such a resource already."""
    return isinstance(error, CloudError) and error.code in TAKEN
