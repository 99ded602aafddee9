"""Input properties: the name in the AWS API, and how values are compared.

A resource type is a table of these. From the table follow what is supported, the request to AWS,
the state read back, and what counts as a difference.
"""

import json
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from .properties import ARCHIVE, UNKNOWN, signature

Kind = Literal["ADD", "DELETE", "UPDATE"]
Fields = Mapping[str, "Field"]


@dataclass(frozen=True)
class Field:
    """One supported property.

    aws: the member's name in the API; "" where the resource's own functions translate it.
    fields: the supported nested properties, of an object or of each object in a list; None for
        scalars, lists of scalars and maps with free keys.
    default: what absence means to the cloud; None when it means nothing.
    allowed: the only values the cloud takes; None when it is left to the cloud.
    replaces: a change needs a new resource.
    filled: when it is not declared the cloud chooses it, so leaving it out is no change.
    unread: the cloud does not tell it, so it cannot drift.
    alike: maps each value to what it means; equal meanings are equal values.
    send, receive: translate one value to the API's form and back, where names alone do not do.
    """

    aws: str = ""
    fields: Fields | None = None
    default: object = None
    allowed: Container[object] | None = None
    replaces: bool = False
    filled: bool = False
    unread: bool = False
    alike: Callable[[Any], object] | None = None
    send: Callable[[Any], Any] | None = None
    receive: Callable[[Any], Any] | None = None

    def to_aws(self, value: Any) -> Any:
        """Return a declared value in the form of the API."""
        if self.send:
            return self.send(value)
        if self.fields is None:
            return value
        if isinstance(value, list):
            return [self.to_aws(item) for item in value]
        return to_aws(self.fields, value)

    def from_aws(self, value: Any) -> Any:
        """Return a value of the API as a property."""
        if self.receive:
            return self.receive(value)
        if self.fields is None:
            return value
        if isinstance(value, list):
            return [self.from_aws(item) for item in value]
        return from_aws(self.fields, value)

    def meaning(self, value: Any) -> object:
        """Return `value` so that equal meanings are equal; None for absent, empty and default."""
        if value is None or value in ("", [], {}) or value == self.default:
            return None
        if value == UNKNOWN:
            return value
        if signature(value) == ARCHIVE and "hash" in value:
            return value["hash"]
        if self.alike:
            return self.alike(value)
        if isinstance(value, list):
            return [self.meaning(item) for item in value]
        if isinstance(value, dict) and self.fields is not None:
            inner = {key: self.within(key).meaning(item) for key, item in value.items()}
            return {key: item for key, item in inner.items() if item is not None} or None
        return value

    def within(self, key: str) -> "Field":
        """Return the field of a nested property."""
        return (self.fields or {}).get(key, Field())


def to_aws(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `values` that have a name in the API, under that name."""
    return {
        fields[key].aws: fields[key].to_aws(value)
        for key, value in values.items()
        if key in fields and fields[key].aws
    }


def from_aws(fields: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an API answer's members that are properties, under the properties' names."""
    return {
        key: field.from_aws(values[field.aws])
        for key, field in fields.items()
        if field.aws and values.get(field.aws) is not None
    }


def changes(field: Field, old: Any, new: Any, path: str) -> Iterator[tuple[str, Kind]]:
    """Yield path and kind of each difference in meaning between two values of one property.

    Leaving out what the cloud fills is none.
    """
    before, after = field.meaning(old), field.meaning(new)
    if before == after or (after is None and field.filled):
        return
    if field.alike is None and signature(old) is None and signature(new) is None:
        if isinstance(old, dict) and field.fields is not None and isinstance(new, dict | None):
            for key in {**old, **(new or {})}:
                inner = join(path, key)
                yield from changes(field.within(key), old.get(key), (new or {}).get(key), inner)
            return
        if isinstance(old, dict) and isinstance(new, dict):
            for key in {**old, **new}:
                if old.get(key) != new.get(key):
                    yield join(path, key), _kind(old.get(key), new.get(key))
            return
        if isinstance(old, list) and isinstance(new, list):
            for index, (left, right) in enumerate(zip_longest(old, new)):
                yield from changes(field, left, right, f"{path}[{index}]")
            return
    yield path, _kind(before, after)


def _kind(before: object, after: object) -> Kind:
    return "ADD" if before is None else "DELETE" if after is None else "UPDATE"


def join(path: str, key: str) -> str:
    """Return the property path of `key` inside `path`, as the engine writes and reads it."""
    if not key.isidentifier():
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def policy_meaning(document: str | dict[str, Any]) -> object:
    """Return an IAM policy document so that documents AWS takes for equal are equal.

    IAM's grammar lets one value stand for a list of one, gives the order of strings in a list no
    meaning, and writes condition values as strings:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return document
    return _grammar(document)


def _grammar(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _grammar(inner) for key, inner in value.items()}
    if isinstance(value, list):
        items = [_grammar(inner) for inner in value]
        if all(isinstance(item, str) for item in items):
            items = sorted(set(items))
        return items[0] if len(items) == 1 else items
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)


def document_text(document: str | dict[str, Any]) -> str:
    """Return a policy given as text or as an object as the text that the API takes."""
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))


def last_segment(arn: str) -> str:
    """Return the resource's own id of an ARN, or the id itself: both name one key."""
    return arn.rsplit("/", 1)[-1]


def tag_list(
    tags: Mapping[str, str], key: str = "Key", value: str = "Value"
) -> list[dict[str, str]]:
    """Return tags as the list that most of the APIs take."""
    return [{key: name, value: text} for name, text in tags.items()]


def tag_map(tags: list[dict[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Return such a list as a map, without the tags that AWS itself sets."""
    return {tag[key]: tag[value] for tag in tags if not tag[key].startswith("aws:")}
