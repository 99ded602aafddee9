"""The sessions that an evaluation covers, and the conversation of each.

A session is all spans of one service with the same `session.id`; a turn is one trace. Agents that
moved from split to unified delivery have spans of one session in both places, so records of all
groups are merged first
(https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-configure.html).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.aws_api.timestamps import moment
from local.services.agentcore.conversation import Session, SessionError
from local.services.agentcore.frameworks.generic import invocation
from local.services.agentcore.frameworks.registry import SUPPORTED_SCOPES, reader_of
from local.services.agentcore.records import EventRecord, Span
from local.services.agentcore.sources import SHARED_SPANS
from local.services.agentcore.traces import read_trace

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html
MAX_SESSIONS = 500
MAX_SPANS = 1_000
MAX_BYTES = 15 * 1024 * 1024


@dataclass
class SessionRecords:
    """The records of one session, before they are read."""

    id: str
    spans: list[Span] = field(default_factory=list[Span])
    events: dict[tuple[str, str], EventRecord] = field(
        default_factory=dict[tuple[str, str], EventRecord]
    )

    @property
    def start(self) -> int:
        return min((span.start for span in self.spans), default=0)

    @property
    def end(self) -> int:
        return max((span.end for span in self.spans), default=0)

    @property
    def group(self) -> str:
        """The agent's own group where the records lie in one, else the spans' shared group."""
        groups = {record.group for record in (*self.spans, *self.events.values())}
        return min(groups - {SHARED_SPANS}, default=SHARED_SPANS)


@dataclass(frozen=True)
class Selection:
    """The sessions to evaluate, oldest first, and how many more were found and left out."""

    sessions: tuple[SessionRecords, ...]
    ignored: int


def select(records: Iterable[Span | EventRecord], source: Mapping[str, Any]) -> Selection:
    """Apply a cloudWatchLogs data source's service name and filters to what its groups hold.

    Of more than 500 sessions the most recent are taken, by the end of their last span (AWS does not
    say by what).
    """
    found = _grouped(records, source["serviceNames"][0])
    filters = source.get("filterConfig") or {}
    wanted = filters.get("sessionIds")
    traces = {
        pair["sessionId"]: set(pair["traceIds"]) for pair in filters.get("sessionTraceIds") or []
    }
    if traces:
        found = {name: _only(found[name], kept) for name, kept in traces.items() if name in found}
    sessions = [
        session
        for session in found.values()
        # Nobody looks for a session that has event records alone; named, it is an error to report.
        if (session.spans or (session.id in (wanted or traces)))
        and (not wanted or session.id in wanted)
        and _in_window(session, filters.get("timeRange") or {})
    ]
    sessions.sort(key=lambda session: (session.end, session.id))
    ignored = max(0, len(sessions) - MAX_SESSIONS)
    return Selection(tuple(sessions[ignored:]), ignored)


def _grouped(records: Iterable[Span | EventRecord], service: str) -> dict[str, SessionRecords]:
    sessions: dict[str, SessionRecords] = {}
    spans: dict[tuple[str, str], Span] = {}
    events: dict[tuple[str, str], EventRecord] = {}
    for record in records:
        if record.service != service:
            continue
        place = (record.trace_id, record.span_id)
        if isinstance(record, Span):
            # The same span can lie in both places; the one that carries its text is the better one.
            if record.session_id and _better(record, spans.get(place)):
                spans[place] = record
        elif reader_of(record.scope):
            events[place] = record
    for place, span in spans.items():
        session = sessions.setdefault(str(span.session_id), SessionRecords(str(span.session_id)))
        session.spans.append(span)
        if place in events:
            session.events[place] = events.pop(place)
    for place, event in events.items():
        if event.session_id:
            session = sessions.setdefault(event.session_id, SessionRecords(event.session_id))
            session.events[place] = event
    return sessions


def _better(span: Span, other: Span | None) -> bool:
    return other is None or (bool(span.events), span.size) > (bool(other.events), other.size)


def _only(session: SessionRecords, traces: set[str]) -> SessionRecords:
    return SessionRecords(
        session.id,
        [span for span in session.spans if span.trace_id in traces],
        {place: event for place, event in session.events.items() if place[0] in traces},
    )


def _in_window(session: SessionRecords, window: Mapping[str, str]) -> bool:
    """Tell whether the session was created in the window: start inclusive, end exclusive."""
    begun = session.start / 1e9
    if window.get("startTime") and begun < moment(window["startTime"]):
        return False
    return not window.get("endTime") or begun < moment(window["endTime"])


def read(records: SessionRecords) -> Session:
    """Return the conversation of a session; raises SessionError where it cannot be read."""
    _check_readable(records)
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for span in sorted(records.spans, key=lambda span: (span.start, span.span_id)):
        spans[span.trace_id].append(span)
    traces = [read_trace(found, records.events) for found in spans.values()]
    if all(trace.empty for trace in traces):
        raise SessionError(
            "ValidationException",
            "Provided input has no spans to evaluate. Please ensure that spans provided in the "
            "request are valid and have model/tool/agent invocation details for the provided scope",
        )
    turns = [turn for trace in traces if (turn := trace.turn(records.events)) is not None]
    if not turns:
        named = ", ".join(sorted(spans))
        raise SessionError(
            "ValidationException", f"No agent invocation span was found in the traces {named}."
        )
    return Session(records.id, tuple(turns), records.end)


def _check_readable(records: SessionRecords) -> None:
    if not records.spans:
        raise SessionError(
            "ValidationException",
            f"Provided input contains {len(records.events)} log event(s) but no span documents. "
            "Log events alone cannot be evaluated",
        )
    if not any(reader_of(span.scope) or invocation(span) for span in records.spans):
        found = sorted({span.scope for span in records.spans})
        # The service names the frameworks' own scopes only; which were found is our addition.
        raise SessionError(
            "ValidationException",
            "Provided input has no spans with supported scope. Currently supported scopes are "
            f"{list(SUPPORTED_SCOPES)}; found {found}",
        )
    if len(records.spans) > MAX_SPANS:
        raise SessionError(
            "ValidationException",
            f"The session has {len(records.spans)} spans; the limit is {MAX_SPANS}.",
        )
    size = sum(record.size for record in (*records.spans, *records.events.values()))
    if size > MAX_BYTES:
        raise SessionError(
            "ValidationException", f"The session has {size} bytes; the limit is {MAX_BYTES}."
        )
