"""Values of one condition key that make some conditions hold and others fail.

What a condition says of a list of values is that every value, or that some value, matches or does
not match. Demands of the first sort bind all values, each of the second sort needs one value; if
every second demand can be met beside all of the first, a value for each meets them together.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..language.conditions import Condition
from ..language.operators import TEXTS, Each, Family
from ..language.patterns import ArnPattern, Pattern, Wildcard, parse_pattern
from .candidate_values import only_text, spellings
from .pattern_solver import ANY_TEXT, Clause, Form, find_texts

Demand = tuple[Condition, bool]
"""A condition, and whether it is to hold; or, of one value, whether it is to match."""

_NOT_EMPTY = Clause((parse_pattern("?*"),), want=True)
_TRUTHS = Clause((parse_pattern("true", folded=True), parse_pattern("false", folded=True)), False)


@lru_cache(maxsize=65536)
def find_values(demands: frozenset[Demand], several: bool) -> tuple[str, ...] | None:
    """Values of a key for which the conditions hold, or fail, as demanded.

    Empty: the key is absent. None: there are none. `several` is whether the key may have more than
    one value.
    """
    if all(condition.holds({}) is want for condition, want in demands):
        return ()
    ordered = sorted(demands, key=lambda demand: (demand[0].name, demand[0].texts, demand[1]))
    found = find_list(ordered, several=several)
    if found is None and any(condition.each for condition, _ in ordered):
        key = ordered[0][0].folded_key
        if all(condition.holds({key: ("",)}) is want for condition, want in ordered):
            return ("",)
    return found


def find_list(
    demands: Iterable[Demand],
    *,
    several: bool,
    first: Sequence[Demand] = (),
    forms: Sequence[Form] = (ANY_TEXT,),
) -> tuple[str, ...] | None:
    """One value or more that meet the demands, not all of them empty if sets are compared.

    `first` are demands on the first value alone, as in `find_text`.
    """
    every: list[Demand] = []
    some: list[tuple[list[Demand], bool]] = []
    sets = False
    for condition, want in demands:
        if condition.operator.family is Family.NULL:
            if (False in condition.wanted) is not want:
                return None
            continue
        negated = condition.operator.negated
        sets = sets or condition.each is not None
        universal = condition.each is Each.ALL or (condition.each is None and negated)
        if universal is want:
            every.append((condition, want is not negated))
        else:
            some.append(([(condition, want is not negated)], False))
    if sets:
        some.append(([], True))
    together = [demand for demands, _ in some for demand in demands]
    alone = find_text([*every, *first, *together], not_empty=sets, forms=forms)
    if alone is not None:
        return (alone,)
    if not several:
        return None
    each = [find_text([*every, *extra], not_empty=full, forms=forms) for extra, full in some]
    if first or not some:
        each.insert(0, find_text([*every, *first], forms=forms))
    values = [value for value in each if value is not None]
    return tuple(dict.fromkeys(values)) if len(values) == len(each) else None


def find_text(
    matches: Sequence[Demand], *, not_empty: bool = False, forms: Sequence[Form] = (ANY_TEXT,)
) -> str | None:
    """One value that matches what each condition wants, or does not, as demanded."""
    clauses = [
        Clause(_patterns(condition), want) for condition, want in matches if _is_text(condition)
    ]
    if not_empty:
        clauses.append(_NOT_EMPTY)
    typed = [demand for demand in matches if not _is_text(demand[0])]
    if typed:
        for text in spellings(condition for condition, _ in matches):
            if (text or not not_empty) and all(
                _matches(each, text) is want for each, want in matches
            ):
                return text
        if any(want for _, want in typed) or not only_truths(each for each, _ in typed):
            return None
        clauses.append(_TRUTHS)
    for form in forms:
        found = find_texts(clauses, form)
        if found is not None:
            return found[0]
    return None


def only_truths(conditions: Iterable[Condition]) -> bool:
    """Whether the conditions compare with `true` and `false` only."""
    return all(condition.operator.family is Family.BOOLEAN for condition in conditions)


def has_wildcards(condition: Condition) -> bool:
    """Whether a value is a pattern that matches some texts, neither one nor all."""
    return any(
        only_text(pattern) is None and not matches_everything(pattern)
        for pattern in _patterns(condition)
    )


def matches_everything(pattern: Pattern | ArnPattern) -> bool:
    """Whether it is the lone `*`."""
    if isinstance(pattern, ArnPattern):
        return pattern.anything
    return pattern.parts == (Wildcard.MANY,)


def _is_text(condition: Condition) -> bool:
    return condition.operator.family in TEXTS


def _patterns(condition: Condition) -> tuple[Pattern | ArnPattern, ...]:
    return tuple(each for each in condition.wanted if isinstance(each, Pattern | ArnPattern))


def _matches(condition: Condition, text: str) -> bool:
    return condition.passes(text, {}) is not condition.operator.negated
