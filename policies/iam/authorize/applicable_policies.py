"""The policies that apply to a request, each in its capacity, and what their statements cover."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from ..language.policy import Policy, Statement
from ..language.policy_types import PolicyKind
from ..language.request import Request


class Layer(Enum):
    """In what capacity a policy takes part, as AWS's messages name it."""

    RESOURCE_CONTROL = "resource control policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE = "resource-based policy"
    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"

    @property
    def phrase(self) -> str:
        """The name with its article."""
        return f"{'an' if self is Layer.IDENTITY else 'a'} {self.value}"


_KINDS = {
    Layer.RESOURCE_CONTROL: {PolicyKind.RESOURCE_CONTROL},
    Layer.SERVICE_CONTROL: {PolicyKind.SERVICE_CONTROL},
    Layer.RESOURCE: {PolicyKind.KEY, PolicyKind.BUCKET, PolicyKind.TRUST, PolicyKind.RESOURCE},
    Layer.IDENTITY: {PolicyKind.IDENTITY},
    Layer.BOUNDARY: {PolicyKind.IDENTITY},
    Layer.SESSION: {PolicyKind.SESSION, PolicyKind.IDENTITY},
}


@dataclass(frozen=True)
class Policies:
    """All policies that apply to a request.

    `identity` are those of the user with its groups, or of the role; `boundary` its permissions
    boundary; `session` those passed when the session began (none passed: empty). `resource` is the
    resource's own policy: key, bucket, role trust or other. `service_control` has one group for
    each level of the organization from the root to the principal's account, of which each must
    allow; `resource_control` are all that apply to the resource, in any order. Whoever is exempt
    from a policy (the management account, say) is given none of it.

    Raises ValueError for a policy of the wrong kind.
    """

    identity: tuple[Policy, ...] = ()
    resource: Policy | None = None
    boundary: Policy | None = None
    session: tuple[Policy, ...] = ()
    service_control: tuple[tuple[Policy, ...], ...] = ()
    resource_control: tuple[Policy, ...] = ()
    layers: tuple[tuple[Layer, Policy], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the kinds and put the policies in the order of evaluation."""
        layers = (
            *((Layer.RESOURCE_CONTROL, policy) for policy in self.resource_control),
            *(
                (Layer.SERVICE_CONTROL, policy)
                for level in self.service_control
                for policy in level
            ),
            *((Layer.RESOURCE, policy) for policy in [self.resource] if policy is not None),
            *((Layer.IDENTITY, policy) for policy in self.identity),
            *((Layer.BOUNDARY, policy) for policy in [self.boundary] if policy is not None),
            *((Layer.SESSION, policy) for policy in self.session),
        )
        for layer, policy in layers:
            if policy.kind not in _KINDS[layer]:
                raise ValueError(f"policies: expected {layer.phrase}, found {policy}")
        object.__setattr__(self, "layers", layers)

    @classmethod
    def of(cls, policy: Policy) -> "Policies":
        """The policy by itself, in the capacity that its kind has."""
        match policy.kind:
            case PolicyKind.IDENTITY:
                return cls(identity=(policy,))
            case PolicyKind.SESSION:
                return cls(session=(policy,))
            case PolicyKind.SERVICE_CONTROL:
                return cls(service_control=((policy,),))
            case PolicyKind.RESOURCE_CONTROL:
                return cls(resource_control=(policy,))
            case _:
                return cls(resource=policy)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A statement that decided, and in what capacity its policy takes part."""

    layer: Layer
    policy: Policy
    statement: Statement

    @property
    def source(self) -> str:
        """The policy, by its name and capacity."""
        named = str(self.policy)
        if self.layer is Layer.BOUNDARY:
            named = named.replace(self.policy.kind.value, self.layer.value, 1)
        return named

    def __str__(self) -> str:
        """`key policy "evaluation", statement 1 (AllowCallerCryptoOps)`."""
        return f"{self.source}, {self.statement}"


def applicable(request: Request, policies: Policies) -> Iterator[tuple[Layer, Policy]]:
    """The policies that bear on who asks.

    Services, identity providers and unsigned requests have no policies of their own. Neither
    service nor resource control policies restrict service-linked roles.
    Sources: docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html,
    orgs_manage_policies_rcps.html
    """
    principal = request.principal
    linked = principal.is_service_linked_role
    if principal.is_identity and not linked:
        yield from policies.layers
        return
    for layer, policy in policies.layers:
        if layer is Layer.RESOURCE_CONTROL:
            applies = not linked
        elif layer is Layer.RESOURCE:
            applies = True
        else:
            applies = principal.is_identity and layer is not Layer.SERVICE_CONTROL
        if applies:
            yield layer, policy


def covers(policy: Policy, statement: Statement, request: Request) -> bool:
    """Whether the resource and all conditions of a statement about the action fit the request."""
    return covers_resource(policy, statement, request) and all(
        condition.holds(request.values) for condition in statement.conditions
    )


def covers_resource(policy: Policy, statement: Statement, request: Request) -> bool:
    """Whether the statement is about the resource; a trust policy is always about its role."""
    if statement.resources is None:
        return policy.kind is PolicyKind.TRUST
    return statement.resources.matches(request.resource, request.values)
