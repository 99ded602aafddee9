"""When a statement takes effect, as a formula over a request that does not exist yet."""

from collections.abc import Sequence

from ..language.conditions import Condition
from ..language.operators import TEXTS, Family
from ..language.patterns import ArnPattern, Chosen, Pattern
from ..language.policy import Effect, Policy, Statement
from ..language.policy_types import PolicyType
from ..language.request import Kind
from .formulas import FALSE, Formula, both, constant, either, opposite
from .principal_classes import ARN, FIRST_SERVICE, ISSUER, SERVICES, USER_ID, USERNAME, Says
from .request_classes import ACTION, RESOURCE, Case, Numbering
from .resource_classes import ResourceTest
from .symbolic_principals import Naming


class Coverage:
    """Formulas of the statements in one case. What the case settles is settled here."""

    def __init__(self, tests: Numbering, case: Case) -> None:
        self._tests = tests
        self._case = case
        self._found = tests.covering.setdefault((case.action, case.resource_class), {})
        self.naming = Naming(tests, case)

    def about(self, policy: Policy) -> tuple[Sequence[Statement], Sequence[Statement]]:
        """The Deny and the Allow statements that the case's action does not rule out."""
        if self._case.action is not None:
            return policy.on(self._case.action)
        denying = [each for each in policy.statements if each.effect is Effect.DENY]
        return denying, [each for each in policy.statements if each.effect is Effect.ALLOW]

    def takes_effect(
        self, policy: Policy, statement: Statement, *, bounded: bool = False
    ) -> Formula:
        """Whether a statement is about the request; `bounded`: there is a permissions boundary."""
        principals = statement.principals
        if principals is None:
            return self.covers(policy, statement)
        if statement.effect is Effect.DENY:
            whom = self.naming.denies(principals, bounded=bounded)
        else:
            whom = either(*self.naming.grants(principals))
        return FALSE if whom == FALSE else both(whom, self.covers(policy, statement))

    def covers(self, policy: Policy, statement: Statement) -> Formula:
        """Whether action, resource and conditions fit, whoever asks."""
        derived = any(self._case.derives(each.folded_key) for each in statement.conditions)
        place = (id(statement), self._case.principal_class if derived else None)
        found = self._found.get(place)
        if found is None:
            found = self._concerns(statement.actions)
            if found != FALSE:
                about = self._about(policy, statement.resources)
                found = both(found, about, *map(self.condition, statement.conditions))
            self._found[place] = found
        return found

    def condition(self, condition: Condition) -> Formula:
        """Whether a condition holds."""
        key = condition.folded_key
        if not self._case.derives(key):
            return self._tests.number(key, condition)
        tape = self._tape(key)
        if tape is None:
            value = self._case.value(key)
            return constant(condition.holds({} if value is None else {key: (value,)}))
        family, negated = condition.operator.family, condition.operator.negated
        if family is Family.NULL:
            return constant(False in condition.wanted)
        if tape in {SERVICES, FIRST_SERVICE}:
            return self.naming.tested((tape, condition))
        if family not in TEXTS:  # no ARN is a number, a date, an address, a truth value or Base64
            return constant(negated)
        patterns = [each for each in condition.wanted if isinstance(each, Pattern | ArnPattern)]
        test = self.naming.tested(Says(tape, tuple(patterns)))
        return opposite(test) if negated else test

    def resource(self, patterns: ResourceTest) -> Formula:
        """Whether one of the patterns matches the resource."""
        return self._tests.number((RESOURCE, self._case.resource_class), patterns)

    def _concerns(self, actions: Chosen | None) -> Formula:
        if actions is None:
            return FALSE
        if self._case.action is not None:
            return constant(actions.matches(self._case.action, {}))
        test = self._tests.number(ACTION, actions.patterns)
        return -test if actions.negated else test

    def _about(self, policy: Policy, resources: Chosen | None) -> Formula:
        if resources is None:
            return constant(policy.kind is PolicyType.TRUST)
        test = self.resource(resources.patterns)
        return opposite(test) if resources.negated else test

    def _tape(self, key: str) -> int | None:
        """The text of the principal that a key holds, if the case leaves it open."""
        kind = self._case.principal_class.kind
        match key:
            case "aws:principalarn" if self._case.is_identity:
                return ISSUER if kind is Kind.SESSION else ARN
            case "aws:username" if kind is Kind.USER:
                return USERNAME
            case "aws:userid" if kind is Kind.FEDERATED_USER:
                return USER_ID
            case "aws:principalservicename" if kind is Kind.SERVICE:
                return FIRST_SERVICE
            case "aws:principalservicenameslist" if kind is Kind.SERVICE:
                return SERVICES
            case _:
                return None
