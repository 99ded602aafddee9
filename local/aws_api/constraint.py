"""One documented limit of an operation's input, and the kinds of limits that come again."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Members = Mapping[str, Any]


@dataclass(frozen=True)
class Constraint:
    """A limit that a service model lacks.

    actions: the operations that have the limit.
    member: the member as the documentation names it; `rule` says what it may be.
    code, status: what AWS answers to a value beyond it.
    page: AWS's page, under docs.aws.amazon.com.
    broken: gives AWS's message for members that break the limit, else None.
    """

    service: str
    actions: tuple[str, ...]
    member: str
    rule: str
    code: str
    page: str
    broken: Callable[[Members], str | None]
    status: int = 400


def values_at(members: Any, path: str) -> Iterator[Any]:
    """Give every value at a path such as `Attributes.DelaySeconds`, through lists too."""
    head, _, rest = path.partition(".")
    if isinstance(members, list):
        for one in members:
            yield from values_at(one, path)
    elif isinstance(members, Mapping) and members.get(head) is not None:
        if rest:
            yield from values_at(members[head], rest)
        else:
            yield members[head]


def between(path: str, low: int, high: int) -> Callable[[Members], str | None]:
    """A number in a range, refused in the sentence of the services' own model checks."""

    def broken(members: Members) -> str | None:
        for value in values_at(members, path):
            if isinstance(value, int) and not low <= value <= high:
                bound = f"greater than or equal to {low}"
                if value > high:
                    bound = f"less than or equal to {high}"
                return (
                    f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy "
                    f"constraint: Member must have value {bound}"
                )
        return None

    return broken


def refused_when(test: Callable[[Members], bool], message: str) -> Callable[[Members], str | None]:
    """A test of the members, and the message for those that pass it."""
    return lambda members: message if test(members) else None


def has_all(*names: str) -> Callable[[Members], bool]:
    """Whether members that exclude each other are all there."""
    return lambda members: all(members.get(name) for name in names)


def not_among(path: str, choices: Collection[Any]) -> Callable[[Members], bool]:
    """Whether any value at a path is none of the choices."""
    return lambda members: any(value not in choices for value in values_at(members, path))
