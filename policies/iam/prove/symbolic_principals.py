"""Principal elements as formulas over the texts of a principal."""

from collections.abc import Iterable

from ..language.conditions import Condition
from ..language.operators import Each, Family, Operator
from ..language.patterns import parse_pattern
from ..language.principals import Principals, Sort
from ..language.request import Kind
from .formulas import FALSE, TRUE, Formula, both, constant, either, opposite
from .principal_classes import ARN, CANONICAL, ISSUER, SERVICES, PrincipalTest, Says
from .request_classes import PRINCIPAL, Case, Grants, Numbering

_LINKED = Says(ISSUER, (parse_pattern("*:role/aws-service-role/*"),))


class Naming:
    """Formulas of the Principal elements in one case."""

    def __init__(self, tests: Numbering, case: Case) -> None:
        self._tests = tests
        self._case = case

    def linked(self) -> Formula:
        """Whether who asks is a service-linked role."""
        return self.tested(_LINKED) if self._case.principal_class.kind is Kind.SESSION else FALSE

    def grants(self, principals: Principals) -> Grants:
        """How an Allow statement names who asks; see `Principals.allows`."""
        place = (id(principals), self._case.principal_class)
        found = self._tests.granting.get(place)
        if found is None:
            named = self._named(principals)
            found = (opposite(either(*named)), FALSE, FALSE) if principals.negated else named
            self._tests.granting[place] = found
        return found

    def denies(self, principals: Principals, *, bounded: bool) -> Formula:
        """Whether a Deny statement covers who asks; see `Principals.denies`."""
        if not principals.negated:
            return either(*self._named(principals))
        if not self._case.is_identity:
            return opposite(either(*self._named(principals)))
        if bounded:
            return TRUE
        return FALSE if principals.everybody else opposite(self._listed_at_every_level(principals))

    def tested(self, test: PrincipalTest) -> Formula:
        """A test of who asks."""
        return self._tests.number((PRINCIPAL, self._case.principal_class), test)

    def _named(self, principals: Principals) -> Grants:
        if principals.everybody:
            return TRUE, FALSE, FALSE
        principal_class = self._case.principal_class
        if principal_class.kind is Kind.SERVICE:
            services = _names(principals, Sort.SERVICE)
            test = self.tested((SERVICES, _one_of(services))) if services else FALSE
            return test, FALSE, FALSE
        if principal_class.kind is Kind.FEDERATED:
            return self._says(ARN, _names(principals, Sort.FEDERATED)), FALSE, FALSE
        if not self._case.is_identity:
            return FALSE, FALSE, FALSE
        aws = _names(principals, Sort.AWS)
        account = constant(principal_class.account in aws)
        canonical = self._says(CANONICAL, _names(principals, Sort.CANONICAL_USER))
        return self._says(ARN, _arns(aws)), self._issued_by(aws), either(account, canonical)

    def _listed_at_every_level(self, principals: Principals) -> Formula:
        principal_class, aws = self._case.principal_class, _names(principals, Sort.AWS)
        if principal_class.account not in aws:
            return FALSE
        if principal_class.kind is Kind.ROOT:
            return TRUE
        by_arn = self._says(ARN, _arns(aws))
        if not self._case.has_issuer:
            return by_arn
        issuer = self._issued_by(aws)
        if principal_class.kind is not Kind.SESSION:
            return issuer
        listed = {name.rpartition("/")[0] for name in aws if ":assumed-role/" in name}
        of_same_role = self._says(ARN, [f"{start}/*" for start in sorted(listed)], wildcards=True)
        return both(issuer, either(opposite(of_same_role), by_arn))

    def _issued_by(self, names: Iterable[str]) -> Formula:
        return self._says(ISSUER, _arns(names)) if self._case.has_issuer else FALSE

    def _says(self, tape: int, texts: Iterable[str], *, wildcards: bool = False) -> Formula:
        patterns = [parse_pattern(text, wildcards=wildcards, variables=False) for text in texts]
        return self.tested(Says(tape, tuple(patterns))) if patterns else FALSE


def _names(principals: Principals, sort: Sort) -> list[str]:
    return sorted(name.value for name in principals.names if name.sort is sort)


def _arns(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith("arn:")]


def _one_of(services: list[str]) -> Condition:
    """One of a service's names is listed."""
    wanted = tuple(parse_pattern(name, wildcards=False, variables=False) for name in services)
    key, operator = "aws:PrincipalServiceNamesList", Operator(Family.EXACT)
    name = "ForAnyValue:StringEquals"
    return Condition(name, key, tuple(services), operator, Each.ANY, False, wanted)
