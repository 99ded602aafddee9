"""The policies that apply to a request, each in its capacity, and what their statements cover."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from ..language.policy import Policy, Statement
from ..language.policy_types import PolicyType
from ..language.request import Request


class AppliedAs(Enum):
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
        return f"{'an' if self is AppliedAs.IDENTITY else 'a'} {self.value}"


_KINDS = {
    AppliedAs.RESOURCE_CONTROL: {PolicyType.RESOURCE_CONTROL},
    AppliedAs.SERVICE_CONTROL: {PolicyType.SERVICE_CONTROL},
    AppliedAs.RESOURCE: {PolicyType.KEY, PolicyType.BUCKET, PolicyType.TRUST, PolicyType.RESOURCE},
    AppliedAs.IDENTITY: {PolicyType.IDENTITY},
    AppliedAs.BOUNDARY: {PolicyType.IDENTITY},
    AppliedAs.SESSION: {PolicyType.SESSION, PolicyType.IDENTITY},
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
    applied: tuple[tuple[AppliedAs, Policy], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the kinds and put the policies in the order of evaluation."""
        applied = (
            *((AppliedAs.RESOURCE_CONTROL, policy) for policy in self.resource_control),
            *(
                (AppliedAs.SERVICE_CONTROL, policy)
                for level in self.service_control
                for policy in level
            ),
            *((AppliedAs.RESOURCE, policy) for policy in [self.resource] if policy is not None),
            *((AppliedAs.IDENTITY, policy) for policy in self.identity),
            *((AppliedAs.BOUNDARY, policy) for policy in [self.boundary] if policy is not None),
            *((AppliedAs.SESSION, policy) for policy in self.session),
        )
        for applied_as, policy in applied:
            if policy.kind not in _KINDS[applied_as]:
                raise ValueError(f"policies: expected {applied_as.phrase}, found {policy}")
        object.__setattr__(self, "applied", applied)

    @classmethod
    def of(cls, policy: Policy) -> "Policies":
        """The policy by itself, in the capacity that its kind has."""
        match policy.kind:
            case PolicyType.IDENTITY:
                return cls(identity=(policy,))
            case PolicyType.SESSION:
                return cls(session=(policy,))
            case PolicyType.SERVICE_CONTROL:
                return cls(service_control=((policy,),))
            case PolicyType.RESOURCE_CONTROL:
                return cls(resource_control=(policy,))
            case _:
                return cls(resource=policy)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A statement that decided, and in what capacity its policy takes part."""

    applied_as: AppliedAs
    policy: Policy
    statement: Statement

    @property
    def source(self) -> str:
        """The policy, by its name and capacity."""
        named = str(self.policy)
        if self.applied_as is AppliedAs.BOUNDARY:
            named = named.replace(self.policy.kind.value, self.applied_as.value, 1)
        return named

    def __str__(self) -> str:
        """`key policy "evaluation", statement 1 (AllowCallerCryptoOps)`."""
        return f"{self.source}, {self.statement}"


def applicable(request: Request, policies: Policies) -> Iterator[tuple[AppliedAs, Policy]]:
    """The policies that bear on who asks.

    Services, identity providers and unsigned requests have no policies of their own. Neither
    service nor resource control policies restrict service-linked roles.
    Sources: docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html,
    orgs_manage_policies_rcps.html
    """
    principal = request.principal
    linked = principal.is_service_linked_role
    if principal.is_identity and not linked:
        yield from policies.applied
        return
    for applied_as, policy in policies.applied:
        if applied_as is AppliedAs.RESOURCE_CONTROL:
            applies = not linked
        elif applied_as is AppliedAs.RESOURCE:
            applies = True
        else:
            applies = principal.is_identity and applied_as is not AppliedAs.SERVICE_CONTROL
        if applies:
            yield applied_as, policy


def covers(policy: Policy, statement: Statement, request: Request) -> bool:
    """Whether the resource and all conditions of a statement about the action fit the request."""
    return covers_resource(policy, statement, request) and all(
        condition.holds(request.values) for condition in statement.conditions
    )


def covers_resource(policy: Policy, statement: Statement, request: Request) -> bool:
    """Whether the statement is about the resource; a trust policy is always about its role."""
    if statement.resources is None:
        return policy.kind is PolicyType.TRUST
    return statement.resources.matches(request.resource, request.values)
