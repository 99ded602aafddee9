"""Formulas over tests of a request, and the search for a request that makes one true.

A test is a number; its negative is the test failed. A formula is a test, a conjunction or an
alternative. Each test is about one variable of the request (who asks, the resource, a condition
key), and only that variable's own domain knows which tests can be passed and failed together: the
search asks it for every set of tests that it needs, and for no other. So it never lists all sets
that some value realizes, of which there can be exponentially many.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

Variable = Hashable
TestSet = frozenset[int]


class _Joined:
    """Formulas joined. The hash is kept: the same formulas are looked up over and over."""

    __slots__ = ("_hash", "parts")
    __match_args__ = ("parts",)

    def __init__(self, parts: tuple["Formula", ...]) -> None:
        self.parts = parts
        self._hash = hash((type(self), parts))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, _Joined)
            and type(self) is type(other)
            and self._hash == other._hash
            and self.parts == other.parts
        )


class Both(_Joined):
    """A conjunction; without parts, what is always true."""

    __slots__ = ()


class Either(_Joined):
    """An alternative; without parts, what is never true."""

    __slots__ = ()


Formula = int | Both | Either
TRUE, FALSE = Both(()), Either(())


def constant(truth: bool) -> Formula:
    return TRUE if truth else FALSE


def both(*parts: Formula) -> Formula:
    """The conjunction, shortened."""
    kept = dict.fromkeys(parts)
    kept.pop(TRUE, None)
    if FALSE in kept:
        return FALSE
    return next(iter(kept)) if len(kept) == 1 else Both(tuple(kept))


def either(*parts: Formula) -> Formula:
    """The alternative, shortened."""
    kept = dict.fromkeys(parts)
    kept.pop(FALSE, None)
    if TRUE in kept:
        return TRUE
    return next(iter(kept)) if len(kept) == 1 else Either(tuple(kept))


@lru_cache(maxsize=16384)
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
    # What must be so comes first: choosing a statement soon contradicts that none of the reference
    # takes effect, whereas the many ways in which those may fail lead nowhere by themselves.
    chosen = min(open_, key=lambda parts: (not any(map(_positive, parts)), len(parts)))
    others: list[Formula] = [Either(parts) for parts in open_ if parts is not chosen]
    failed: list[Formula] = []
    for option in chosen:
        found = _search([*failed, *others, option], tried.copy())
        if found is not None:
            return found
        if isinstance(option, int):
            failed.append(-option)  # what it allows has been searched
    return None


def _positive(formula: Formula) -> bool:
    return formula > 0 if isinstance(formula, int) else any(map(_positive, formula.parts))
