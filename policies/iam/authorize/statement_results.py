"""The result of every statement: the test that it passed or failed, with the values."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..language.conditions import Condition
from ..language.operators import Family
from ..language.policy import Effect, Policy, Statement
from ..language.principals import Grant
from ..language.request import Request
from .applicable_policies import AppliedAs, Policies, Ruling, applicable, covers_resource


@dataclass(frozen=True, slots=True)
class Tested:
    """A condition, what the request holds under its key, and whether the test was passed."""

    condition: Condition
    found: tuple[str, ...]
    holds: bool

    def __str__(self) -> str:
        """`StringLike aws:SourceArn wants "a" or "b", found "c"`."""
        condition = self.condition
        wanted = " or ".join(f'"{text}"' for text in condition.texts)
        found = " and ".join(f'"{text}"' for text in self.found) or "no such key in the request"
        return f"{condition.name} {condition.key} wants {wanted}, found {found}{self._hint}"

    @property
    def _hint(self) -> str:
        """What is easily overlooked: only some operators have wildcards.

        docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
        """
        exact = self.condition.operator.family in (Family.EXACT, Family.EXACT_ANY_CASE)
        if exact and not self.condition.operator.negated and "*" in "".join(self.condition.texts):
            return f" ({self.condition.name} has no wildcards; StringLike has)"
        return ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one statement: which of its elements cover the request."""

    ruling: Ruling
    principal: bool
    action: bool
    resource: bool
    conditions: tuple[Tested, ...]

    @property
    def covers(self) -> bool:
        """Whether the statement is about the principal, the action and the resource."""
        return self.principal and self.action and self.resource

    @property
    def applies(self) -> bool:
        """Whether the statement takes effect on the request."""
        return self.covers and not self.failed_conditions

    @property
    def is_near_miss(self) -> bool:
        """Whether it would allow, did a condition not fail."""
        allow = self.ruling.statement.effect is Effect.ALLOW
        return allow and self.covers and bool(self.failed_conditions)

    @property
    def failed_conditions(self) -> tuple[Tested, ...]:
        """The conditions that do not hold."""
        return tuple(tested for tested in self.conditions if not tested.holds)

    @property
    def reason(self) -> str:
        """Why the statement does not apply; empty if it does."""
        elements = (
            ("principal", self.principal),
            ("action", self.action),
            ("resource", self.resource),
        )
        uncovered = [name for name, covered in elements if not covered]
        if uncovered:
            return f"does not cover the {' and the '.join(uncovered)}"
        return "; ".join(str(tested) for tested in self.failed_conditions)


def findings(request: Request, policies: Policies) -> Iterator[Finding]:
    """The findings on every statement of every policy that bears on who asks."""
    for applied_as, policy in applicable(request, policies):
        for statement in policy.statements:
            yield _find(request, policies, applied_as, policy, statement)


def _find(
    request: Request,
    policies: Policies,
    applied_as: AppliedAs,
    policy: Policy,
    statement: Statement,
) -> Finding:
    tests = (
        Tested(test, request.values.get(test.folded_key, ()), test.holds(request.values))
        for test in statement.conditions
    )
    return Finding(
        Ruling(applied_as, policy, statement),
        principal=_covers_principal(request, policies, statement),
        action=statement.concerns(request.folded_action),
        resource=covers_resource(policy, statement, request),
        conditions=tuple(tests),
    )


def _covers_principal(request: Request, policies: Policies, statement: Statement) -> bool:
    if statement.principals is None:
        return True
    if statement.effect is Effect.DENY:
        bounded = policies.boundary is not None
        return statement.principals.denies(request.principal, bounded=bounded)
    return statement.principals.allows(request.principal) is not Grant.NONE
