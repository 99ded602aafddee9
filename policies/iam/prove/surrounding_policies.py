"""The policies assumed beside a policy that is compared by itself.

A resource policy is one voice among several, and which of the others there are changes what it
lets through: the account principal in it grants nothing unless identity policies allow too, and a
role that it names is held by its permissions boundary and its session, which a session named by
itself is not. What others say comes down to whether they allow and whether they limit, so a few
surroundings stand for all of them: a proof in each is a proof whatever the others say.

Any other policy is compared where everything else allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..authorize.applicable_policies import Policies
from ..language.parser import parse_policy
from ..language.policy import Effect, Policy
from ..language.policy_types import PolicyType
from .request_scope import Scope

_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _policy(kind: PolicyType, name: str, **more: object) -> Policy:
    statement = {**_EVERYTHING, **more}
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind, name=name)


_OWN = _policy(PolicyType.IDENTITY, "everything")
_SESSION = _policy(PolicyType.SESSION, "everything")
_RESOURCE = _policy(PolicyType.RESOURCE, "everything", Principal="*")
_NO_SESSION = Policy(PolicyType.SESSION, "nothing", "2012-10-17", ())
_NO_BOUNDARY = Policy(PolicyType.IDENTITY, "nothing", "2012-10-17", ())


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Policies beside the compared one; `words` say what they amount to."""

    words: str
    policies: Policies

    def around(self, policy: Policy) -> Policies:
        """The policy in its place among them."""
        match policy.kind:
            case PolicyType.IDENTITY:
                return replace(self.policies, identity=(policy,))
            case PolicyType.SESSION:
                return replace(self.policies, identity=(_OWN,), session=(policy,))
            case PolicyType.SERVICE_CONTROL:
                return replace(self.policies, service_control=((policy,),))
            case PolicyType.RESOURCE_CONTROL:
                return replace(self.policies, resource_control=(policy,))
            case _:
                return replace(self.policies, resource=policy)


ALLOWING = Surroundings(
    "where the principal's own policies allow it", Policies((_OWN,), session=(_SESSION,))
)
ALONE = Surroundings("without any policy of the principal's own", Policies(session=(_SESSION,)))
_LIMITED = Surroundings(
    "in a session whose policy does not allow it", Policies((_OWN,), session=(_NO_SESSION,))
)
_BOUNDED = (
    Surroundings(
        "where the principal's own policies and a permissions boundary allow it",
        Policies((_OWN,), boundary=_OWN, session=(_SESSION,)),
    ),
    Surroundings(
        "under a permissions boundary that allows it, without any other policy",
        Policies(boundary=_OWN, session=(_SESSION,)),
    ),
    Surroundings(
        "under a permissions boundary that does not allow it",
        Policies((_OWN,), boundary=_NO_BOUNDARY),
    ),
)
_ELSEWHERE = Surroundings(
    "where everything else allows it", Policies((_OWN,), _RESOURCE, session=(_SESSION,))
)


def surroundings(policies: Sequence[Policy]) -> tuple[Surroundings, ...]:
    """Surroundings that stand for all, for policies of one kind.

    Permissions boundaries as such matter only to a Deny with NotPrincipal, which spares nobody
    under one.
    """
    kind = policies[0].kind
    if kind in {PolicyType.IDENTITY, PolicyType.SESSION}:
        return (_delegating(policies),)
    if kind in {PolicyType.SERVICE_CONTROL, PolicyType.RESOURCE_CONTROL}:
        return (_ELSEWHERE,)
    spares = any(
        statement.effect is Effect.DENY and statement.principals and statement.principals.negated
        for policy in policies
        for statement in policy.statements
    )
    return (ALONE, ALLOWING, _LIMITED, *(_BOUNDED if spares else ()))


def _delegating(policies: Sequence[Policy]) -> Surroundings:
    """A resource policy that leaves every account to its identity policies."""
    classes = Scope([Policies(identity=tuple(policies))]).accounts
    accounts = [name for each in classes for name in (each.account, each.other) if name]
    resource = _policy(PolicyType.RESOURCE, "accounts", Principal={"AWS": accounts})
    return Surroundings(
        "where the resource's policy leaves it to the account", Policies(resource=resource)
    )
