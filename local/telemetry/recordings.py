"""The forms in which telemetry is handed out, read as log events: one function a form.

| form | made by |
|---|---|
| spans and event records | the messages of an agent's log groups, one a line |
| `{logStreamName, timestamp, message}`, also with logGroupName | one event of the next, a line |
| `{events: [{message, …}]}` | `aws logs filter-log-events`, `aws logs get-log-events` |
| `{results: [[{field, value}]]}` | `aws logs get-query-results` |
| `{resourceSpans}`, `{resourceLogs}` | an OpenTelemetry collector's file exporter |

A file holds one document, or one a line.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.telemetry import otlp
from local.telemetry.record_times import checked, in_nanoseconds, with_times

_ENVELOPE = ("logGroupName", "logStreamName", "message")


@dataclass(frozen=True)
class LogEvent:
    """One log event: a record or plain text, and of its place and time what the form says.

    where: file and line, and the member of a list, for messages; time in nanoseconds.
    """

    where: str
    record: Any
    group: str | None = None
    stream: str | None = None
    time: int | None = None


def read_file(path: Path) -> Iterator[LogEvent]:
    """Yield the log events of a file; raises ValueError that names file, line and member."""
    for where, document in _documents(path):
        yield from _events(document, where)


def _documents(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the documents of a file: one a line, or where its first line is none, the whole."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ValueError(f"{path.name}:{line}: expected a text file in UTF-8: {error}") from error
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > 1 and _parsed(lines[0][1]) is None:
        whole = _parsed(text)
        if whole is not None:
            yield path.name, _of_whole_characters(whole, path.name)
            return
    for number, line in lines:
        where = f"{path.name}:{number}"
        try:
            document = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{where}: expected a JSON object: {error}") from error
        yield where, _of_whole_characters(document, where)


def _of_whole_characters(document: Any, where: str) -> Any:
    """JSON can name one half of a character alone, which no log event can hold."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{where}: expected whole characters: {error}") from error
    return document


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _events(document: Any, where: str) -> Iterator[LogEvent]:
    """Yield the log events of one document, by the form that its members show."""
    if isinstance(document, list) and document:
        if all(_is_row(row) for row in document):
            yield from _query_results({"results": document}, where)
            return
        if all(isinstance(one, dict) for one in document):
            for number, one in enumerate(document):
                yield from _events(one, f"{where}: [{number}]")
            return
    if not isinstance(document, dict):
        shown = json.dumps(document)[:40]
        raise ValueError(f"{where}: expected a JSON object, got {shown}")  # noqa: TRY004
    if any(name in document for name in ("resourceSpans", "resourceLogs", "resourceMetrics")):
        yield from _otlp(document, where)
    elif _is_listing(document):
        yield from _listed_events(document, where)
    elif isinstance(document.get("results"), list):
        yield from _query_results(document, where)
    elif "message" in document:
        yield _log_event(document, where)
    else:
        yield _record(document, where)


def _is_listing(document: Mapping[str, Any]) -> bool:
    """Tell an answer that lists log events from a span, whose `events` are its own."""
    events = document.get("events")
    return (
        isinstance(events, list)
        and "traceId" not in document
        and (
            any(name in document for name in ("searchedLogStreams", "nextForwardToken"))
            or (bool(events) and all(isinstance(one, dict) and "message" in one for one in events))
        )
    )


def _is_row(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(cell, dict) and "field" in cell for cell in value)
    )


def _record(document: Mapping[str, Any], where: str) -> LogEvent:
    """Read a span or event record as it stands in a log event's message."""
    _check_record(document, where)
    return LogEvent(where, with_times(document, where))


def _log_event(document: Mapping[str, Any], where: str) -> LogEvent:
    """Read one log event with its message, and of its place and time what it says."""
    values = {name: document.get(name) for name in _ENVELOPE}
    needed = _ENVELOPE if "logGroupName" in document else ("message",)
    for name, value in values.items():
        if not isinstance(value, str) and (value is not None or name in needed):
            raise ValueError(f"{where}: {name}: expected text, got {value!r}")
    time = document.get("timestamp")
    return LogEvent(
        where,
        _inner(str(values["message"]), f"{where}: message"),
        values["logGroupName"],
        values["logStreamName"],
        None if time is None else _log_time(time, f"{where}: timestamp"),
    )


def _listed_events(document: Mapping[str, Any], where: str) -> Iterator[LogEvent]:
    """Read the answer of FilterLogEvents or GetLogEvents, which name no log group."""
    for number, event in enumerate(document["events"]):
        inside = f"{where}: events[{number}]"
        if not isinstance(event, dict):
            raise ValueError(f"{inside}: expected an object, got {event!r}")  # noqa: TRY004
        yield _log_event(event, inside)


def _query_results(document: Mapping[str, Any], where: str) -> Iterator[LogEvent]:
    """Read the answer of GetQueryResults: rows of field and value, of which @message is needed."""
    status = document.get("status", "Complete")
    if status != "Complete":
        raise ValueError(f"{where}: status: expected Complete, got {status!r}: ask again later")
    for number, row in enumerate(document["results"]):
        inside = f"{where}: results[{number}]"
        if not _is_row(row):
            raise ValueError(f"{inside}: expected a list of fields and values, got {row!r}")
        cells = {cell["field"]: cell.get("value") for cell in row}
        if not isinstance(cells.get("@message"), str):
            raise ValueError(  # noqa: TRY004 -- the file is wrong, not an argument's type
                f"{inside}: expected the field @message, got {sorted(map(str, cells))}; "
                "query: fields @timestamp, @message, @logStream, @log"
            )
        # @log is the account and the group, as in 111122223333:/aws/spans.
        group = str(cells["@log"]).partition(":")[2] if cells.get("@log") else None
        time = cells.get("@timestamp")
        yield LogEvent(
            inside,
            _inner(cells["@message"], f"{inside}: @message"),
            group or None,
            cells.get("@logStream"),
            None if time is None else _log_time(time, f"{inside}: @timestamp"),
        )


def _otlp(document: Mapping[str, Any], where: str) -> Iterator[LogEvent]:
    """Read OTLP's JSON: spans and log records; metrics hold no sessions and are passed over."""
    try:
        records = [*otlp.spans(document), *otlp.log_records(document)]
    except otlp.OtlpError as error:
        raise ValueError(f"{where}: {error}") from error
    for number, record in enumerate(records):
        inside = f"{where}: record {number + 1}" if len(records) > 1 else where
        yield _record(record, inside)


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


def _inner(message: str, where: str) -> Any:
    """Return the record of a message, whose times may be text; else the message itself."""
    record = _parsed(message)
    return message if record is None else with_times(record, where, as_it_is=True)


def _log_time(value: Any, where: str) -> int:
    """Return a log event's time, milliseconds or text, in nanoseconds."""
    time = in_nanoseconds(value)
    if isinstance(value, int) or (isinstance(value, str) and value.lstrip("-").isdecimal()):
        time = None if time is None else time * 1_000_000
    return checked(time, value, where, "milliseconds")
