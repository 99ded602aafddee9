"""Lists every principal that can do one action: by exclusion, so that none is left out.

Each kind of principal in each account that the documents tell apart is asked for in turn, first by
every name that they write, then for anybody else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import chain

from ..authorize import authorizer
from ..authorize.applicable_policies import AppliedAs, Policies
from ..authorize.authorizer import Decision
from ..language.policy import Policy
from ..language.principals import Named, Principals, Sort
from ..language.request import Kind, Request, account_of
from ..prove import symbolic_authorizer
from ..prove.condition_key_solver import only_text
from ..prove.counterexample import as_data, in_words
from ..prove.formulas import FALSE, Formula, both, either, opposite
from ..prove.principal_classes import PrincipalClass
from ..prove.questions import require_action, require_resource
from ..prove.request_classes import HOLDERS, Case
from ..prove.request_scope import Scope
from ..prove.request_search import Space
from ..prove.surrounding_policies import ALLOWING, ALONE
from ..prove.symbolic_statements import Coverage
from ..prove.unprovable import fill_in, require_provable


class How(Enum):
    """What it rests on that somebody can."""

    RESOURCE_POLICY = "by the resource's policy"
    ROOT_USER = "as the account itself"
    OWN_POLICIES = "by its own policies"
    IF_ALLOWED = "if its own policies allow it"


@dataclass(frozen=True)
class Access:
    """Somebody who can, with one request that shows it.

    `who` is an ARN, the name of a service or identity provider, or says who else; `how` what it
    rests on; `decision` what `is_authorized` says of the request.
    """

    who: str
    how: How
    decision: Decision

    @property
    def request(self) -> Request:
        """The request."""
        return self.decision.request

    def __str__(self) -> str:
        """Who, how and under which keys; of whom no document names, one example."""
        _, *keys = in_words(self.request)
        principal = self.request.principal
        example = principal.issuer_arn or principal.arn
        such = f" (such as {example})" if self.who.startswith("anybody else") else ""
        return "".join([f"{self.who}{such}, {self.how.value}", *(f",{key[1:]}" for key in keys)])

    def as_data(self) -> dict[str, object]:
        """The same as plain values, for JSON."""
        return {"who": self.who, "how": self.how.value, "request": as_data(self.request)}


def list_principals(
    action: str,
    resource: str,
    policy: Policy | None = None,
    identities: Mapping[str, Sequence[Policy]] | None = None,
    *,
    owner: str | None = None,
    fixed: Mapping[str, str] | None = None,
) -> tuple[Access, ...]:
    """List every principal that can do `action` on `resource` in some request.

    `policy` is the resource's own, `identities` the identity policies of roles and users, by ARN.
    The policies of other principals are unknown: those are listed where their own policies could
    allow the action. `owner` is the account of a resource whose ARN names none; `fixed` is as in
    `check_no_new_access`.

    Raises UnprovableError as `check_no_new_access` does, and ValueError for anything but one known
    action and one resource.
    """
    return tuple(
        _Question(action, resource, policy, identities or {}, owner, fixed or {}).answers()
    )


class _Question:
    """One question, with the space of requests that it is about."""

    def __init__(
        self,
        action: str,
        resource: str,
        policy: Policy | None,
        identities: Mapping[str, Sequence[Policy]],
        owner: str | None,
        fixed: Mapping[str, str],
    ) -> None:
        documents = (*filter(None, [policy]), *chain.from_iterable(identities.values()))
        require_action(action, documents)
        require_resource(resource)
        keys = {key.lower(): value for key, value in fixed.items()}
        self._action = action
        held = {arn: Policies(tuple(each), policy) for arn, each in identities.items()}
        alone = replace(ALONE.policies, resource=policy)
        allowing = replace(ALLOWING.policies, resource=policy)
        given = [alone, allowing, *held.values()]
        require_provable(given, keys)
        self._alone, self._allowing, *filled = [fill_in(each, keys) for each in given]
        self._held = dict(zip(held, filled, strict=True))
        self._holders = {arn: _one(Sort.AWS, arn) for arn in held}
        self._named = {
            each.value: _one(each.sort, each.value)
            for each in _names([alone, *held.values()])
            if each.value not in held
        }
        accounts = frozenset(filter(None, map(account_of, held)))
        taking_part = [self._alone, self._allowing, *filled]
        self._space = Space(Scope(taking_part, resource, owner, keys, accounts))

    def answers(self) -> Iterator[Access]:
        """Those whose policies are known, whom the documents name, and then anybody else."""
        for arn, policies in self._held.items():
            found = self._holder(arn, policies)
            if found is not None:
                decision = authorizer.is_authorized(found, policies)
                own = any(each.applied_as is AppliedAs.IDENTITY for each in decision.decided_by)
                yield Access(arn, How.OWN_POLICIES if own else How.RESOURCE_POLICY, decision)
        seen: set[tuple[str, How]] = set()
        for access in chain.from_iterable(map(self._others, self._space.principal_classes())):
            if (access.who, access.how) not in seen:
                seen.add((access.who, access.how))
                yield access

    def _holder(self, arn: str, policies: Policies) -> Request | None:
        """A request of the role or user that holds the policies."""
        for principal_class in self._space.principal_classes(HOLDERS):
            if principal_class.account != account_of(arn):
                continue
            for case, coverage in self._space.cases(principal_class, self._action):
                who = _names_who_asks(self._holders[arn], coverage)
                granted = (
                    FALSE
                    if who == FALSE
                    else symbolic_authorizer.is_authorized(policies, case, coverage)
                )
                found = self._space.request(case, self._action, both(who, granted))
                if found is not None:
                    return found
        return None

    def _others(self, principal_class: PrincipalClass) -> Iterator[Access]:
        """Whoever asks so and holds none of the known policies, by name and then anybody else."""
        judged = [
            (case, coverage, alone, more)
            for case, coverage in self._space.cases(principal_class, self._action)
            for alone, more in [self._judged(case, coverage)]
            if alone != FALSE or more != FALSE
        ]
        if not judged:
            return
        _, coverage, *_ = judged[0]
        unknown = [opposite(_names_who_asks(each, coverage)) for each in self._holders.values()]
        named = {name: _names_who_asks(each, coverage) for name, each in self._named.items()}
        options = {name: both(who, *unknown) for name, who in named.items() if who != FALSE}
        others = both(*unknown, *map(opposite, named.values()))
        directly = How.ROOT_USER if principal_class.kind is Kind.ROOT else How.RESOURCE_POLICY
        for name, who in [*options.items(), (self._anybody(principal_class), others)]:
            found = self._first(who, [(case, alone) for case, _, alone, _ in judged])
            if found is not None:
                yield Access(name, directly, authorizer.is_authorized(found, self._alone))
            found = self._first(who, [(case, more) for case, _, _, more in judged])
            if found is not None:
                yield Access(name, How.IF_ALLOWED, authorizer.is_authorized(found, self._allowing))

    def _judged(self, case: Case, coverage: Coverage) -> tuple[Formula, Formula]:
        """What is allowed to whoever has no policies, and what more to whom its own allow it."""
        alone, whenever = (
            symbolic_authorizer.is_authorized(each, case, coverage)
            for each in (self._alone, self._allowing)
        )
        return alone, both(whenever, opposite(alone))

    def _first(self, who: Formula, granted: Iterable[tuple[Case, Formula]]) -> Request | None:
        """A request of somebody, in the first case in which one is allowed."""
        for case, formula in granted:
            found = self._space.request(case, self._action, both(who, formula))
            if found is not None:
                return found
        return None

    def _anybody(self, principal_class: PrincipalClass) -> str:
        single = {each.account for each in self._space.scope.accounts if each.other is None}
        where = "account" if principal_class.account in single else "accounts such as"
        match principal_class.kind:
            case Kind.SERVICE:
                return "any other AWS service"
            case Kind.FEDERATED:
                return "any other identity provider"
            case Kind.ANONYMOUS:
                return "anybody, without signing"
            case Kind.ROOT:
                return f"the root user of {where} {principal_class.account}"
            case _:
                return f"anybody else in {where} {principal_class.account}"


def _names_who_asks(principals: Principals, coverage: Coverage) -> Formula:
    return either(*coverage.naming.grants(principals))


def _one(sort: Sort, name: str) -> Principals:
    return Principals(frozenset({Named(sort, name)}))


def _names(given: Iterable[Policies]) -> Iterator[Named]:
    """The principals that the documents name one by one, in Principal elements and conditions."""
    applied = chain.from_iterable(policies.applied for policies in given)
    for statement in chain.from_iterable(policy.statements for _, policy in applied):
        listed = () if statement.principals is None else statement.principals.names
        for each in sorted(listed, key=lambda name: name.value):
            if not (each.value == "*" or (each.sort is Sort.AWS and each.value.isdigit())):
                yield each
        for condition in statement.conditions:
            if condition.folded_key == "aws:principalarn":
                texts = filter(None, map(only_text, condition.wanted))
                yield from (Named(Sort.AWS, text) for text in texts)
