"""Puts recorded agent telemetry into CloudWatch Logs groups, as running agents would.

The samples beside this module were recorded from a real Strands agent, in both deliveries
(https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-configure.html). A
recording of your own is a file of JSON lines: spans and event records as they stand in the log
groups, or envelopes `{"logGroupName", "logStreamName", "message"}` around them.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local.evaluation.destination import made, write
from local.evaluation.sources import SHARED_SPANS

SAMPLES = Path(__file__).parent / "sessions"
SAMPLE_FILES = ("split-spans.jsonl", "split-events.jsonl", "unified-spans.jsonl")
DEFECT_FILE = "defects.jsonl"
GROUND_TRUTH_FILE = "ground-truth.json"

# Seconds between the end of the last loaded record and the present.
REST = 60

_MILLISECOND = 1_000_000
_ENVELOPE = ("logGroupName", "logStreamName", "message")


@dataclass(frozen=True)
class Loaded:
    """What was loaded: events by (group, stream), and by service name its sessions and groups."""

    events: Mapping[tuple[str, str], int]
    sessions: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Line:
    group: str
    stream: str
    record: Any

    @property
    def end(self) -> int:
        """The last moment of the record in nanoseconds, 0 when it has none."""
        if not isinstance(self.record, dict):
            return 0
        times = (self.record.get(name) for name in ("endTimeUnixNano", "timeUnixNano"))
        return next((time for time in times if isinstance(time, int) and time), 0)


def load_samples(logs: Any, now: float, *, defects: bool = False) -> Loaded:
    """Load the twelve sample scenarios so that they lie shortly before `now`.

    logs: a boto3 client of CloudWatch Logs; groups and streams are made as needed.
    defects: load the broken records too, each of which is a session that fails or is not found.
    """
    names = (*SAMPLE_FILES, *((DEFECT_FILE,) if defects else ()))
    return load_files(logs, [SAMPLES / name for name in names], now)


def sample_ground_truth() -> dict[str, Any]:
    """Return the evaluationMetadata that belongs to the samples."""
    return json.loads((SAMPLES / GROUND_TRUTH_FILE).read_text())


def load_files(
    logs: Any, paths: Iterable[Path], now: float, *, log_group: str | None = None
) -> Loaded:
    """Load recordings, moved in time together so that the last record ends shortly before `now`.

    log_group: the agent's group, for records whose resource does not name it. Raises ValueError
    with file and line for what is no record, and for a file that has none. CloudWatch Logs drops
    events older than 14 days, so a recording that is longer loses its beginning; that is a
    RuntimeError.
    """
    lines: list[_Line] = []
    for path in paths:
        found = list(_lines(path, log_group))
        if not found:
            raise ValueError(f"{path.name}: expected at least one record, found none")
        lines += found
    shift = _shift(lines, now)
    streams: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    sessions: defaultdict[str, set[str]] = defaultdict(set)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        streams[line.group, line.stream].append(_event(line, shift, now))
        if service := _resource(line.record).get("service.name"):
            groups[service].add(line.group)
            session = (line.record.get("attributes") or {}).get("session.id")
            sessions[service].update([session] if session else [])
    for (group, stream), events in streams.items():
        made(logs.create_log_group, logGroupName=group)
        write(logs, group, stream, sorted(events, key=lambda event: event["timestamp"]))
    return Loaded(
        {place: len(events) for place, events in streams.items()},
        {service: tuple(sorted(found)) for service, found in sessions.items()},
        {service: tuple(sorted(found - {SHARED_SPANS})) for service, found in groups.items()},
    )


def _lines(path: Path, log_group: str | None) -> Iterator[_Line]:
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not text.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{where}: expected a JSON object: {error}") from error
        if not isinstance(record, dict):
            raise ValueError(  # noqa: TRY004 -- the file is wrong, not an argument's type
                f"{where}: expected a JSON object, got {text[:40]}"
            )
        if "message" in record and "logGroupName" in record:
            group, stream, message = (
                record.get(name) for name in ("logGroupName", "logStreamName", "message")
            )
            for name, value in zip(_ENVELOPE, (group, stream, message), strict=True):
                if not isinstance(value, str):
                    raise ValueError(f"{where}: {name}: expected text, got {value!r}")  # noqa: TRY004
            yield _Line(str(group), str(stream), _inner(str(message)))
        else:
            _check_record(record, where)
            group, stream = _place(record, log_group, where)
            yield _Line(group, stream, record)


def _check_record(record: Mapping[str, Any], where: str) -> None:
    """Raise ValueError for a record whose members are not of the kind that is read here."""
    resource = record.get("resource") or {}
    of_objects = {"resource": resource, "attributes": record.get("attributes") or {}}
    if isinstance(resource, dict):
        of_objects["resource.attributes"] = resource.get("attributes") or {}
    for name, value in of_objects.items():
        if not isinstance(value, dict):
            raise ValueError(f"{where}: {name}: expected an object, got {value!r}")  # noqa: TRY004
    events = record.get("events") or []
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise ValueError(f"{where}: events: expected a list of objects")
    for name in ("startTimeUnixNano", "endTimeUnixNano", "timeUnixNano"):
        value = record.get(name) or 0
        if not isinstance(value, int):
            raise ValueError(f"{where}: {name}: expected nanoseconds, got {value!r}")  # noqa: TRY004


def _inner(message: str) -> Any:
    try:
        return json.loads(message)
    except ValueError:
        return message


def _place(record: Mapping[str, Any], log_group: str | None, where: str) -> tuple[str, str]:
    """Return the group and stream in which AgentCore delivers a record."""
    is_span = "startTimeUnixNano" in record
    if not is_span and "body" not in record:
        raise ValueError(f"{where}: expected a span or an event record, got {sorted(record)}")
    # Only unified delivery leaves the conversation on the span.
    carries_text = any(
        str(event.get("name")).startswith("gen_ai.") for event in record.get("events") or []
    )
    if is_span and not carries_text:
        return SHARED_SPANS, "default"
    resource = _resource(record)
    group = log_group or resource.get("aws.log.group.names")
    if not group:
        raise ValueError(f"{where}: expected resource attribute aws.log.group.names, or log_group")
    return group, "spans" if is_span else resource.get("aws.log.stream.names", "otel-rt-logs")


def _resource(record: Any) -> Mapping[str, Any]:
    resource = record.get("resource") if isinstance(record, dict) else None
    return (resource or {}).get("attributes") or {}


def _shift(lines: Iterable[_Line], now: float) -> int:
    """Return the nanoseconds to add, whole milliseconds so that log timestamps move exactly."""
    last = max((line.end for line in lines), default=0)
    wanted = round((now - REST) * 1000) * _MILLISECOND
    return (wanted - last) // _MILLISECOND * _MILLISECOND if last else 0


def _event(line: _Line, shift: int, now: float) -> dict[str, Any]:
    if isinstance(line.record, str):
        return {"timestamp": round((now - REST) * 1000), "message": line.record}
    moved = _moved(line.record, shift)
    timestamp = (line.end + shift) // _MILLISECOND if line.end else round((now - REST) * 1000)
    message = json.dumps(moved, ensure_ascii=False, separators=(",", ":"))
    return {"timestamp": timestamp, "message": message}


def _moved(value: Any, shift: int) -> Any:
    """Return a record with every time in it moved; 0 means that a time was not set."""
    if isinstance(value, list):
        return [_moved(member, shift) for member in value]
    if not isinstance(value, dict):
        return value
    return {name: _moved_member(name, member, shift) for name, member in value.items()}


def _moved_member(name: str, value: Any, shift: int) -> Any:
    if name.endswith("UnixNano") and isinstance(value, int) and value:
        return value + shift
    if name in ("gen_ai.event.start_time", "gen_ai.event.end_time") and isinstance(value, str):
        try:
            moved = datetime.fromisoformat(value) + timedelta(microseconds=shift // 1000)
        except (ValueError, OverflowError):
            return value
        return moved.isoformat(timespec="microseconds")
    return _moved(value, shift)
