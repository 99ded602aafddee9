"""The search among all requests of a scope, case by case."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import cast

from ..language.request import Kind, Principal, Request, account_of
from .formulas import FALSE, Formula, Tried, Variable, both, satisfy
from .principal_classes import PrincipalClass
from .request_classes import (
    ACTION,
    DERIVED,
    EVERYBODY,
    HOLDERS,
    IDENTITIES,
    PRINCIPAL,
    RESOURCE,
    Case,
    Numbering,
)
from .request_scope import Scope
from .resource_classes import ResourceClass
from .symbolic_statements import Coverage
from .variable_domains import Domains

Goal = Callable[[Case, Coverage], Formula]
"""What is asked of a request of a case."""


class Space:
    """All requests of a scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._tests = Numbering()
        self._domains = Domains(self._tests, scope.several)

    def every(
        self,
        goal: Goal,
        *,
        actions: Iterable[str | None] | None = None,
        principal_classes: Iterable[PrincipalClass] | None = None,
    ) -> Iterator[Request]:
        """A request of each case in which one meets the goal.

        `actions` are those to look at, by default one of each group that the documents tell apart;
        `principal_classes` are the principals, by default all.
        """
        whose = list(self.principal_classes() if principal_classes is None else principal_classes)
        for action in self.actions() if actions is None else actions:
            for principal_class in whose:
                for case, coverage in self.cases(principal_class, action):
                    found = self.request(case, action, goal(case, coverage))
                    if found is not None:
                        yield found

    def cases(
        self, principal_class: PrincipalClass, action: str | None
    ) -> Iterator[tuple[Case, Coverage]]:
        """The cases in which somebody asks for an action, one for each owner of the resource."""
        for resource_class in self._resource_classes(principal_class, action):
            case = Case(principal_class, resource_class, None if action is None else action.lower())
            yield case, Coverage(self._tests, case)

    def request(self, case: Case, action: str | None, formula: Formula) -> Request | None:
        """A request of the case that makes the formula true; None if there is none."""
        if formula == FALSE:
            return None
        found = satisfy(
            both(*self._bounds(case), formula),
            Tried(self._tests.variable_of, self._domains.feasible),
        )
        return None if found is None else self._request(case, action, found)

    def actions(self) -> Iterator[str | None]:
        """An action of each group; None stands for those of services without known names."""
        for group in self.scope.actions:
            yield group[0]
        if self.scope.unnamed_actions:
            yield None

    def _bounds(self, case: Case) -> Iterator[Formula]:
        """What holds of every request of the case."""
        coverage, scope = Coverage(self._tests, case), self.scope
        yield from map(coverage.condition, scope.fixing)
        if scope.kind is not None and scope.resource is None:
            yield coverage.resource((scope.kind[1],))
        if scope.unique_ids is not None and case.principal_class.kind in HOLDERS:
            yield coverage.condition(scope.unique_ids)

    def principal_classes(self, kinds: Iterable[Kind] = EVERYBODY) -> Iterator[PrincipalClass]:
        """Each of the kinds of principal in every account."""
        for kind in kinds:
            if kind not in IDENTITIES:
                yield PrincipalClass(kind)
                continue
            for each in self.scope.accounts:
                yield PrincipalClass(kind, each.account)
                if kind is Kind.FEDERATED_USER:
                    yield PrincipalClass(kind, each.account, issued=True)

    def _resource_classes(
        self, principal_class: PrincipalClass, action: str | None
    ) -> Iterator[ResourceClass]:
        service = (action or "").partition(":")[0].lower()
        only = self.scope.resource
        named = account_of(only or "") or self.scope.owner
        if named is not None:
            yield ResourceClass(named, named == principal_class.account, service, only)
            return
        owners: list[str | None] = [principal_class.account]
        for each in self.scope.accounts:
            owners += [each.other if each.account == principal_class.account else each.account]
        for owner in dict.fromkeys(owners):
            if owner is not None or principal_class.account is None:
                own = owner == principal_class.account
                if only != "*" or own:
                    yield ResourceClass(owner, own, {"sts": "iam"}.get(service, service), only)

    def _request(self, case: Case, action: str | None, found: Tried) -> Request:
        def chosen(variable: Variable) -> object:
            return self._domains.value(variable, found.chosen.get(variable, frozenset()))

        principal = cast("Principal", chosen((PRINCIPAL, case.principal_class)))
        resource = cast("str", chosen((RESOURCE, case.resource_class)))
        context = {
            self.scope.spelled.get(key, key): values
            for key in found.chosen
            if isinstance(key, str) and key != ACTION and key not in DERIVED
            if (values := cast("tuple[str, ...]", chosen(key)))
        }
        name = action if action is not None else cast("str", chosen(ACTION))
        plain = {key: values[0] if len(values) == 1 else values for key, values in context.items()}
        request = Request(principal, name, resource, plain)
        owner = case.resource_class.owner
        return request if request.owner == owner else replace(request, resource_account=owner)
