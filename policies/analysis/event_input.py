"""Input of a trigger's target, read as JSON, with the parts that the event or its sender supplies.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

_PLACEHOLDER = re.compile(r"<([^<>\s\"]+)>")
_MARK = re.compile("\ue000(.+?)\ue001")


@dataclass(frozen=True)
class FromEvent:
    """A value that is in the event, at a path such as `$.detail`."""

    path: str


class NoJsonError(ValueError):
    """A text that is no JSON."""


def read_json(text: str) -> object:
    """The value that a text writes. Raises NoJsonError."""
    try:
        return cast("object", json.loads(text))
    except (ValueError, RecursionError) as error:
        raise NoJsonError(str(error)) from None


def read_template(text: str, paths: dict[str, str]) -> object:
    """The value that an input template writes: `<name>` is what the event has at the name's path,
    within quotation marks and without, and `<aws.…>` what EventBridge itself puts in.

    A template in several quoted lines is a text. Raises NoJsonError.
    """

    def marked(found: re.Match[str]) -> str:
        name = found[1]
        mark = f"\ue000{paths.get(name, name)}\ue001"
        before = text[: found.start()]
        return mark if _is_quoted(before) else f'"{mark}"'

    written = _PLACEHOLDER.sub(marked, text)
    try:
        value = read_json(written)
    except NoJsonError:
        lines = [line for line in written.splitlines() if line.strip()]
        value = "\n".join(str(read_json(line)) for line in lines)
    return _with_events(value)


def texts_in(value: object) -> Iterator[str]:
    """Every text in a value, names of members and texts in texts of JSON included."""
    if isinstance(value, str):
        yield value
        if value.lstrip()[:1] in ("{", "["):
            try:
                yield from texts_in(read_json(value))
            except NoJsonError:
                return
    elif isinstance(value, dict):
        for name, member in cast("dict[str, object]", value).items():
            yield name
            yield from texts_in(member)
    elif isinstance(value, list):
        for member in cast("list[object]", value):
            yield from texts_in(member)


def member(value: object, name: str) -> object:
    """A member of an object by its name in any case; an object may be written as a text of JSON."""
    if isinstance(value, str):
        try:
            value = read_json(value)
        except NoJsonError:
            return None
    if not isinstance(value, dict):
        return None
    found = cast("dict[str, object]", value)
    return next((each for key, each in found.items() if key.lower() == name.lower()), None)


def _is_quoted(before: str) -> bool:
    """Whether what follows a piece of JSON stands within quotation marks."""
    return len(re.findall(r'(?<!\\)(?:\\\\)*"', before)) % 2 == 1


def _with_events(value: object) -> object:
    if isinstance(value, str):
        whole = _MARK.fullmatch(value)
        if whole:
            return FromEvent(whole[1])
        return FromEvent(_MARK.findall(value)[0]) if _MARK.search(value) else value
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {_MARK.sub(r"<\1>", name): _with_events(each) for name, each in members.items()}
    if isinstance(value, list):
        return [_with_events(each) for each in cast("list[object]", value)]
    return value
