"""Spans and event records of agents, as they lie in log events' messages.

OpenTelemetry records in the form that AgentCore Observability delivers
(https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-telemetry.html): one
JSON object a log event. Agents' groups also hold plain text, ordinary log records and transport
spans, so whatever is not such a record is passed over.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Span:
    """One span; times are nanoseconds since the epoch and stay integers (they exceed 2**53)."""

    group: str
    service: str
    scope: str
    trace_id: str
    span_id: str
    name: str
    session_id: str | None
    start: int
    end: int
    attributes: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]
    failed: bool
    size: int


@dataclass(frozen=True)
class EventRecord:
    """The conversation text of one span, in split delivery; joined by trace and span id."""

    group: str
    service: str
    scope: str
    trace_id: str
    span_id: str
    session_id: str | None
    body: Any
    size: int


def parse(message: str, group: str) -> Span | EventRecord | None:
    """Return the record that a log event holds, None when it holds none."""
    try:
        record = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    scope = _text(_object(record, "scope"), "name")
    trace_id, span_id = _text(record, "traceId"), _text(record, "spanId")
    if not scope or not trace_id or not span_id:
        return None
    attributes = _object(record, "attributes")
    service = _text(_object(_object(record, "resource"), "attributes"), "service.name") or ""
    session_id = _text(attributes, "session.id")
    if "body" in record:
        return EventRecord(
            group, service, scope, trace_id, span_id, session_id, record["body"], len(message)
        )
    name, start, end = _text(record, "name"), _time(record, "start"), _time(record, "end")
    if not name or start is None or end is None:
        return None
    events = record.get("events")
    return Span(
        group,
        service,
        scope,
        trace_id,
        span_id,
        name,
        session_id,
        start,
        end,
        attributes,
        tuple(event for event in events if isinstance(event, dict))
        if isinstance(events, list)
        else (),
        _object(record, "status").get("code") == "ERROR",
        len(message),
    )


def _object(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _text(parent: Mapping[str, Any], name: str) -> str | None:
    value = parent.get(name)
    return value if isinstance(value, str) and value else None


def _time(record: Mapping[str, Any], which: str) -> int | None:
    value = record.get(f"{which}TimeUnixNano")
    # OTLP's own JSON writes 64-bit integers as strings; the delivered records as numbers.
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
