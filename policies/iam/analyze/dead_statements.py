"""Statements that never take effect, whatever the request.

Most statements are seen to take effect without a search: each of their elements can be met, and
none of them is about what another is about.
"""

from collections import defaultdict
from collections.abc import Mapping

from ..authorize.applicable_policies import Policies
from ..language.action_names import covered_actions, known_services
from ..language.conditions import Condition
from ..language.meant_actions import is_misnamed
from ..language.patterns import Chosen, Pattern
from ..language.policy import Effect, Policy, Statement
from ..language.policy_types import PolicyType
from ..language.principals import Principals, Sort
from ..prove.condition_key_solver import find_values, matches_everything
from ..prove.formulas import Formula, both, opposite
from ..prove.request_classes import DERIVED, USER_ID, Case
from ..prove.request_scope import Scope
from ..prove.request_search import Space
from ..prove.symbolic_statements import Coverage
from ..prove.unprovable import fill_in, require_provable
from .impossible_arns import can_be_met


def unreachable_statements(
    policy: Policy, *, fixed: Mapping[str, str] | None = None
) -> tuple[Statement, ...]:
    """The statements that no request meets: no ARN fits, or their elements exclude each other."""
    return tuple(_without(policy, fixed, minus_denied=False))


def shadowed(policy: Policy, *, fixed: Mapping[str, str] | None = None) -> tuple[Statement, ...]:
    """The Allow statements that some request meets, and a Deny of the policy always defeats."""
    unreachable = unreachable_statements(policy, fixed=fixed)
    never = _without(policy, fixed, minus_denied=True)
    return tuple(statement for statement in never if statement not in unreachable)


def unknown_actions(policy: Policy) -> dict[str, Statement]:
    """The values of Action that match no action that there is, with their statements.

    Only services whose actions are known are looked at, and other spellings of AgentCore.
    """
    return {
        pattern.text: statement
        for statement in policy.statements
        if statement.actions is not None
        for pattern in statement.actions.patterns
        if is_no_action(pattern)
    }


def is_no_action(pattern: Pattern) -> bool:
    """Whether a value of Action matches no action that there is."""
    service = pattern.text.partition(":")[0].lower()
    if service not in known_services():
        return is_misnamed(pattern.text)
    return not covered_actions(Chosen((pattern,)))


def _without(
    policy: Policy, fixed: Mapping[str, str] | None, *, minus_denied: bool
) -> list[Statement]:
    keys = {key.lower(): value for key, value in (fixed or {}).items()}
    given = Policies.of(policy)
    require_provable([given], keys)
    filled = fill_in(given, keys)
    scope = Scope([filled], fixed=keys)
    space = Space(scope)
    (_, own), *_ = filled.applied
    denying = [each for each in own.statements if each.effect is Effect.DENY]
    found: list[Statement] = []
    for original, statement in zip(policy.statements, own.statements, strict=True):

        def goal(case: Case, coverage: Coverage, about: Statement = statement) -> Formula:
            met = coverage.takes_effect(own, about)
            others = denying if minus_denied else []
            return both(met, *(opposite(coverage.takes_effect(own, deny)) for deny in others))

        if minus_denied and statement.effect is Effect.DENY:
            continue
        if not can_be_met(statement):
            found.append(original)
            continue
        if not (minus_denied or keys) and _plainly_met(own, statement, scope.several):
            continue
        if next(space.every(goal), None) is None:
            found.append(original)
    return found


def _plainly_met(policy: Policy, statement: Statement, several: frozenset[str]) -> bool:
    """Whether it is plain that a request meets the statement; else it is searched for.

    Keys that follow from who asks or from whose the resource is are left to the search.
    """
    by_key: dict[str, list[Condition]] = defaultdict(list)
    for condition in statement.conditions:
        by_key[condition.folded_key].append(condition)
    return (
        not (by_key.keys() & {*DERIVED, USER_ID})
        and _covers_some(policy, statement.actions)
        and _is_about_some(policy, statement.resources)
        and _names_some(statement.principals)
        and all(
            find_values(frozenset((each, True) for each in conditions), key in several) is not None
            for key, conditions in by_key.items()
        )
    )


def _covers_some(policy: Policy, actions: Chosen | None) -> bool:
    """Whether it covers an action that a policy of that kind is asked about."""
    if actions is None or actions.negated:
        return False
    start = {PolicyType.KEY: "kms:", PolicyType.BUCKET: "s3:", PolicyType.TRUST: "sts:"}
    return any(
        action.startswith(start.get(policy.kind, ""))
        for pattern in actions.patterns
        for action in covered_actions(Chosen((pattern,)))
    )


def _is_about_some(policy: Policy, resources: Chosen | None) -> bool:
    """Whether it is about a resource that a policy of that kind is asked about."""
    if resources is None:
        return policy.kind is PolicyType.TRUST
    if resources.negated:
        return False
    return policy.kind is PolicyType.IDENTITY or any(map(matches_everything, resources.patterns))


def _names_some(principals: Principals | None) -> bool:
    """Whether it names somebody who can ask: everybody, a service, an account, a role or a user."""
    if principals is None or principals.negated:
        return principals is None
    return any(
        name.value == "*"
        or name.sort is Sort.SERVICE
        or (name.sort is Sort.AWS and (name.value.isdigit() or ":iam:" in name.value))
        for name in principals.names
    )
