"""Times in telemetry records: nanoseconds as numbers or texts, ISO 8601; all moved together.

Times exceed 2**53, so they stay integers.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_OWN = ("startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "observedTimeUnixNano")
# OpenTelemetry's times are unsigned (trace.proto, fixed64). Those after the year 2262 are of no
# recording, and do not fit the signed integers of most readers.
LATEST = 2**63 - 1
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
    if re.fullmatch(r"-?[0-9]{1,30}", value):
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


def with_times(record: Any, where: str, *, as_it_is: bool = False) -> Any:
    """Return a record whose own times and whose events' are integers.

    Raises ValueError, which begins with `where`, for what is no time, for a time that no recording
    can have and for an end before its start. With `as_it_is` what is no time stays: a log event
    may hold a broken record.
    """
    if not isinstance(record, dict):
        return record
    whole = _converted(record, where, as_it_is)
    _check_order(whole, where)
    events = record.get("events")
    if isinstance(events, list):
        whole["events"] = [
            _converted(event, f"{where}: events[{number}]", as_it_is)
            if isinstance(event, dict)
            else event
            for number, event in enumerate(events)
        ]
    return whole


def _converted(record: Mapping[str, Any], where: str, as_it_is: bool) -> dict[str, Any]:
    found = dict(record)
    for name in _OWN:
        value = record.get(name)
        if value is None or (value == 0 and not isinstance(value, bool)):
            continue
        time = in_nanoseconds(value)
        if time is not None or not as_it_is:
            found[name] = checked(time, value, f"{where}: {name}", "nanoseconds")
    return found


def checked(time: int | None, value: Any, where: str, unit: str) -> int:
    """Return a time that a recording can have; raises ValueError, which names its place."""
    if time is None:
        raise ValueError(f"{where}: expected {unit} or an ISO 8601 time, got {_shown(value)}")
    if not 0 <= time <= LATEST:
        raise ValueError(f"{where}: expected a time from 1970 to 2262, got {_shown(value)}")
    return time


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _check_order(record: Mapping[str, Any], where: str) -> None:
    start, end = (record.get(name) for name in ("startTimeUnixNano", "endTimeUnixNano"))
    if isinstance(start, int) and isinstance(end, int) and start and 0 < end < start:
        raise ValueError(
            f"{where}: endTimeUnixNano: expected no time before startTimeUnixNano {start}, "
            f"got {end}"
        )


def end_of(record: Any) -> int:
    """Return the last moment of a record in nanoseconds, 0 when it has none."""
    if not isinstance(record, dict):
        return 0
    times = (record.get(name) for name in ("endTimeUnixNano", "timeUnixNano"))
    return next((time for time in times if isinstance(time, int) and time), 0)


def beginning_of(record: Any) -> int:
    """Return the first moment of a record in nanoseconds, 0 when it has none."""
    if not isinstance(record, dict):
        return 0
    events = record.get("events")
    parts = [record, *(events if isinstance(events, list) else [])]
    times = [part.get(name) for part in parts if isinstance(part, dict) for name in _OWN]
    return min((time for time in times if isinstance(time, int) and time), default=0)


def as_text(time: int) -> str:
    """Return nanoseconds since 1970 as a text that a person reads: day and time, in UTC."""
    return f"{datetime.fromtimestamp(time // 1_000_000_000, UTC):%Y-%m-%d %H:%M:%SZ}"


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
