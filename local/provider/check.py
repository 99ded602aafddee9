"""Validates declared inputs, to the last nested key, against pulumi_aws and this provider.

The SDK takes dictionaries wherever pulumi_aws declares an args class and looks at no key in them,
so a misspelt one would be dropped without a word.
"""

import difflib
from collections.abc import Awaitable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin

from pulumi import Archive, Output
from pulumi import _types as pulumi_types

from . import archives
from .fields import Field, join
from .properties import ARCHIVE, UNKNOWN, signature
from .resource import ResourceType, required_inputs

SCALARS = {str: "a string", int: "an integer", bool: "a boolean", float: "a number"}


@dataclass(frozen=True)
class Failure:
    """One wrong input: its property path and what was expected and found."""

    property: str
    reason: str


def failures(kind: ResourceType, inputs: Mapping[str, Any]) -> list[Failure]:
    """Return all that is wrong with `inputs`, empty when nothing is."""
    nested = Field(fields=kind.fields)
    given = {key: value for key, value in inputs.items() if not key.startswith("__")}
    return list(_object(kind.inputs, nested, given, ""))


def _object(declared: type, field: Field, value: dict[str, Any], path: str) -> Iterator[Failure]:
    types = pulumi_types.input_type_types(declared)
    for key in sorted(required_inputs(declared) - value.keys()):
        yield Failure(join(path, key), "is required and missing")
    for key, inner in value.items():
        where = join(path, key)
        if key not in types:
            near = difflib.get_close_matches(key, types, n=1)
            hint = (
                f"; did you mean {near[0]}?" if near else f", which has {', '.join(sorted(types))}"
            )
            yield Failure(where, f"is no property of {declared.__name__}{hint}")
        elif field.fields is not None and key not in field.fields:
            known = ", ".join(sorted(field.fields))
            yield Failure(where, f"is not supported by this provider, which supports {known}")
        else:
            yield from _value(types[key], field.within(key), inner, where)


def _value(declared: Any, field: Field, value: Any, path: str) -> Iterator[Failure]:
    if value == UNKNOWN:
        return
    outcomes = [list(_one(choice, field, value, path)) for choice in _choices(declared)]
    if all(outcomes):
        # Of several alternatives the one that fails deepest inside the value was meant.
        yield from max(outcomes, key=lambda failed: max(len(f.property) for f in failed))
    elif not isinstance(value, list | dict) and not _is_allowed(field.allowed, value):
        yield Failure(path, f"expected {_listed(field.allowed)}, got {value!r}")


def _choices(declared: Any) -> list[Any]:
    """Return the alternatives of a declared type without the wrappers of `pulumi.Input`."""
    if get_origin(declared) is not Union:
        return [declared]
    wrappers = (Awaitable, Output, type(None))
    return [arg for arg in get_args(declared) if (get_origin(arg) or arg) not in wrappers]


def _one(choice: Any, field: Field, value: Any, path: str) -> Iterator[Failure]:
    origin = get_origin(choice)
    if origin is Sequence:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _value(get_args(choice)[0], field, item, f"{path}[{index}]")
        else:
            yield _wrong(path, "a list", value)
    elif origin is Mapping:
        if isinstance(value, dict):
            for key, item in value.items():
                yield from _value(get_args(choice)[1], Field(), item, join(path, key))
        else:
            yield _wrong(path, "an object", value)
    elif pulumi_types.is_input_type(choice):
        if isinstance(value, dict):
            yield from _object(choice, field, value, path)
        else:
            yield _wrong(path, "an object", value)
    elif issubclass(choice, Enum):
        # pulumi_aws adds `str` as an alternative wherever AWS takes values beyond its list.
        if value not in [member.value for member in choice]:
            yield Failure(path, f"expected {_listed([m.value for m in choice])}, got {value!r}")
    elif issubclass(choice, Archive):
        if signature(value) != ARCHIVE:
            yield _wrong(path, "an archive", value)
        elif reason := archives.fault(value):
            yield Failure(path, reason)
    elif choice in SCALARS:
        # In Python True is an int; on the wire a boolean is no number.
        if type(value) is not choice and not (choice is float and type(value) is int):
            yield _wrong(path, SCALARS[choice], value)
    elif choice is not object and choice is not Any:
        yield Failure(path, f"has the type {choice.__name__}, which this provider cannot check")


def _is_allowed(allowed: Container[object] | None, value: object) -> bool:
    return allowed is None or value in allowed


def _listed(allowed: Any) -> str:
    if isinstance(allowed, range):
        return f"{allowed.start} to {allowed.stop - 1}"
    return "one of " + ", ".join(repr(value) for value in allowed)


def _wrong(path: str, expected: str, value: object) -> Failure:
    return Failure(path, f"expected {expected}, got {value!r}")
