"""Refuses, before the search, every part of a question that cannot be proved, by name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..authorize.applicable_policies import Policies
from ..language.conditions import Condition
from ..language.operators import TEXTS, Family
from ..language.patterns import ArnPattern, Chosen, Context, Pattern
from ..language.policy import Policy, Statement
from .condition_key_solver import has_wildcards
from .request_classes import DERIVED

_ALWAYS_TEXT = DERIVED - {"aws:principalarn", "aws:principaltype", "aws:principalisawsservice"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A place in a document about which nothing is proved, and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        """Place and reason."""
        return f"{self.place}: {self.reason}"


class UnprovableError(ValueError):
    """The documents hold what no proof is given about; `refusals` names all of it."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        self.refusals = refusals
        super().__init__("; ".join(map(str, refusals)))


def require_provable(given: Iterable[Policies], fixed: Mapping[str, str]) -> None:
    """Raise UnprovableError unless everything in the policies can be decided over all requests.

    Refused are policy variables that `fixed` (by key in lower case) leaves open, since they relate
    two parts of a request; keys compared both with wildcards and as numbers, dates, addresses or
    bytes; keys that follow from who asks, compared as anything but texts; and case-insensitive
    comparisons beyond ASCII.
    """
    found: dict[Refusal, None] = {}
    typed: set[str] = set()
    wild: dict[str, str] = {}
    for policies in given:
        for _, policy in policies.applied:
            for statement in policy.statements:
                place = f"{policy}, {statement}"
                found |= dict.fromkeys(_refusals(place, statement, fixed))
                for condition in statement.conditions:
                    key = condition.folded_key
                    if has_wildcards(condition):
                        wild.setdefault(key, f"{place}, {condition.name} {condition.key}")
                    elif condition.operator.family not in {*TEXTS, Family.NULL, Family.BOOLEAN}:
                        typed.add(key)
    for key in sorted(typed & wild.keys() - DERIVED):
        reason = "the key is compared both with wildcards and as a number, date, address or bytes"
        found[Refusal(wild[key], reason)] = None
    if found:
        raise UnprovableError(tuple(found))


def fill_in(policies: Policies, fixed: Mapping[str, str]) -> Policies:
    """The policies with their policy variables filled in."""
    if not fixed:
        return policies
    context = {key: (value,) for key, value in fixed.items()}

    def each(group: Iterable[Policy]) -> tuple[Policy, ...]:
        return tuple(_filled(policy, context) for policy in group)

    return Policies(
        identity=each(policies.identity),
        resource=next(iter(each([policies.resource] if policies.resource else [])), None),
        boundary=next(iter(each([policies.boundary] if policies.boundary else [])), None),
        session=each(policies.session),
        service_control=tuple(map(each, policies.service_control)),
        resource_control=each(policies.resource_control),
    )


def _refusals(place: str, statement: Statement, fixed: Mapping[str, str]) -> Iterator[Refusal]:
    if statement.resources is not None:
        yield from _open(f"{place}, Resource", statement.resources.patterns, fixed)
    for condition in statement.conditions:
        at = f"{place}, {condition.name} {condition.key}"
        patterns = [each for each in condition.wanted if isinstance(each, Pattern | ArnPattern)]
        yield from _open(at, patterns, fixed)
        family = condition.operator.family
        if family not in {*TEXTS, Family.NULL} and condition.folded_key in _ALWAYS_TEXT:
            yield Refusal(at, "the key is a text, and compared as something else")
        if family is Family.EXACT_ANY_CASE and not all(map(str.isascii, condition.texts)):
            yield Refusal(at, "letters beyond ASCII compared without regard to case")


def _open(
    place: str, patterns: Iterable[Pattern | ArnPattern], fixed: Mapping[str, str]
) -> Iterator[Refusal]:
    for pattern in patterns:
        for variable in pattern.variables:
            if variable.key not in fixed:
                reason = f"{pattern.text} relates it to {variable.key}; fix that key to a value"
                yield Refusal(place, reason)


def _filled(policy: Policy, context: Context) -> Policy:
    return replace(
        policy,
        statements=tuple(
            replace(
                statement,
                resources=_filled_element(statement.resources, context),
                conditions=tuple(_filled_condition(each, context) for each in statement.conditions),
            )
            for statement in policy.statements
        ),
    )


def _filled_element(chosen: Chosen | None, context: Context) -> Chosen | None:
    if chosen is None:
        return None
    bound = [pattern.bind(context) for pattern in chosen.patterns]
    return replace(chosen, patterns=tuple(pattern for pattern in bound if pattern is not None))


def _filled_condition(condition: Condition, context: Context) -> Condition:
    wanted = [
        value.bind(context) if isinstance(value, Pattern | ArnPattern) else value
        for value in condition.wanted
    ]
    return replace(condition, wanted=tuple(value for value in wanted if value is not None))
