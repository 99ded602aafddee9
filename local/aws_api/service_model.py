"""Requests checked against botocore's model of a service, as the services themselves do.

A client checks member names, types and minimum lengths before it sends, but no pattern and no
maximum; who sends by hand checks nothing. moto checks little and fails inside where a service would
answer what is wrong.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, StructureShape

from local.aws_api.timestamps import moment

_RANGES = {"integer": 2**31, "long": 2**63}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request: a member's path, `evaluators[0].evaluatorId`, and why.

    `type` tells a value of another type, which services find before everything else.
    """

    field: str
    message: str
    type: bool = False


@dataclass(frozen=True)
class Strictness:
    """What to check beyond types, required members, lengths and choices.

    patterns: match strings against the model's patterns. unknown: name members that the model does
    not have; services ignore them.
    """

    patterns: bool = False
    unknown: bool = False


def faults(shape: Any, value: Any, strict: Strictness, path: str = "") -> Iterator[Fault]:
    """Give all that is wrong with a value, in the order of the model; secrets are not repeated."""
    found = _faults(shape, value, strict, path)
    if not shape.metadata.get("sensitive"):
        yield from found
        return
    for fault in found:
        yield replace(fault, message=fault.message.partition(", found ")[0])


def _faults(shape: Any, value: Any, strict: Strictness, path: str) -> Iterator[Fault]:
    kind = shape.type_name
    if isinstance(shape, StructureShape):
        yield from _structure_faults(shape, value, strict, path)
    elif isinstance(shape, ListShape):
        yield from _list_faults(shape, value, strict, path)
    elif isinstance(shape, MapShape):
        yield from _map_faults(shape, value, strict, path)
    elif kind == "string":
        yield from _string_faults(shape, value, strict, path)
    elif kind == "timestamp":
        yield from _timestamp_faults(shape, value, path)
    elif kind in _RANGES:
        yield from _integer_faults(shape, value, path)
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield _mistyped(path, "true or false", value)
    elif kind == "blob":
        yield from _blob_faults(shape, value, path)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        yield _mistyped(path, "a number", value)


def _structure_faults(shape: Any, value: Any, strict: Strictness, path: str) -> Iterator[Fault]:
    if getattr(shape, "is_document_type", False):
        return
    if not isinstance(value, dict):
        yield _mistyped(path, "an object", value)
        return
    # A null member is an absent one.
    given = {name: member for name, member in value.items() if member is not None}
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if name not in given:
            yield Fault(prefix + name, "failed to satisfy constraint: Member must not be null")
    for name, member in given.items():
        if name in shape.members:
            yield from faults(shape.members[name], member, strict, prefix + name)
        elif strict.unknown:
            known = ", ".join(sorted(shape.members))
            yield Fault(prefix + name, f"is not a member of {shape.name}: expected one of {known}")
    if shape.is_tagged_union and len(given) != 1:
        choices = ", ".join(shape.members)
        yield Fault(
            path,
            "failed to satisfy constraint: Member must have exactly one of "
            f"[{choices}], found {len(given)}",
        )


def _list_faults(shape: Any, value: Any, strict: Strictness, path: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield _mistyped(path, "a list", value)
        return
    yield from _bound_faults(shape, "length", len(value), path)
    for index, member in enumerate(value):
        yield from faults(shape.member, member, strict, f"{path}[{index}]")


def _map_faults(shape: Any, value: Any, strict: Strictness, path: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _mistyped(path, "an object", value)
        return
    yield from _bound_faults(shape, "length", len(value), path)
    for key, member in value.items():
        yield from faults(shape.key, key, strict, f"{path}.{key} (key)")
        yield from faults(shape.value, member, strict, f"{path}.{key}")


def _string_faults(shape: Any, value: Any, strict: Strictness, path: str) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield _mistyped(path, "a string", value)
        return
    yield from _bound_faults(shape, "length", len(value), path)
    enum = shape.metadata.get("enum")
    if enum and value not in enum:
        choices = ", ".join(enum)
        yield Fault(
            path,
            f"failed to satisfy constraint: Member must satisfy enum value set: [{choices}], "
            f"found {shortened(value)}",
        )
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if strict.patterns and pattern else None
    if compiled is not None and not compiled.fullmatch(value):
        yield Fault(
            path,
            "failed to satisfy constraint: Member must satisfy regular expression pattern: "
            f"{pattern}, found {shortened(value)}",
        )


def _timestamp_faults(shape: Any, value: Any, path: str) -> Iterator[Fault]:
    is_text = shape.serialization.get("timestampFormat") == "iso8601"
    if not is_text and isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 <= value < 253402300800:
            yield Fault(path, f"must be seconds up to the year 9999, found {shortened(value)}")
        return
    if not isinstance(value, str) or not is_text:
        expected = "an ISO-8601 date-time" if is_text else "a number of seconds"
        yield _mistyped(path, expected, value)
        return
    try:
        moment(value)
    except (ValueError, OverflowError):
        yield Fault(path, f"must be an ISO-8601 date-time, found {shortened(value)}", type=True)


def _integer_faults(shape: Any, value: Any, path: str) -> Iterator[Fault]:
    bound = _RANGES[shape.type_name]
    if not isinstance(value, int) or isinstance(value, bool) or not -bound <= value < bound:
        yield _mistyped(path, "an integer", value)
        return
    yield from _bound_faults(shape, "value", value, path)


def _blob_faults(shape: Any, value: Any, path: str) -> Iterator[Fault]:
    try:
        size = len(base64.b64decode(value, validate=True)) if isinstance(value, str) else -1
    except (binascii.Error, ValueError):
        size = -1
    if size < 0:
        # What is sealed or to be sealed is not repeated.
        yield Fault(path, "must be Base64", type=True)
    else:
        yield from _bound_faults(shape, "length", size, path)


def _bound_faults(shape: Any, what: str, found: int, path: str) -> Iterator[Fault]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and found < low:
        constraint = f"greater than or equal to {low}"
    elif high is not None and found > high:
        constraint = f"less than or equal to {high}"
    else:
        return
    yield Fault(
        path, f"failed to satisfy constraint: Member must have {what} {constraint}, found {found}"
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    # The model's patterns are Java's: `\s` and `\d` mean ASCII there, a match covers the whole
    # value, and classes such as `\p{L}` are not known here.
    try:
        return re.compile(pattern, re.ASCII)
    except re.error:
        return None


def _mistyped(path: str, expected: str, value: Any) -> Fault:
    return Fault(path, f"must be {expected}, found {shortened(value)}", type=True)


def shortened(value: Any) -> str:
    """Return a value as a message repeats it, at most 80 characters."""
    told = repr(value)
    return told if len(told) <= 80 else told[:77] + "..."


def told(found: Sequence[Fault]) -> str:
    """Return the sentence with which services name all faults at once."""
    count = f"{len(found)} validation error{'' if len(found) == 1 else 's'} detected: "
    return count + "; ".join(f"Value at '{fault.field}' {fault.message}" for fault in found)
