"""Times in telemetry records: nanoseconds as numbers or texts, ISO 8601; all moved together.

Times exceed 2**53, so they stay integers.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_OWN = ("startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "observedTimeUnixNano")
_GEN_AI = ("gen_ai.event.start_time", "gen_ai.event.end_time")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.A)


def in_nanoseconds(value: Any) -> int | None:
    """Return a time as an integer, None for what is no time; a text without a zone is UTC."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isdecimal():
        return int(value)
    match = _ISO.fullmatch(value.strip())
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[4] or 'Z'}")
    except ValueError:
        return None
    seconds = round((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1))
    return seconds * 1_000_000_000 + int((match[3] or "0").ljust(9, "0"))


def with_times(record: Any, where: str | None = None) -> Any:
    """Return a record whose own times and whose events' are integers.

    where: raise ValueError, which begins so, for what is no time; else it stays as it is.
    """
    if not isinstance(record, dict):
        return record
    whole = _converted(record, where)
    events = record.get("events")
    if isinstance(events, list):
        whole["events"] = [
            _converted(event, where) if isinstance(event, dict) else event for event in events
        ]
    return whole


def _converted(record: Mapping[str, Any], where: str | None) -> dict[str, Any]:
    found = dict(record)
    for name in _OWN:
        value = record.get(name)
        if not value:
            continue
        time = in_nanoseconds(value)
        if time is not None:
            found[name] = time
        elif where is not None:
            raise ValueError(
                f"{where}: {name}: expected nanoseconds or an ISO 8601 time, got {value!r}"
            )
    return found


def end_of(record: Any) -> int:
    """Return the last moment of a record in nanoseconds, 0 when it has none."""
    if not isinstance(record, dict):
        return 0
    times = (record.get(name) for name in ("endTimeUnixNano", "timeUnixNano"))
    return next((time for time in times if isinstance(time, int) and time), 0)


def moved(value: Any, shift: int) -> Any:
    """Return a record with every time in it moved; 0 means that a time was not set."""
    if isinstance(value, list):
        return [moved(member, shift) for member in value]
    if not isinstance(value, dict):
        return value
    return {name: _moved_member(name, member, shift) for name, member in value.items()}


def _moved_member(name: str, value: Any, shift: int) -> Any:
    if name.endswith("UnixNano") and isinstance(value, int) and value:
        return value + shift
    if name in _GEN_AI and isinstance(value, str):
        try:
            later = datetime.fromisoformat(value) + timedelta(microseconds=shift // 1000)
        except (ValueError, OverflowError):
            return value
        return later.isoformat(timespec="microseconds")
    return moved(value, shift)
