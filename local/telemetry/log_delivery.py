"""Puts recorded agent telemetry into CloudWatch Logs groups, as running agents would.

The samples beside this module were recorded from a real Strands agent, in both deliveries
(https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-configure.html); what
other recordings may be is said in `recordings`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.services.agentcore.destination import EVENT_OVERHEAD, MAX_BATCH_BYTES, made, write
from local.services.agentcore.sources import SHARED_SPANS
from local.telemetry.record_times import as_text, beginning_of, end_of, moved
from local.telemetry.recordings import LogEvent, read_file

SAMPLES = Path(__file__).parents[1] / "sessions"
SAMPLE_FILES = ("split-spans.jsonl", "split-events.jsonl", "unified-spans.jsonl")
DEFECT_FILE = "defects.jsonl"
GROUND_TRUTH_FILE = "ground-truth.json"

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html: events
# that are older are dropped.
OLDEST_DAYS = 14
# Seconds between the end of the last loaded record and the present.
REST = 60

_MILLISECOND = 1_000_000
# Where unified delivery leaves the text on a span.
_TEXTS = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.task.input",
    "gen_ai.task.output",
    "input.value",
    "llm.input_messages.0.message.content",
    "output.value",
    "traceloop.entity.input",
    "traceloop.entity.output",
)


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
    event: LogEvent

    @property
    def record(self) -> Any:
        return self.event.record

    @property
    def end(self) -> int:
        """The last moment of the record, else the log event's time, in nanoseconds, 0 for none."""
        return end_of(self.record) or self.event.time or 0


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
    with file and line for what is no record or too large, for a record that the recording's last
    one leaves too far behind, and for a file that has none. Nothing is loaded then.
    """
    files = [(path, list(read_file(path))) for path in paths]
    split = {_ids(one.record) for _, events in files for one in events if _has_body(one.record)}
    lines: list[_Line] = []
    for path, events in files:
        named = (_resource(event.record).get("aws.log.group.names") for event in events)
        agent_group = log_group or next((name for name in named if isinstance(name, str)), None)
        found = [_placed(event, log_group, agent_group, split) for event in events]
        if not found:
            raise ValueError(f"{path.name}: expected at least one record, found none")
        lines += found
    last = max(lines, key=lambda line: line.end, default=None)
    shift = _shift(last.end if last else 0, now)
    streams: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    sessions: defaultdict[str, set[str]] = defaultdict(set)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        _check_age(line, last, shift, now)
        streams[line.group, line.stream].append(_event(line, shift, now))
        service = _resource(line.record).get("service.name")
        if isinstance(service, str) and service:
            groups[service].add(line.group)
            session = _object(line.record, "attributes").get("session.id")
            sessions[service].update([session] if isinstance(session, str) else [])
    for (group, stream), events in streams.items():
        made(logs.create_log_group, logGroupName=group)
        write(logs, group, stream, sorted(events, key=lambda event: event["timestamp"]))
    return Loaded(
        {place: len(events) for place, events in streams.items()},
        {service: tuple(sorted(found)) for service, found in sessions.items()},
        {
            service: tuple(sorted(found - {SHARED_SPANS})) or (SHARED_SPANS,)
            for service, found in groups.items()
        },
    )


def _placed(
    event: LogEvent, log_group: str | None, agent_group: str | None, split: set[Any]
) -> _Line:
    """Return a log event with the group and stream that it lies in.

    agent_group: where the other lines of an agent's log lie, those that are no telemetry.
    split: the ids of the spans whose text lies in event records.
    """
    if event.group and event.stream:
        return _Line(event.group, event.stream, event)
    record = event.record
    if isinstance(record, dict) and ("startTimeUnixNano" in record or "body" in record):
        group, stream = _delivery(record, event.group or log_group, split)
    elif event.time is None and event.stream is None and isinstance(record, dict):
        raise ValueError(
            f"{event.where}: expected a span or an event record, got {sorted(map(str, record))}"
        )
    else:
        group, stream = event.group or agent_group, "runtime-logs"
    if not group:
        raise ValueError(
            f"{event.where}: expected resource attribute aws.log.group.names, or --log-group GROUP"
        )
    return _Line(group, event.stream or stream, event)


def _delivery(
    record: Mapping[str, Any], log_group: str | None, split: set[Any]
) -> tuple[str | None, str]:
    """Return the group and stream in which AgentCore delivers a record."""
    is_span = not _has_body(record)
    if is_span and (_ids(record) in split or not _carries_text(record)):
        return SHARED_SPANS, "default"
    resource = _resource(record)
    group, stream = (resource.get(f"aws.log.{kind}.names") for kind in ("group", "stream"))
    event_stream = stream if isinstance(stream, str) and stream else "otel-rt-logs"
    return log_group or (group if isinstance(group, str) else None), (
        "spans" if is_span else event_stream
    )


def _has_body(record: Any) -> bool:
    return isinstance(record, dict) and "body" in record


def _ids(record: Mapping[str, Any]) -> tuple[str, str]:
    return str(record.get("traceId")), str(record.get("spanId"))


def _carries_text(span: Mapping[str, Any]) -> bool:
    """Tell whether a span holds the conversation itself, as in unified delivery alone."""
    events = span.get("events")
    names = [one.get("name") for one in events or [] if isinstance(one, dict)]
    attributes = _object(span, "attributes")
    return any(str(name).startswith("gen_ai.") for name in names) or any(
        name in attributes for name in _TEXTS
    )


def _resource(record: Any) -> Mapping[str, Any]:
    return _object(_object(record, "resource"), "attributes")


def _object(parent: Any, name: str) -> Mapping[str, Any]:
    value = parent.get(name) if isinstance(parent, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _shift(last: int, now: float) -> int:
    """Return the nanoseconds to add, whole milliseconds so that log timestamps move exactly."""
    wanted = round((now - REST) * 1000) * _MILLISECOND
    return (wanted - last) // _MILLISECOND * _MILLISECOND if last else 0


def _check_age(line: _Line, last: _Line | None, shift: int, now: float) -> None:
    """Refuse what CloudWatch Logs drops, and a time that the move puts before 1970."""
    too_old = line.end and line.end + shift < (now - OLDEST_DAYS * 86_400) * 1e9
    first = beginning_of(line.record)
    if last and (too_old or (first and first + shift < 0)):
        raise ValueError(
            f"{line.event.where}: expected a record within {OLDEST_DAYS} days of the recording's "
            f"last, which ends {as_text(last.end)} ({last.event.where}), got one that "
            + (f"ends {as_text(line.end)}" if too_old else f"starts {as_text(first)}")
        )


def _event(line: _Line, shift: int, now: float) -> dict[str, Any]:
    timestamp = (line.end + shift) // _MILLISECOND if line.end else round((now - REST) * 1000)
    message = line.record
    if not isinstance(message, str):
        message = json.dumps(moved(message, shift), ensure_ascii=False, separators=(",", ":"))
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html:
    # a batch of one must fit too.
    size = len(message.encode()) + EVENT_OVERHEAD
    if size > MAX_BATCH_BYTES:
        raise ValueError(
            f"{line.event.where}: expected an event of at most {MAX_BATCH_BYTES:,} bytes "
            f"({EVENT_OVERHEAD} of them CloudWatch's own), got {size:,}"
        )
    return {"timestamp": timestamp, "message": message}
