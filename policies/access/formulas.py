"""Formulas over tests of a request, and the search for a request that makes one true.

A test is a number; its negative is the test failed. A formula is a test, a conjunction or an
alternative. Each test is about one variable of the request (who asks, the resource, a condition
key), and only that variable's own domain knows which tests can be passed and failed together: the
search asks it for every set of tests that it needs, and for no other. So it never lists all sets
that some value realizes, of which there can be exponentially many.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

Variable = Hashable
TestSet = frozenset[int]


@dataclass(frozen=True, slots=True)
class Both:
    """A conjunction; without parts, what is always true."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """An alternative; without parts, what is never true."""

    parts: tuple["Formula", ...]


Formula = int | Both | Either
TRUE, FALSE = Both(()), Either(())


def constant(truth: bool) -> Formula:
    return TRUE if truth else FALSE


def both(*parts: Formula) -> Formula:
    """The conjunction, shortened."""
    kept = dict.fromkeys(part for part in parts if part != TRUE)
    if FALSE in kept:
        return FALSE
    return next(iter(kept)) if len(kept) == 1 else Both(tuple(kept))


def either(*parts: Formula) -> Formula:
    """The alternative, shortened."""
    kept = dict.fromkeys(part for part in parts if part != FALSE)
    if TRUE in kept:
        return TRUE
    return next(iter(kept)) if len(kept) == 1 else Either(tuple(kept))


def opposite(formula: Formula) -> Formula:
    """What is true where the formula is not."""
    match formula:
        case int():
            return -formula
        case Both(parts):
            return either(*map(opposite, parts))
        case Either(parts):
            return both(*map(opposite, parts))


@dataclass
class Tried:
    """A set of tests for each variable, with what the domains said of the sets tried so far."""

    variable_of: Mapping[int, Variable]
    feasible: Callable[[Variable, TestSet], bool]
    chosen: dict[Variable, TestSet] = field(default_factory=dict[Variable, TestSet])

    def copy(self) -> "Tried":
        return Tried(self.variable_of, self.feasible, dict(self.chosen))

    def holds(self, test: int) -> bool:
        """Whether the test is among the chosen ones."""
        return test in self.chosen.get(self.variable_of[abs(test)], ())

    def possible(self, formula: Formula) -> bool:
        """Whether nothing chosen so far excludes the formula at once."""
        match formula:
            case int():
                chosen = self.chosen.get(self.variable_of[abs(formula)], frozenset())
                return formula in chosen or (
                    -formula not in chosen
                    and self.feasible(self.variable_of[abs(formula)], chosen | {formula})
                )
            case Both(parts):
                return all(map(self.possible, parts))
            case Either(parts):
                return any(map(self.possible, parts))

    def choose(self, test: int) -> bool:
        """Add a test; False if it cannot be."""
        if not self.possible(test):
            return False
        variable = self.variable_of[abs(test)]
        self.chosen[variable] = self.chosen.get(variable, frozenset()) | {test}
        return True


def satisfy(formula: Formula, tried: Tried) -> Tried | None:
    """The tests, by variable, that make the formula true together; None if nothing does."""
    return _search([formula], tried.copy())


def _search(waiting: list[Formula], tried: Tried) -> Tried | None:
    open_: list[tuple[Formula, ...]] = []
    while waiting:
        while waiting:
            match waiting.pop():
                case int() as test:
                    if not tried.choose(test):
                        return None
                case Both(parts):
                    waiting.extend(reversed(parts))
                case Either(parts):
                    open_.append(parts)
        remaining: list[tuple[Formula, ...]] = []
        for parts in open_:
            if any(isinstance(part, int) and tried.holds(part) for part in parts):
                continue
            options = tuple(filter(tried.possible, parts))
            if not options:
                return None
            if len(options) == 1:
                waiting.append(options[0])
            else:
                remaining.append(options)
        open_ = remaining
    if not open_:
        return tried
    narrowest = min(open_, key=len)
    others: list[Formula] = [Either(parts) for parts in open_ if parts is not narrowest]
    failed: list[Formula] = []
    for option in narrowest:
        found = _search([*failed, *others, option], tried.copy())
        if found is not None:
            return found
        if isinstance(option, int):
            failed.append(-option)  # what it allows has been searched
    return None
