"""Requests checked against botocore's model of the service, as the service itself does.

botocore checks member names, types and minimum lengths before it sends, but no pattern and no
maximum
(https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html
gives both), so a client gets these faults from the service only.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, StructureShape

from local.evaluation.errors import Fault
from local.evaluation.times import moment


@cache
def service_model() -> ServiceModel:
    """Return the installed botocore's model of bedrock-agentcore."""
    name = "bedrock-agentcore"
    return ServiceModel(create_loader().load_service_model(name, "service-2"), name)


def operation(name: str) -> OperationModel:
    return service_model().operation_model(name)


def request_faults(operation_name: str, parameters: Mapping[str, Any]) -> list[Fault]:
    """Return all that is wrong with an operation's parameters, in the order of the model."""
    shape = operation(operation_name).input_shape
    return list(_faults(shape, dict(parameters), "")) if shape else []


def _faults(shape: Any, value: Any, path: str) -> Iterator[Fault]:
    if isinstance(shape, StructureShape):
        yield from _structure_faults(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _list_faults(shape, value, path)
    elif isinstance(shape, MapShape):
        yield from _map_faults(shape, value, path)
    elif shape.type_name == "string":
        yield from _string_faults(shape, value, path)
    elif shape.type_name == "timestamp":
        yield from _timestamp_faults(value, path)
    elif shape.type_name == "integer":
        yield from _integer_faults(shape, value, path)
    else:
        raise NotImplementedError(
            f"{path}: {shape.type_name} occurs in no batch evaluation request"
        )


def _structure_faults(shape: Any, value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _mistyped(path, "an object", value)
        return
    # In restJson1 a null member is an absent one.
    given = {name: member for name, member in value.items() if member is not None}
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if name not in given:
            yield Fault(prefix + name, "failed to satisfy constraint: Member must not be null")
    for name, member in given.items():
        if name in shape.members:
            yield from _faults(shape.members[name], member, prefix + name)
        else:
            # AWS's servers ignore members that they do not know. Here one is refused: ignored, a
            # misspelt or newer setting would seem to work and have no effect.
            known = ", ".join(sorted(shape.members))
            yield Fault(prefix + name, f"is not a member of {shape.name}: expected one of {known}")
    if shape.is_tagged_union and len(given) != 1:
        choices = ", ".join(shape.members)
        yield Fault(
            path,
            "failed to satisfy constraint: Member must have exactly one of "
            f"[{choices}], found {len(given)}",
        )


def _list_faults(shape: Any, value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield _mistyped(path, "a list", value)
        return
    yield from _size_faults(shape, len(value), path)
    for index, member in enumerate(value):
        yield from _faults(shape.member, member, f"{path}[{index}]")


def _map_faults(shape: Any, value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _mistyped(path, "an object", value)
        return
    yield from _size_faults(shape, len(value), path)
    for key, member in value.items():
        yield from _faults(shape.key, key, f"{path}.{key} (key)")
        yield from _faults(shape.value, member, f"{path}.{key}")


def _string_faults(shape: Any, value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield _mistyped(path, "a string", value)
        return
    yield from _size_faults(shape, len(value), path)
    enum = shape.metadata.get("enum")
    if enum and value not in enum:
        choices = ", ".join(enum)
        yield Fault(
            path,
            f"failed to satisfy constraint: Member must satisfy enum value set: [{choices}], "
            f"found {_shortened(value)}",
        )
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield Fault(
            path,
            "failed to satisfy constraint: Member must satisfy regular expression pattern: "
            f"{pattern}, found {_shortened(value)}",
        )


def _timestamp_faults(value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield _mistyped(path, "an ISO-8601 date-time", value)
        return
    try:
        moment(value)
    except (ValueError, OverflowError):
        yield Fault(path, f"must be an ISO-8601 date-time, found {_shortened(value)}")


def _integer_faults(shape: Any, value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield _mistyped(path, "an integer", value)
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        constraint = f"greater than or equal to {low}"
    elif high is not None and value > high:
        constraint = f"less than or equal to {high}"
    else:
        return
    yield Fault(
        path, f"failed to satisfy constraint: Member must have value {constraint}, found {value}"
    )


def _size_faults(shape: Any, size: int, path: str) -> Iterator[Fault]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        constraint = f"greater than or equal to {low}"
    elif high is not None and size > high:
        constraint = f"less than or equal to {high}"
    else:
        return
    yield Fault(
        path, f"failed to satisfy constraint: Member must have length {constraint}, found {size}"
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # The model's patterns are Java's: `\s` and `\d` mean ASCII there, and a match covers the whole
    # value.
    return re.compile(pattern, re.ASCII)


def _mistyped(path: str, expected: str, value: Any) -> Fault:
    return Fault(path, f"must be {expected}, found {_shortened(value)}")


def _shortened(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 80 else told[:77] + "..."
