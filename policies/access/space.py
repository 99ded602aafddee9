"""The search among all requests of a scope, case by case."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import cast

from .action_names import known_services
from .askers import Asker, Told
from .cases import ACTION, ASKER, DERIVED, EVERYBODY, IDENTITIES, THING, Case, Numbering
from .conditions import Condition
from .coverage import Coverage
from .formulas import FALSE, Formula, TestSet, Tried, Variable, both, satisfy
from .key_values import find_values
from .patterns import Pattern, parse_pattern
from .request import Kind, Principal, Request, account_of
from .scope import Scope
from .things import ResourceTest, Things
from .words import Clause, Piece, find_texts

Goal = Callable[[Case, Coverage], Formula]
"""What is asked of a request of a case."""

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_UNNAMED = (
    Piece(allowed=_LOWER.__contains__, least=1),
    Piece(text=":"),
    Piece(allowed=_LOWER.__contains__, least=1),
)
_NAMED = tuple(parse_pattern(f"{service}:*", folded=True) for service in sorted(known_services()))


class Space:
    """All requests of a scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._tests = Numbering()
        self._found: dict[tuple[Variable, TestSet], object] = {}

    def every(
        self,
        goal: Goal,
        *,
        actions: Iterable[str | None] | None = None,
        askers: Iterable[Asker] | None = None,
    ) -> Iterator[Request]:
        """A request of each case in which one meets the goal.

        `actions` are those to look at, by default one of each group that the documents tell apart;
        `askers` are the principals, by default all.
        """
        whose = list(self.askers() if askers is None else askers)
        for action in self.actions() if actions is None else actions:
            for asker in whose:
                for things in self._things(asker, action):
                    case = Case(asker, things, None if action is None else action.lower())
                    found = self.meet(case, goal)
                    if found is not None:
                        yield self._request(case, action, found)

    def actions(self) -> Iterator[str | None]:
        """An action of each group; None stands for those of services without known names."""
        for group in self.scope.actions:
            yield group[0]
        if self.scope.unnamed_actions:
            yield None

    def meet(self, case: Case, goal: Goal) -> Tried | None:
        """The tests passed and failed by a request of the case that meets the goal."""
        coverage = Coverage(self._tests, case)
        formula = goal(case, coverage)
        if formula == FALSE:
            return None
        scope = self.scope
        bounds = [coverage.condition(condition) for condition in scope.fixing]
        if scope.kind is not None and scope.resource is None:
            bounds.append(coverage.resource((scope.kind[1],)))
        return satisfy(both(*bounds, formula), Tried(self._tests.variable_of, self._feasible))

    def askers(self, kinds: Iterable[Kind] = EVERYBODY) -> Iterator[Asker]:
        """Each of the kinds of principal in every account."""
        for kind in kinds:
            if kind not in IDENTITIES:
                yield Asker(kind)
                continue
            for each in self.scope.accounts:
                yield Asker(kind, each.account)
                if kind is Kind.FEDERATED_USER:
                    yield Asker(kind, each.account, issued=True)

    def _things(self, asker: Asker, action: str | None) -> Iterator[Things]:
        service = (action or "").partition(":")[0].lower()
        only = self.scope.resource
        named = account_of(only or "") or self.scope.owner
        if named is not None:
            yield Things(named, named == asker.account, service, only)
            return
        owners: list[str | None] = [asker.account]
        for each in self.scope.accounts:
            owners += [each.other if each.account == asker.account else each.account]
        for owner in dict.fromkeys(owners):
            if owner is not None or asker.account is None:
                own = owner == asker.account
                if only != "*" or own:
                    yield Things(owner, own, {"sts": "iam"}.get(service, service), only)

    # --- the domains ----------------------------------------------------------------------------

    def _feasible(self, variable: Variable, tests: TestSet) -> bool:
        return self._value(variable, tests) is not None

    def _value(self, variable: Variable, tests: TestSet) -> object:
        place = (variable, tests)
        if place not in self._found:
            self._found[place] = self._find(variable, tests)
        return self._found[place]

    def _find(self, variable: Variable, tests: TestSet) -> object:
        about = {self._tests.about[abs(test)]: test > 0 for test in sorted(tests, key=abs)}
        match variable:
            case (str(name), Asker() as asker) if name == ASKER:
                return asker.find(cast("dict[Told, bool]", about))
            case (str(name), Things() as things) if name == THING:
                return things.find(cast("dict[ResourceTest, bool]", about))
            case str(name) if name == ACTION:
                return _unnamed_action(cast("dict[tuple[Pattern, ...], bool]", about))
            case _:
                demands = frozenset(cast("dict[Condition, bool]", about).items())
                return find_values(demands, variable in self.scope.several)

    def _request(self, case: Case, action: str | None, found: Tried) -> Request:
        def chosen(variable: Variable) -> object:
            return self._value(variable, found.chosen.get(variable, frozenset()))

        principal = cast("Principal", chosen((ASKER, case.asker)))
        resource = cast("str", chosen((THING, case.things)))
        context = {
            self.scope.spelled.get(key, key): values
            for key in found.chosen
            if isinstance(key, str) and key != ACTION and key not in DERIVED
            if (values := cast("tuple[str, ...]", chosen(key)))
        }
        name = action if action is not None else cast("str", chosen(ACTION))
        plain = {key: values[0] if len(values) == 1 else values for key, values in context.items()}
        request = Request(principal, name, resource, plain)
        owner = case.things.owner
        return request if request.owner == owner else replace(request, resource_account=owner)


def _unnamed_action(tests: dict[tuple[Pattern, ...], bool]) -> str | None:
    """An action of a service without known names, as a document writes it if one does."""
    clauses = [Clause(patterns, want) for patterns, want in tests.items()]
    found = find_texts([*clauses, Clause(_NAMED, want=False)], _UNNAMED)
    if found is None:
        return None
    written = {each.literal: each.text for patterns in tests for each in patterns}
    return written.get(found[0], found[0])
