"""The domain of each variable of a request: which tests one value can pass and fail together.

A value that was found for some tests often answers for others: it is tried on them before a new
one is looked for, and tests that no value meets rule out every set of tests that holds them.
"""

from collections.abc import Callable
from typing import cast

from ..language.action_names import known_services
from ..language.conditions import Condition
from ..language.patterns import Pattern, parse_pattern
from ..language.request import Principal
from .condition_key_solver import find_values
from .formulas import TestSet, Variable
from .pattern_solver import Clause, Piece, find_texts
from .principal_classes import PrincipalClass, PrincipalTest
from .request_classes import ACTION, PRINCIPAL, RESOURCE, Numbering
from .resource_classes import ResourceClass, ResourceTest, fits

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_UNNAMED = (
    Piece(allowed=_LOWER.__contains__, least=1),
    Piece(text=":"),
    Piece(allowed=_LOWER.__contains__, least=1),
)
_NAMED = tuple(parse_pattern(f"{service}:*", folded=True) for service in sorted(known_services()))


class Domains:
    """What is known about the variables so far; a test is a number, negative if to be failed.

    `several` are the condition keys that may have several values.
    """

    def __init__(self, tests: Numbering, several: frozenset[str]) -> None:
        self._tests = tests
        self._several = several
        self._found: dict[tuple[Variable, TestSet], object] = {}
        self._known: dict[Variable, list[_Value]] = {}
        self._impossible: dict[Variable, list[TestSet]] = {}

    def feasible(self, variable: Variable, tests: TestSet) -> bool:
        """Whether some value of the variable passes and fails these tests."""
        place = (variable, tests)
        if place in self._found:
            return self._found[place] is not None
        known = self._known.setdefault(variable, [])
        for value in known:
            if value.meets(tests):
                return True
        impossible = self._impossible.setdefault(variable, [])
        if any(each <= tests for each in impossible):
            return False
        found = self.value(variable, tests)
        if found is None:
            impossible.append(tests)
            return False
        known.append(_Value(self._passing(variable, found)))
        return True

    def value(self, variable: Variable, tests: TestSet) -> object:
        """A short value that passes and fails these tests; None if there is none."""
        place = (variable, tests)
        if place not in self._found:
            self._found[place] = self._find(variable, tests)
        return self._found[place]

    def _find(self, variable: Variable, tests: TestSet) -> object:
        about = {self._tests.about[abs(test)]: test > 0 for test in sorted(tests, key=abs)}
        match variable:
            case (str(name), PrincipalClass() as principal_class) if name == PRINCIPAL:
                return principal_class.find(cast("dict[PrincipalTest, bool]", about))
            case (str(name), ResourceClass() as resource_class) if name == RESOURCE:
                return resource_class.find(cast("dict[ResourceTest, bool]", about))
            case str(name) if name == ACTION:
                return _unnamed_action(cast("dict[tuple[Pattern, ...], bool]", about))
            case _:
                demands = frozenset(cast("dict[Condition, bool]", about).items())
                return find_values(demands, variable in self._several)

    def _passing(self, variable: Variable, value: object) -> Callable[[int], bool]:
        """Whether a value of the variable passes a test."""
        about = self._tests.about
        match variable:
            case (str(name), PrincipalClass() as principal_class) if name == PRINCIPAL:
                principal = cast("Principal", value)
                return lambda test: principal_class.passes(
                    principal, cast("PrincipalTest", about[test])
                )
            case (str(name), ResourceClass()) if name == RESOURCE:
                resource = cast("str", value)
                return lambda test: fits(resource, cast("ResourceTest", about[test]))
            case str(name) if name == ACTION:
                action = cast("str", value).lower()
                return lambda test: fits(action, cast("ResourceTest", about[test]))
            case _:
                context = {cast("str", variable): cast("tuple[str, ...]", value)}
                return lambda test: cast("Condition", about[test]).holds(context)


class _Value:
    """One value, with the tests that it has been put to."""

    def __init__(self, passes: Callable[[int], bool]) -> None:
        self._passes = passes
        self._passed: dict[int, bool] = {}

    def meets(self, tests: TestSet) -> bool:
        for test in tests:
            number = abs(test)
            passed = self._passed.get(number)
            if passed is None:
                passed = self._passed[number] = self._passes(number)
            if passed is not (test > 0):
                return False
        return True


def _unnamed_action(tests: dict[tuple[Pattern, ...], bool]) -> str | None:
    """An action of a service without known names, as a document writes it if one does."""
    clauses = [Clause(patterns, want) for patterns, want in tests.items()]
    found = find_texts([*clauses, Clause(_NAMED, want=False)], _UNNAMED)
    if found is None:
        return None
    written = {each.literal: each.text for patterns in tests for each in patterns}
    return written.get(found[0], found[0])
