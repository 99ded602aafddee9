"""Check a request against the service's own model, before anything is called or paid for.

botocore checks types, names and some lengths but no pattern, and stops at Python types that a JSON
event never has; here every constraint of the model counts and every fault is named at once.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from ..errors import ValidationException
from . import redaction, service_model
from .service_model import Shape
from .suggestions import did_you_mean, of_evaluator

_SHOWN_FAULTS = 100

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")

# JSON can escape it and UTF-8 cannot hold it: what services make of it is not the same.
_HALF_PAIR = re.compile("[\\ud800-\\udfff]")

_JSON_NAMES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    bool: "a boolean",
    type(None): "null",
}


def faults(operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each fault of the parameters, none when they fit the model.

    A sentence reads `dataSourceConfig.cloudWatchLogs.logGroupNames[2]: expected …, found …`.
    """
    return list(_structure(service_model.input_of(operation), "", parameters))


def require(all_faults: list[str]) -> None:
    """Raise ValidationException when there is a fault; the message names them all (at most 100)."""
    if not all_faults:
        return
    shown = all_faults[:_SHOWN_FAULTS]
    if len(all_faults) > len(shown):
        shown.append(f"and {len(all_faults) - len(shown)} more")
    raise ValidationException("; ".join(shown))


def found(value: object, path: str = "") -> str:
    """Describe what stands at a path; of content, only its type and length."""
    kind = _JSON_NAMES.get(type(value))
    if kind:
        return kind
    if redaction.value_may_be_repeated(path, value):
        return json.dumps(value)
    return f"a string of {len(value)} characters" if isinstance(value, str) else "a number"


def member(path: str, name: str) -> str:
    """Return the path of a member, whose name may itself be content."""
    known = redaction.name_may_be_repeated(path, name)
    return _below(path, name if known else f"(a name of {len(name)} characters)")


def shape_faults(shape_name: str, path: str, value: object) -> Iterator[str]:
    """Return one sentence for each fault of a value that stands at a path."""
    shape = service_model.shape_named(shape_name)
    kind = shape["type"]
    if kind == "structure":
        yield from _structure(shape, path, value)
    elif kind == "list":
        yield from _list(shape, path, value)
    elif kind == "map":
        yield from _map(shape, path, value)
    elif kind == "timestamp":
        yield from _timestamp(path, value)
    elif kind == "string":
        yield from _string(shape, path, value)
    else:
        yield from _number(shape, path, value)


def _structure(shape: Shape, path: str, value: object) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path or 'parameters'}: expected an object, found {found(value, path)}"
        return
    given = cast(dict[str, object], value)
    members: dict[str, Shape] = shape["members"]
    for name in shape.get("required", []):
        if name not in given:
            yield f"{_below(path, name)}: expected a value, it is missing"
    for name in given:
        if name not in members:
            expected = f"{', '.join(members)}{did_you_mean(name, members)}"
            yield f"{member(path, name)}: no such member, expected one of {expected}"
    if shape.get("union") and len(given) != 1:
        names = ", ".join(name for name in given if name in members)
        counted = f"{len(given)} ({names})" if names else str(len(given))
        yield f"{path}: expected exactly one of {', '.join(members)}, found {counted}"
    for name, declared in members.items():
        if name in given:
            yield from shape_faults(declared["shape"], _below(path, name), given[name])


def _list(shape: Shape, path: str, value: object) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: expected an array, found {found(value, path)}"
        return
    entries = cast(list[object], value)
    yield from _count(shape, path, len(entries), "entries")
    for index, entry in enumerate(entries):
        yield from shape_faults(shape["member"]["shape"], f"{path}[{index}]", entry)


def _map(shape: Shape, path: str, value: object) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: expected an object, found {found(value, path)}"
        return
    entries = cast(dict[str, object], value)
    yield from _count(shape, path, len(entries), "entries")
    for key, entry in entries.items():
        yield from shape_faults(shape["key"]["shape"], f"{path} (key)", key)
        yield from shape_faults(shape["value"]["shape"], member(path, key), entry)


def _string(shape: Shape, path: str, value: object) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{path}: expected a string, found {found(value, path)}"
        return
    yield from _count(shape, path, len(value), "characters")
    if _HALF_PAIR.search(value):
        yield f"{path}: expected Unicode text, found half of a surrogate pair in it"
    pattern = shape.get("pattern")
    # The service's \s and \w are ASCII's.
    if pattern and not re.fullmatch(pattern, value, re.ASCII):
        near = of_evaluator(value) if path.endswith(".evaluatorId") else ""
        yield f"{path}: expected a match of {pattern}, found {found(value, path)}{near}"
    if "enum" in shape and value not in shape["enum"]:
        shown = f"{found(value, path)}{did_you_mean(value, shape['enum'])}"
        yield f"{path}: expected one of {', '.join(shape['enum'])}, found {shown}"


def _number(shape: Shape, path: str, value: object) -> Iterator[str]:
    whole = shape["type"] in ("integer", "long")
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        expected = "a whole number" if whole else "a number"
        yield f"{path}: expected {expected}, found {found(value, path)}"
        return
    if not shape.get("min", value) <= value <= shape.get("max", value):
        bounds = f"{shape.get('min')} to {shape.get('max')}"
        yield f"{path}: expected a number from {bounds}, found {found(value, path)}"


def _timestamp(path: str, value: object) -> Iterator[str]:
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return
    yield (
        f"{path}: expected an ISO-8601 time with its zone, such as 2026-01-31T09:30:00Z, "
        f"found {found(value, path)}"
    )


def _count(shape: Shape, path: str, count: int, unit: str) -> Iterator[str]:
    least, most = shape.get("min", 0), shape.get("max")
    if count < least:
        yield f"{path}: expected at least {least} {unit}, found {count}"
    if most is not None and count > most:
        yield f"{path}: expected at most {most} {unit}, found {count}"


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
