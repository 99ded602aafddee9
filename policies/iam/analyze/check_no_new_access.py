"""Checks over all requests that one policy allows no more than another.

    proof = check_no_new_access(new, reference)
    if not proof.proved:
        print(proof.counterexample)

Nothing is sampled: the requests are divided into finitely many cases, the two decisions in each are
written as one formula, and a request either makes it true, which is the counterexample, or cannot.
Every counterexample is confirmed by `is_authorized`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..authorize import authorizer
from ..authorize.applicable_policies import Policies
from ..language.policy import Policy
from ..language.policy_types import PolicyType
from ..language.request import Kind
from ..prove import symbolic_authorizer
from ..prove.counterexample import Counterexample, Proof
from ..prove.formulas import FALSE, Formula, both, opposite
from ..prove.questions import require_resource
from ..prove.request_classes import EVERYBODY, HOLDERS, IDENTITIES, Case
from ..prove.request_scope import Scope
from ..prove.request_search import Space
from ..prove.surrounding_policies import surroundings
from ..prove.symbolic_statements import Coverage
from ..prove.unprovable import fill_in, require_provable


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both sides in the same surroundings, and who asks there."""

    words: str
    new: Policies
    reference: Policies
    kinds: tuple[Kind, ...]


class Comparison:
    """Two policies, or two sets of policies, side by side.

    A policy by itself is compared whatever other policies there are (see surroundings.py), a set of
    policies as it is. `resource` limits it to one resource, `owner` says whose that is if its ARN
    does not, `fixed` gives condition keys one value each, which policy variables then stand for.

    Raises UnprovableError for what nothing is proved about and ValueError for policies of different
    kinds and for a resource that is not one.
    """

    def __init__(
        self,
        new: Policy | Policies,
        reference: Policy | Policies,
        *,
        resource: str | None = None,
        owner: str | None = None,
        fixed: Mapping[str, str] | None = None,
    ) -> None:
        if resource is not None:
            require_resource(resource)
        keys = {key.lower(): value for key, value in (fixed or {}).items()}
        require_provable((_as_set(new), _as_set(reference)), keys)
        self._pairs = list(_pairs(new, reference, keys))
        given = [side for pair in self._pairs for side in (pair.new, pair.reference)]
        self._filled = {id(side): fill_in(side, keys) for side in given}
        self._space = Space(Scope(list(self._filled.values()), resource, owner, keys))

    def first(self) -> Counterexample | None:
        """A request that the new policy allows and the reference does not, if there is one."""
        return next(self._counterexamples(None), None)

    def actions(self) -> dict[str, Counterexample]:
        """Every action of such a request, with one.

        Services without known names are represented by one action of each that is named, and by one
        that is not.
        """
        found: dict[str, Counterexample] = {}
        for group in [*self._space.scope.actions, None]:
            if group is not None or self._space.scope.unnamed_actions:
                first = None if group is None else group[0]
                counterexample = next(self._counterexamples([first]), None)
                if counterexample is not None:
                    names = (counterexample.request.action,) if group is None else group
                    found |= dict.fromkeys(names, counterexample)
        return dict(sorted(found.items()))

    def _counterexamples(self, actions: Iterable[str | None] | None) -> Iterator[Counterexample]:
        for pair in self._pairs:
            new, reference = self._filled[id(pair.new)], self._filled[id(pair.reference)]

            def goal(
                case: Case, coverage: Coverage, sides: tuple[Policies, Policies] = (new, reference)
            ) -> Formula:
                granted = symbolic_authorizer.is_authorized(sides[0], case, coverage)
                if granted == FALSE:
                    return FALSE
                return both(
                    granted, opposite(symbolic_authorizer.is_authorized(sides[1], case, coverage))
                )

            principal_classes = self._space.principal_classes(pair.kinds)
            for request in self._space.every(
                goal, actions=actions, principal_classes=principal_classes
            ):
                words = pair.words if request.principal.is_identity else ""
                counterexample = Counterexample(
                    authorizer.is_authorized(request, pair.new),
                    authorizer.is_authorized(request, pair.reference),
                    words,
                )
                if not counterexample.allowed.allowed or counterexample.refused.allowed:
                    raise RuntimeError(
                        f"the search found what decide does not confirm: {counterexample}"
                    )
                yield counterexample


def check_no_new_access(
    new: Policy | Policies,
    reference: Policy | Policies,
    *,
    resource: str | None = None,
    owner: str | None = None,
    fixed: Mapping[str, str] | None = None,
) -> Proof:
    """Whether every request that `new` allows, `reference` allows too; see `Comparison`."""
    comparison = Comparison(new, reference, resource=resource, owner=owner, fixed=fixed)
    return Proof(comparison.first())


def equivalent(
    one: Policy | Policies,
    other: Policy | Policies,
    *,
    resource: str | None = None,
    owner: str | None = None,
    fixed: Mapping[str, str] | None = None,
) -> Proof:
    """Whether both allow the same; a counterexample is a request that one of them allows."""
    there = check_no_new_access(one, other, resource=resource, owner=owner, fixed=fixed)
    if not there.proved:
        return there
    return check_no_new_access(other, one, resource=resource, owner=owner, fixed=fixed)


def _pairs(
    new: Policy | Policies, reference: Policy | Policies, fixed: Mapping[str, str]
) -> Iterator[_Pair]:
    if isinstance(new, Policies) and isinstance(reference, Policies):
        belongs = bool(new.identity or reference.identity)
        kinds = tuple(kind for kind in EVERYBODY if not belongs or kind is not Kind.ROOT)
        yield _Pair("", new, reference, kinds)
        return
    if isinstance(new, Policies) or isinstance(reference, Policies) or new.kind != reference.kind:
        raise ValueError(f"reference: expected another {_kind(new)}, found {_kind(reference)}")
    kinds: tuple[Kind, ...] = EVERYBODY
    if new.kind in {PolicyType.IDENTITY, PolicyType.SESSION}:
        kinds = HOLDERS
    filled = [fill_in(Policies.of(side), fixed) for side in (new, reference)]
    for beside in surroundings([policy for each in filled for _, policy in each.applied]):
        yield _Pair(beside.words, beside.around(new), beside.around(reference), kinds)
        kinds = tuple(kind for kind in kinds if kind in IDENTITIES)  # no other depends on them


def _as_set(given: Policy | Policies) -> Policies:
    return Policies.of(given) if isinstance(given, Policy) else given


def _kind(given: Policy | Policies) -> str:
    return given.kind.value if isinstance(given, Policy) else "set of policies"
