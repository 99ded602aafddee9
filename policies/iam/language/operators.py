"""The condition operators, as a table.

Source:
docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Family(Enum):
    """What an operator compares, and how."""

    EXACT = "a text"
    EXACT_ANY_CASE = "a text in any case"
    LIKE = "a text with wildcards"
    ARN = "an ARN with wildcards"
    NUMBER = "a number"
    DATE = "an ISO 8601 date or epoch seconds"
    BOOLEAN = "true or false"
    BINARY = "a Base64 text"
    ADDRESS = "an IP address or a range in CIDR form"
    NULL = "true (the key is absent) or false (it is present)"


TEXTS = frozenset({Family.EXACT, Family.EXACT_ANY_CASE, Family.LIKE, Family.ARN})


class Order(Enum):
    """How a number or date in the request stands to the one in the policy."""

    EQUAL = "="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


class Each(Enum):
    """The set operators, for keys with several values."""

    ALL = "ForAllValues"
    ANY = "ForAnyValue"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator, without set operator and `IfExists`."""

    family: Family
    negated: bool = False
    order: Order = Order.EQUAL


def _ordered(word: str, family: Family) -> dict[str, Operator]:
    return {
        f"{word}Equals": Operator(family),
        f"{word}NotEquals": Operator(family, negated=True),
        f"{word}LessThan": Operator(family, order=Order.LESS),
        f"{word}LessThanEquals": Operator(family, order=Order.LESS_OR_EQUAL),
        f"{word}GreaterThan": Operator(family, order=Order.GREATER),
        f"{word}GreaterThanEquals": Operator(family, order=Order.GREATER_OR_EQUAL),
    }


OPERATORS: Mapping[str, Operator] = {
    "StringEquals": Operator(Family.EXACT),
    "StringNotEquals": Operator(Family.EXACT, negated=True),
    "StringEqualsIgnoreCase": Operator(Family.EXACT_ANY_CASE),
    "StringNotEqualsIgnoreCase": Operator(Family.EXACT_ANY_CASE, negated=True),
    "StringLike": Operator(Family.LIKE),
    "StringNotLike": Operator(Family.LIKE, negated=True),
    "ArnEquals": Operator(Family.ARN),
    "ArnLike": Operator(Family.ARN),
    "ArnNotEquals": Operator(Family.ARN, negated=True),
    "ArnNotLike": Operator(Family.ARN, negated=True),
    **_ordered("Numeric", Family.NUMBER),
    **_ordered("Date", Family.DATE),
    "Bool": Operator(Family.BOOLEAN),
    "BinaryEquals": Operator(Family.BINARY),
    "IpAddress": Operator(Family.ADDRESS),
    "NotIpAddress": Operator(Family.ADDRESS, negated=True),
    "Null": Operator(Family.NULL),
}


def parse_operator(name: str) -> tuple[Operator, Each | None, bool] | None:
    """Operator, set operator and whether `IfExists` is set; None for a name that AWS has not.

    `Null` takes neither `IfExists` nor a set operator (the page excludes the first and shows no
    case of the second).
    """
    prefix, colon, rest = name.rpartition(":")
    each = next((each for each in Each if each.value == prefix), None)
    if colon and each is None:
        return None
    if rest == "Null":
        return None if each else (OPERATORS[rest], None, False)
    base = rest.removesuffix("IfExists")
    operator = OPERATORS.get(base)
    if operator is None or base == "Null":
        return None
    return operator, each, base != rest
