"""Statements that never take effect, whatever the request."""

from collections.abc import Mapping

from .action_names import covered_actions, known_services
from .cases import Case
from .coverage import Coverage
from .documents import Effect, Policy, Statement
from .formulas import Formula, both, opposite
from .layers import Policies
from .patterns import Chosen
from .refusals import fill_in, require_provable
from .scope import Scope
from .space import Space


def unreachable_statements(
    policy: Policy, *, fixed: Mapping[str, str] | None = None
) -> tuple[Statement, ...]:
    """The statements that no request meets: their elements contradict each other."""
    return tuple(_without(policy, fixed, minus_denied=False))


def shadowed(policy: Policy, *, fixed: Mapping[str, str] | None = None) -> tuple[Statement, ...]:
    """The Allow statements that some request meets, and a Deny of the policy always defeats."""
    unreachable = unreachable_statements(policy, fixed=fixed)
    never = _without(policy, fixed, minus_denied=True)
    return tuple(statement for statement in never if statement not in unreachable)


def unknown_actions(policy: Policy) -> dict[str, Statement]:
    """The values of Action that match no action that there is, with their statements.

    Only services whose actions are known are looked at.
    """
    return {
        pattern.text: statement
        for statement in policy.statements
        if statement.actions is not None
        for pattern in statement.actions.patterns
        if pattern.text.partition(":")[0].lower() in known_services()
        and not covered_actions(Chosen((pattern,)))
    }


def _without(
    policy: Policy, fixed: Mapping[str, str] | None, *, minus_denied: bool
) -> list[Statement]:
    keys = {key.lower(): value for key, value in (fixed or {}).items()}
    given = Policies.of(policy)
    require_provable([given], keys)
    filled = fill_in(given, keys)
    space = Space(Scope([filled], fixed=keys))
    (_, own), *_ = filled.layers
    denying = [each for each in own.statements if each.effect is Effect.DENY]
    found: list[Statement] = []
    for original, statement in zip(policy.statements, own.statements, strict=True):

        def goal(case: Case, coverage: Coverage, about: Statement = statement) -> Formula:
            met = coverage.takes_effect(own, about)
            others = denying if minus_denied else []
            return both(met, *(opposite(coverage.takes_effect(own, deny)) for deny in others))

        if minus_denied and statement.effect is Effect.DENY:
            continue
        if next(space.every(goal), None) is None:
            found.append(original)
    return found
