"""Conditions: one test of one key of the request, with every operator of the policy language.

All tests of a statement must hold. The values of one test are alternatives; for an operator that
negates (`StringNotEquals`, `NotIpAddress`) none of them may match.
Sources:
docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
reference_policies_condition-single-vs-multi-valued-context-keys.html (set operators),
reference_policies_elements_condition.html (names of keys have no case)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from .case_folding import folded
from .condition_values import (
    Addresses,
    read_address,
    read_addresses,
    read_boolean,
    read_bytes,
    read_date,
    read_number,
)
from .operators import Each, Family, Operator, Order
from .patterns import ArnPattern, Context, Pattern, parse_arn_pattern, parse_pattern

Wanted = Pattern | ArnPattern | Decimal | Addresses | bytes | bool


@dataclass(frozen=True)
class Condition:
    """One test: `StringLike` (or `ForAnyValue:StringLikeIfExists`) of one key against values.

    `name` and `key` are as written, `texts` the values as written; `folded_key` finds the key in a
    request, and `wanted` holds the values as what they are.
    """

    name: str
    key: str
    texts: tuple[str, ...]
    operator: Operator
    each: Each | None
    if_exists: bool
    wanted: tuple[Wanted, ...]
    folded_key: str = field(init=False, repr=False, compare=False)
    _literals: frozenset[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Fold the key, and put plain texts in a set."""
        object.__setattr__(self, "folded_key", folded(self.key))
        literals = [value.literal for value in self.wanted if isinstance(value, Pattern)]
        exact = self.operator.family is Family.EXACT and None not in literals
        object.__setattr__(self, "_literals", frozenset(literals) if exact else None)

    def holds(self, context: Context) -> bool:
        """Whether the test is passed by a request with these keys (in lower case) and values.

        An absent key fails it; it passes an operator that negates, `IfExists`, and
        `ForAllValues`. The page says of `IfExists` that it makes the element true for an absent
        key whatever the operator, so for `ForAnyValue` too.
        """
        found = context.get(self.folded_key, ())
        if self.operator.family is Family.NULL:
            return (not found) in self.wanted
        if not found:
            return (
                self.if_exists
                or self.each is Each.ALL
                or (self.operator.negated and self.each is None)
            )
        if self.each is Each.ALL:
            return _is_empty(found) or all(self.passes(value, context) for value in found)
        if self.each is Each.ANY:
            return not _is_empty(found) and any(self.passes(value, context) for value in found)
        if len(found) == 1:
            return self.passes(found[0], context)
        # Several values without a set operator: AWS asks for one and does not say what happens.
        # Inferred: one match suffices, and what negates negates that.
        passes = all if self.operator.negated else any
        return passes(self.passes(value, context) for value in found)

    def passes(self, found: str, context: Context) -> bool:
        """Whether one value, without regard to a set operator, passes the test.

        A variable without a value matches nothing, and under a negating operator the test fails:
        "any attempt to match it fails and causes the statement to be invalid".
        Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
        """
        if self._literals is not None:
            return (found in self._literals) is not self.operator.negated
        matches = _MATCHES[self.operator.family]
        results = [matches(self.operator.order, value, found, context) for value in self.wanted]
        if self.operator.negated:
            return not any(result is None or result for result in results)
        return any(results)


def parse_wanted(operator: Operator, text: str, *, variables: bool) -> Wanted | None:
    """The value that `text` writes for this operator; None if it writes none.

    Raises ValueError for a malformed variable. Variables stand in texts and ARNs only.
    """
    match operator.family:
        case Family.EXACT:
            return parse_pattern(text, wildcards=False, variables=variables)
        case Family.EXACT_ANY_CASE:
            return parse_pattern(text, wildcards=False, variables=variables, folded=True)
        case Family.LIKE:
            return parse_pattern(text, variables=variables)
        case Family.ARN:
            return parse_arn_pattern(text, variables=variables)
        case Family.NUMBER:
            return read_number(text)
        case Family.DATE:
            return read_date(text)
        case Family.BINARY:
            return read_bytes(text)
        case Family.ADDRESS:
            return read_addresses(text)
        case Family.BOOLEAN | Family.NULL:
            return read_boolean(text)


def _is_empty(found: tuple[str, ...]) -> bool:
    """A set of nothing but empty texts counts as empty for set operators."""
    return not any(found)


_Match = Callable[[Order, Wanted, str, Context], bool | None]


def _match_text(_order: Order, wanted: Wanted, found: str, context: Context) -> bool | None:
    return cast("Pattern | ArnPattern", wanted).matches(found, context)


def _match_ordered(read: Callable[[str], Decimal | None]) -> _Match:
    def match(order: Order, wanted: Wanted, found: str, _context: Context) -> bool:
        value, limit = read(found), cast("Decimal", wanted)
        if value is None:
            return False
        match order:
            case Order.EQUAL:
                return value == limit
            case Order.LESS:
                return value < limit
            case Order.LESS_OR_EQUAL:
                return value <= limit
            case Order.GREATER:
                return value > limit
            case Order.GREATER_OR_EQUAL:
                return value >= limit

    return match


def _match_address(_order: Order, wanted: Wanted, found: str, _context: Context) -> bool:
    within, address = cast("Addresses", wanted), read_address(found)
    return (
        address is not None
        and address.version == within.version
        and within.first <= address.first <= within.last
    )


def _match_boolean(_order: Order, wanted: Wanted, found: str, _context: Context) -> bool:
    return read_boolean(found) is wanted


def _match_bytes(_order: Order, wanted: Wanted, found: str, _context: Context) -> bool:
    return read_bytes(found) == wanted


_MATCHES: Mapping[Family, _Match] = {
    Family.EXACT: _match_text,
    Family.EXACT_ANY_CASE: _match_text,
    Family.LIKE: _match_text,
    Family.ARN: _match_text,
    Family.NUMBER: _match_ordered(read_number),
    Family.DATE: _match_ordered(read_date),
    Family.ADDRESS: _match_address,
    Family.BOOLEAN: _match_boolean,
    Family.BINARY: _match_bytes,
}
