"""The resources of a stack, and which of them a property of one names."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TypeVar, cast

from pulumi_policy.proxy import UnknownValueError

from .resource import Resource, Values, Waiting

_LONG = re.compile("^(arn:|https://|alias/)")
_IDENTIFIERS = ("arn", "id", "name", "bucket", "url", "keyId")

Read = TypeVar("Read")
_Siblings = tuple[Mapping[str, list[Resource]], dict[str, None]]


class Stack:
    """One stack's resources.

    `unread` says of what could not be recognized at preview what it waits for, until it is `noted`;
    `has_noted` whether there was any.
    """

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.unread: dict[str, None] = {}
        self.has_noted = False
        self._by_type: dict[str, list[Resource]] = {}
        self._by_identifier: dict[str, Mapping[str, list[Resource]]] = {}
        self._siblings: dict[tuple[str, str, str], _Siblings] = {}
        for resource in resources:
            self._by_type.setdefault(plain_type(resource.type), []).append(resource)

    def of(self, *types: str) -> list[Resource]:
        """The resources of some types; `BucketV2` and its like count as what they became."""
        return [each for type_ in types for each in self._by_type.get(type_, [])]

    def every(self) -> Iterator[Resource]:
        """All resources."""
        for listed in self._by_type.values():
            yield from listed

    def referred(
        self, resource: Resource, path: str, *types: str, exactly: bool = False
    ) -> list[Resource]:
        """The resources of some types that a text or a list of texts names: by value, or by link.

        An unknown value that comes from nothing of AWS could be any: then it is `unread`; and so it
        is if it means `exactly` such a resource, and comes from none.
        """
        try:
            value = resource.value(path)
            named = [value] if isinstance(value, str) else resource.texts(path)
        except Waiting as wait:
            linked = resource.linked(path)
            found = [each for each in linked if plain_type(each.type) in types]
            aws = all(each.type.startswith("aws:") for each in linked)
            if not aws or (exactly and not found):
                self.note(wait)
            return found
        return [
            each for name in named if name for type_ in types for each in self.called(name, type_)
        ]

    def called(self, identifier: str, type_: str) -> list[Resource]:
        """The resources of a type that an identifier means: name, ARN, id or URL.

        One that is not made yet is meant by its name in an ARN or URL, a key by an alias too.
        """
        if type_ not in self._by_identifier:
            index = self._by_identifier[type_] = defaultdict[str, list[Resource]](list)
            for resource in self.of(type_):
                for each in _identifiers(resource):
                    index[each].append(resource)
        found = self._by_identifier[type_].get(identifier, [])
        if found or not _LONG.search(identifier):
            return found
        if "alias/" in identifier:
            return self._aliased(identifier, type_)
        named = self._by_identifier[type_].get(_name_in(identifier), [])
        return [each for each in named if not known_text(each, "arn")]

    def _aliased(self, identifier: str, type_: str) -> list[Resource]:
        """The keys of a type that an alias of the stack stands for."""
        name = identifier[identifier.index("alias/") :]
        return [
            key
            for alias in self.of("aws:kms/alias:Alias")
            if known_text(alias, "name") == name
            for key in self.referred(alias, "targetKeyId", type_)
        ]

    def siblings(self, resource: Resource, type_: str, path: str) -> list[Resource]:
        """The resources of a type whose property names the resource."""
        place = (type_, path, plain_type(resource.type))
        if place not in self._siblings:
            before, index = self.noted(), defaultdict[str, list[Resource]](list)
            for each in self.of(type_):
                for target in self.referred(each, path, place[2], exactly=True):
                    index[target.urn].append(each)
            self._siblings[place] = index, self.noted()
            self.unread = before
        index, unread = self._siblings[place]
        self.unread |= unread  # whoever asks again waits for the same
        return index.get(resource.urn, [])

    def needed(self, resource: Resource, type_: str, path: str) -> list[Resource]:
        """Siblings of which one has to be there: it waits while one that is unread may be it."""
        found = self.siblings(resource, type_, path)
        _, unread = self._siblings[type_, path, plain_type(resource.type)]
        if unread and not found:
            raise Waiting(*unread)
        return found

    def known(self, read: Callable[[Resource], Read | None], resource: Resource) -> Read | None:
        """What is read of a resource as far as it is known; else what it waits for is noted."""
        try:
            return read(resource)
        except Waiting as wait:
            self.note(wait)
            return None

    def note(self, wait: Waiting) -> None:
        """Keep what something that could not be recognized waits for."""
        self.unread |= dict.fromkeys(wait.messages)
        self.has_noted = True

    def noted(self) -> dict[str, None]:
        """What was unread until now, and begin anew."""
        unread, self.unread = self.unread, {}
        return unread


def _identifiers(resource: Resource) -> set[str]:
    """What a resource is called, as far as it is known."""
    found: set[str] = set()
    for name in _IDENTIFIERS:
        try:
            value = resource.props[name]
        except (KeyError, UnknownValueError):
            continue
        if isinstance(value, str) and value:
            found.add(value)
    return found


def _name_in(identifier: str) -> str:
    """The name at the end of an ARN or URL: after a slash, unless slashes are part of names."""
    if ":log-group:" in identifier:
        return identifier.partition(":log-group:")[2].removesuffix(":*")
    _, function, name = identifier.partition(":function:")
    return name.partition(":")[0] if function else re.split("[:/]", identifier)[-1]


def known_text(resource: Values, path: str) -> str:
    """A text, empty also while it is unknown."""
    try:
        return resource.text(path)
    except Waiting:
        return ""


def known_texts(resource: Resource, path: str) -> Iterator[str]:
    """A text, or all texts in a list or an object, without those that are unknown."""
    with suppress(Waiting):
        yield from _texts(resource.value(path))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | Sequence):
        held = cast("Mapping[object, object]", value)
        for at in held if isinstance(value, Mapping) else range(len(held)):
            with suppress(UnknownValueError):
                yield from _texts(held[at])


def account_in(arn: str) -> str:
    """The account in an ARN; empty if there is none."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""


def is_elsewhere(arn: str, account: str) -> bool:
    """Whether an ARN is of another account."""
    return account_in(arn) not in ("", account)


def variables(function: Resource) -> dict[str, str]:
    """The environment variables of a function whose values are known."""
    found = function.value("environment.variables")
    names = cast("Mapping[str, object]", found).keys() if isinstance(found, Mapping) else ()
    return {name: known_text(function, f"environment.variables.{name}") for name in names}


@lru_cache(maxsize=1024)
def plain_type(type_: str) -> str:
    """The type without the `V2` that some S3 types of pulumi-aws had before version 7."""
    return re.sub(r"V2(?=:|$)", "", type_)
