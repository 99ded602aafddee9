"""A resource as rules read it: plain values, and unknown ones that are waited for by name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from pulumi_policy.proxy import UnknownValueError


class Waiting(UnknownValueError):
    """A value that only an update will know. Pulumi reports it as "can't run policy … : message".

    A rule that cannot be run at preview must be seen not to have run.
    """

    def __init__(self, *messages: str) -> None:
        self.messages = tuple(dict.fromkeys(messages))
        self.message = "; ".join(self.messages)
        Exception.__init__(self, self.message)


@dataclass(eq=False, slots=True)
class Values:
    """An object among a resource's properties. What is absent reads as empty or None."""

    props: Mapping[str, object] = field(repr=False)
    where: str
    makers: tuple[str, ...] = ()
    """Names of the resources that an unknown value waits for, if they are known."""

    def value(self, path: str) -> object:
        """The value at a path such as `target.deadLetterConfig.arn`, None if there is none."""
        found: object = self.props
        try:
            for part in path.split("."):
                found = _member(found, part)
        except UnknownValueError:
            if self.is_left_out(path):
                return None
            raise self.waiting(path) from None
        return found

    def is_left_out(self, path: str) -> bool:
        """Whether an unknown value is one that the program left to the cloud."""
        return False

    def waiting(self, path: str) -> Waiting:
        """What to raise for an unknown value."""
        makers = self.makers_of(path)
        until = f" until {' and '.join(makers)} is there" if makers else " during preview"
        return Waiting(f"{self.where}: {path} is not known{until}")

    def makers_of(self, path: str) -> tuple[str, ...]:
        """Names of the resources that the value comes from."""
        return self.makers

    def text(self, path: str) -> str:
        """A text, empty if absent."""
        found = self.value(path)
        return found if isinstance(found, str) else ""

    def number(self, path: str) -> int | None:
        """A number; they arrive as floats."""
        found = self.value(path)
        return int(found) if isinstance(found, int | float) else None

    def flag(self, path: str) -> bool | None:
        """A boolean."""
        found = self.value(path)
        return found if isinstance(found, bool) else None

    def each(self, path: str) -> Iterator["Values"]:
        """The objects of a list, or the only one that stands in its place."""
        found = self.value(path)
        if isinstance(found, Mapping):
            yield self._below(cast("Mapping[str, object]", found), path)
        elif isinstance(found, Sequence) and not isinstance(found, str):
            for index, item in enumerate(cast("Sequence[object]", found)):
                if isinstance(item, Mapping):
                    yield self._below(cast("Mapping[str, object]", item), f"{path}[{index}]")

    def texts(self, path: str) -> list[str]:
        """The texts of a list."""
        found = self.value(path)
        if not isinstance(found, Sequence) or isinstance(found, str):
            return []
        listed = cast("Sequence[object]", found)
        try:
            return [item for item in listed if isinstance(item, str)]
        except UnknownValueError:
            raise self.waiting(path) from None

    def _below(self, props: Mapping[str, object], path: str) -> "Values":
        return Values(props, f"{self.where}, {path}", self.makers_of(path))


@dataclass(eq=False, slots=True)
class Resource(Values):
    """One resource: its properties and what the program said about it.

    `links` are the resources that each property comes from, `dependencies` those that it waits for;
    before a resource is made there are none, and its properties are what the program gave.
    `ignored` are the properties whose changes updates leave out, `provider` the settings of the
    provider that makes it, if Pulumi says which.
    """

    type: str = ""
    urn: str = ""
    protect: bool = False
    ignored: tuple[str, ...] = ()
    provider: Values | None = None
    dependencies: list["Resource"] = field(default_factory=list["Resource"], repr=False)
    links: dict[str, list["Resource"]] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    @property
    def stack(self) -> str:
        """The name of the stack, as the URN has it."""
        return self.urn.removeprefix("urn:pulumi:").partition("::")[0]

    def linked(self, path: str) -> list["Resource"]:
        """The resources that the property with that path comes from."""
        return (self.links or {}).get(re.split(r"[.\[]", path)[0], [])

    def makers_of(self, path: str) -> tuple[str, ...]:
        """Names of the resources that the value comes from."""
        return tuple(each.name for each in self.linked(path))

    def is_left_out(self, path: str) -> bool:
        """Whether an unknown value is one that the program left to the cloud.

        At preview the provider marks those as unknown too, but no resource feeds them.
        """
        return self.links is not None and not self.linked(path)

    def waits_for(self, other: "Resource") -> bool:
        """Whether it is made after the other, directly or through others."""
        seen: set[str] = set()
        waiting = [*self.dependencies]
        while waiting:
            each = waiting.pop()
            if each is other:
                return True
            if each.urn not in seen:
                seen.add(each.urn)
                waiting += each.dependencies
        return False


def _member(value: object, name: str) -> object:
    """A member of an object, None if there is none; the proxies raise for unknown ones.

    Of what is no object, it is not asked first: asking costs more than the member.
    """
    try:
        return cast("Mapping[str, object]", value)[name]
    except (KeyError, TypeError):
        return None
