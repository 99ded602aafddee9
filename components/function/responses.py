"""Answers as JSON: the API's own shape, times as ISO-8601 text, ours under `controller`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast


def answer(api: Mapping[str, Any], **controller: Any) -> dict[str, Any]:
    """Return the API's answer as JSON with `controller` beside its members."""
    members = {name: value for name, value in api.items() if name != "ResponseMetadata"}
    return {**plain(members), "controller": plain(controller)}


def plain(value: Any) -> Any:
    """Return the value with every time in it as ISO-8601 text in UTC."""
    if isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    if isinstance(value, Mapping):
        entries = cast(Mapping[str, Any], value)
        return {name: plain(entry) for name, entry in entries.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in cast(list[Any], value)]
    return value
