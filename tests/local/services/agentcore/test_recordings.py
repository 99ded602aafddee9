"""Recordings in every form in which AWS and OpenTelemetry hand telemetry out."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.telemetry.log_delivery import load_files
from local.telemetry.record_times import in_nanoseconds
from local.telemetry.recordings import read_file

RECORDINGS = Path(__file__).parent / "recordings"
SPLIT = RECORDINGS / "langgraph-opentelemetry-split.jsonl"
RECORDS = [json.loads(line) for line in SPLIT.read_text().splitlines()]
GROUP = RECORDS[0]["resource"]["attributes"]["aws.log.group.names"]
ACCOUNT = "111122223333"


def milliseconds(record: dict[str, Any]) -> int:
    return (record.get("endTimeUnixNano") or record["timeUnixNano"]) // 1_000_000


def place(record: dict[str, Any]) -> tuple[str, str]:
    return (GROUP, "otel-rt-logs") if "body" in record else ("aws/spans", "default")


def log_event(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "logStreamName": place(record)[1],
        "timestamp": milliseconds(record),
        "message": json.dumps(record),
    }


def filtered(records: list[dict[str, Any]]) -> str:
    """The answer of `aws logs filter-log-events`, as the CLI prints it."""
    events = [{**log_event(one), "ingestionTime": 1, "eventId": "1"} for one in records]
    return json.dumps({"events": events, "searchedLogStreams": []}, indent=4)


def got(records: list[dict[str, Any]]) -> str:
    """The answer of `aws logs get-log-events`, whose events have no stream."""
    events = [
        {"timestamp": milliseconds(one), "message": json.dumps(one), "ingestionTime": 1}
        for one in records
    ]
    return json.dumps({"events": events, "nextForwardToken": "f/1"}, indent=4)


def rows(records: list[dict[str, Any]]) -> list[list[dict[str, str]]]:
    def moment(record: dict[str, Any]) -> str:
        at = datetime.fromtimestamp(milliseconds(record) / 1000, UTC)
        return at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]

    cells = [
        {
            "@timestamp": moment(one),
            "@message": json.dumps(one),
            "@logStream": place(one)[1],
            "@log": f"{ACCOUNT}:{place(one)[0]}",
            "@ptr": "p",
        }
        for one in records
    ]
    return [[{"field": name, "value": row[name]} for name in row] for row in cells]


def value_of(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [value_of(one) for one in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": attributes_of(value)}}
    return {"stringValue": value}


def attributes_of(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": value_of(value)} for name, value in values.items()]


def otlp(record: dict[str, Any]) -> dict[str, Any]:
    """One record as a collector's file exporter writes it."""
    resource = {"attributes": attributes_of(record["resource"]["attributes"])}
    own = {name: record[name] for name in ("traceId", "spanId", "name") if name in record}
    own["attributes"] = attributes_of(record["attributes"])
    own |= {name: str(value) for name, value in record.items() if name.endswith("UnixNano")}
    if "body" in record:
        own["body"] = value_of(record["body"])
        scopes = [{"scope": record["scope"], "logRecords": [own]}]
        return {"resourceLogs": [{"resource": resource, "scopeLogs": scopes}]}
    own |= {"kind": 1, "status": {"code": 2} if record["status"]["code"] == "ERROR" else {}}
    scopes = [{"scope": record["scope"], "spans": [own]}]
    return {"resourceSpans": [{"resource": resource, "scopeSpans": scopes}]}


def with_iso_times(record: dict[str, Any]) -> dict[str, Any]:
    def text(nanoseconds: int) -> str:
        seconds, rest = divmod(nanoseconds, 10**9)
        at = datetime.fromtimestamp(seconds, UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{rest:09}Z"

    return record | {
        name: text(value) for name, value in record.items() if name.endswith("UnixNano")
    }


def lines(make: Callable[[dict[str, Any]], Any]) -> str:
    return "".join(f"{json.dumps(make(record))}\n" for record in RECORDS)


FORMS = {
    "records a line": lambda: lines(lambda record: record),
    "records as a list": lambda: json.dumps(RECORDS, indent=1),
    "times as texts of digits": lambda: lines(
        lambda record: (
            record | {name: str(one) for name, one in record.items() if name.endswith("UnixNano")}
        )
    ),
    "times in ISO 8601": lambda: lines(with_iso_times),
    "log events a line": lambda: lines(log_event),
    "log events a line, with their groups": lambda: lines(
        lambda record: {"logGroupName": place(record)[0], **log_event(record)}
    ),
    "log events with times as text": lambda: lines(
        lambda record: {**log_event(record), "timestamp": "2026-06-01T10:00:00.000Z"}
    ),
    "FilterLogEvents": lambda: filtered(RECORDS),
    "FilterLogEvents on one line": lambda: json.dumps(json.loads(filtered(RECORDS))),
    "GetLogEvents": lambda: got(RECORDS),
    "GetQueryResults": lambda: json.dumps(
        {"results": rows(RECORDS), "statistics": {}, "status": "Complete"}, indent=4
    ),
    "rows of a query": lambda: json.dumps(rows(RECORDS)),
    "OTLP a line": lambda: lines(otlp) + '{"resourceMetrics": []}\n',
    "OTLP as a list": lambda: json.dumps([otlp(record) for record in RECORDS], indent=2),
}


@pytest.mark.parametrize("text", [make() for make in FORMS.values()], ids=FORMS.keys())
def test_a_recording_of_each_form_is_evaluated(
    logs: Any, world: Any, tmp_path: Path, finished: Any, text: str
) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text)
    loaded = load_files(logs, [path], world.clock.now())
    spans = sum("body" not in record for record in RECORDS)
    assert loaded.events == {
        ("aws/spans", "default"): spans,
        (GROUP, "otel-rt-logs"): len(RECORDS) - spans,
    }
    [(service, groups)] = loaded.groups.items()
    answer = finished(source={"serviceNames": [service], "logGroupNames": list(groups)})
    assert answer["status"] == "COMPLETED"
    assert answer["evaluationResults"]["numberOfSessionsCompleted"] == 1


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_a_recording_of_each_framework_is_evaluated(
    logs: Any, world: Any, finished: Any, path: Path
) -> None:
    loaded = load_files(logs, [path], world.clock.now())
    [(service, groups)] = loaded.groups.items()
    answer = finished(source={"serviceNames": [service], "logGroupNames": list(groups)})
    results = answer["evaluationResults"]
    assert (answer["status"], results["numberOfSessionsCompleted"]) == ("COMPLETED", 1)
    assert results["numberOfSessionsFailed"] == 0


def test_a_recording_with_the_text_on_the_spans_is_evaluated(
    logs: Any, world: Any, finished: Any, events: Any
) -> None:
    loaded = load_files(
        logs, [RECORDINGS / "langgraph-openinference-unified.jsonl"], world.clock.now()
    )
    [(service, groups)] = loaded.groups.items()
    answer = finished(
        source={"serviceNames": [service], "logGroupNames": list(groups)},
        evaluators=[
            {"evaluatorId": "Builtin.Helpfulness"},
            {"evaluatorId": "Builtin.ToolSelectionAccuracy"},
        ],
    )
    assert answer["status"] == "COMPLETED"
    assert [event["attributes"].get("gen_ai.evaluation.name") for event in events(answer)] == [
        "Builtin.Helpfulness",
        "Builtin.ToolSelectionAccuracy",
    ]


def test_otlp_keeps_types_ids_and_nanoseconds(tmp_path: Path) -> None:
    record = RECORDS[1] | {
        "attributes": {"a": [1, "b"], "c": {"d": 1.5}, "e": True, "session.id": "s"},
        "status": {"code": "ERROR"},
    }
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(otlp(record)))
    [event] = read_file(path)
    for name in ("traceId", "spanId", "startTimeUnixNano", "attributes", "scope", "status"):
        assert event.record[name] == record[name]
    assert event.record["kind"] == "INTERNAL"


def test_other_lines_of_an_agents_log_are_loaded_beside_its_records(
    logs: Any, world: Any, tmp_path: Path
) -> None:
    noise = [
        {"logStreamName": "runtime-logs", "timestamp": milliseconds(RECORDS[0]), "message": text}
        for text in ("Application startup complete.", '{"level": "info"}', "[1, 2]", "7")
    ]
    events = [*noise, *(log_event(record) for record in RECORDS)]
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"events": events}))
    loaded = load_files(logs, [path], world.clock.now())
    assert loaded.events[GROUP, "runtime-logs"] == len(noise)


@pytest.mark.parametrize(
    "message",
    [
        '{"startTimeUnixNano": 1, "resource": "x"}',
        '{"startTimeUnixNano": 1, "resource": {"attributes": ["x"]}, "attributes": 7}',
        '{"startTimeUnixNano": true, "events": [5], "attributes": {"session.id": 5}}',
        '{"body": 1, "timeUnixNano": "soon"}',
    ],
)
def test_a_broken_record_in_a_log_event_is_loaded_as_it_is(
    logs: Any, world: Any, tmp_path: Path, message: str
) -> None:
    """An agent's group may hold anything; evaluations pass it over."""
    path = tmp_path / "mine.json"
    event = {"logGroupName": "/g", "logStreamName": "s", "message": message}
    path.write_text(json.dumps(event))
    assert load_files(logs, [path], world.clock.now()).events == {("/g", "s"): 1}


LARGE = 1_048_576


@pytest.mark.parametrize(("surplus", "fits"), [(0, True), (1, False)])
def test_an_event_over_the_limit_of_cloudwatch_is_named(
    logs: Any, world: Any, tmp_path: Path, surplus: int, fits: bool
) -> None:
    record = {
        "body": {"input": {}},
        "timeUnixNano": RECORDS[0]["endTimeUnixNano"],
        "resource": {"attributes": {"aws.log.group.names": "/g"}},
        "text": "",
    }
    compact = json.dumps(record, separators=(",", ":"))
    record["text"] = "x" * (LARGE - 26 - len(compact) + surplus)
    path = tmp_path / "mine.jsonl"
    path.write_text(f"{json.dumps(RECORDS[0])}\n{json.dumps(record)}\n")
    if fits:
        assert load_files(logs, [path], world.clock.now()).events["/g", "otel-rt-logs"] == 1
        return
    told = r"mine\.jsonl:2: expected an event of at most 1,048,576 bytes .*, got 1,048,577"
    with pytest.raises(ValueError, match=told):
        load_files(logs, [path], world.clock.now())
    # Nothing was loaded, so that a second try does not load the rest twice.
    assert logs.describe_log_groups()["logGroups"] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"events": [{"message": 5}]}', "mine.json:1: events[0]: message: expected text, got 5"),
        ('{"events": [5], "nextForwardToken": ""}', "events[0]: expected an object, got 5"),
        (
            '{"events": [{"message": "m", "timestamp": "soon"}]}',
            "timestamp: expected milliseconds or an ISO 8601 time, got 'soon'",
        ),
        (
            '{"events": [{"message": "m", "timestamp": 1}]}',
            "expected resource attribute aws.log.group.names, or --log-group GROUP",
        ),
        ('{"events": [], "searchedLogStreams": []}', "expected at least one record, found none"),
        ('{"results": [], "status": "Running"}', "status: expected Complete, got 'Running'"),
        ('{"results": [5]}', "results[0]: expected a list of fields and values, got 5"),
        (
            '{"results": [[{"field": "@timestamp", "value": "x"}]]}',
            "results[0]: expected the field @message, got ['@timestamp']",
        ),
        ('{"resourceSpans": 5}', "resourceSpans: expected a list of objects, got 5"),
        (
            '{"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": {"a": 1}}]}]}]}',
            "attributes: expected a list of objects, got {'a': 1}",
        ),
        (
            '{"resourceSpans": [{"resource": {"attributes": [{"key": "a"}]}, "scopeSpans": []}]}',
            None,
        ),
        (
            '{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"intValue": "x"}}]}]}]}',
            "body: expected an integer, got x",
        ),
        (
            '{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"strValue": "x"}}]}]}]}',
            "body: expected a typed value, got {'strValue': 'x'}",
        ),
        ('[{"startTimeUnixNano": "x"}]', "mine.json:1: [0]: startTimeUnixNano: expected nano"),
        ("[[1]]", "mine.json:1: expected a JSON object, got [[1]]"),
        ('{\n"events": [\n', "mine.json:1: expected a JSON object"),
        ('{"startTimeUnixNano": 1.5}', "startTimeUnixNano: expected nanoseconds"),
        ('{"startTimeUnixNano": ""}', "startTimeUnixNano: expected nanoseconds"),
        ('{"startTimeUnixNano": false}', "startTimeUnixNano: expected nanoseconds"),
        ('{"startTimeUnixNano": -1}', "mine.json:1: startTimeUnixNano: expected a time from 1970"),
        ('{"startTimeUnixNano": "-5"}', "startTimeUnixNano: expected a time from 1970 to 2262"),
        (f'{{"endTimeUnixNano": {10**40}}}', "endTimeUnixNano: expected a time from 1970 to 2262"),
        ('{"timeUnixNano": 9223372036854775808, "body": {}}', "timeUnixNano: expected a time from"),
        ('{"startTimeUnixNano": "1969-12-31T23:59:59Z"}', "expected a time from 1970 to 2262"),
        (
            '{"startTimeUnixNano": 2, "endTimeUnixNano": 1}',
            "mine.json:1: endTimeUnixNano: expected no time before startTimeUnixNano 2, got 1",
        ),
        (
            '{"startTimeUnixNano": 1, "events": [{}, {"timeUnixNano": -1}]}',
            "mine.json:1: events[1]: timeUnixNano: expected a time from 1970",
        ),
        (
            '{"message": "{\\"startTimeUnixNano\\": -1}", "timestamp": 1}',
            "mine.json:1: message: startTimeUnixNano: expected a time from 1970",
        ),
        ('{"message": "m", "timestamp": -1}', "mine.json:1: timestamp: expected a time from 1970"),
        ('{"message": "m", "timestamp": 99999999999999999}', "timestamp: expected a time from"),
        (
            '{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "-1"}]}]}]}',
            "mine.json:1: startTimeUnixNano: expected a time from 1970",
        ),
    ],
)
def test_what_cannot_be_loaded_is_named_by_file_and_member(
    logs: Any, world: Any, tmp_path: Path, text: str, told: str | None
) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"mine\.json") as caught:
        load_files(logs, [path], world.clock.now())
    assert (told or "resource.attributes: expected key and value") in str(caught.value)


DAY = 86_400 * 10**9
NOON = 1_795_435_200 * 10**9  # 2026-11-23 12:00 UTC


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ([(NOON, NOON), (NOON + 15 * DAY, NOON + 15 * DAY)], r"mine\.json:1: .*last, which ends "),
        (
            [(NOON, NOON), (1, 2)],
            r"mine\.json:2: expected a record within 14 days of the recording's last, which ends "
            r"2026-11-23 12:00:00Z \(mine\.json:1\), got one that ends 1970-01-01 00:00:00Z",
        ),
        ([(NOON, NOON), (2**63 - 1, 2**63 - 1)], r"mine\.json:1: .* ends 2262-04-11 23:47:16Z"),
        ([(1, 2**63 - 1)], r"mine\.json:1: .* got one that starts 1970-01-01 00:00:00Z"),
    ],
)
def test_a_record_far_from_the_last_is_named_and_nothing_is_loaded(
    logs: Any, world: Any, tmp_path: Path, times: list[tuple[int, int]], told: str
) -> None:
    path = tmp_path / "mine.json"
    spans = [{**RECORDS[0], "startTimeUnixNano": one, "endTimeUnixNano": end} for one, end in times]
    path.write_text("".join(f"{json.dumps(span)}\n" for span in spans))
    with pytest.raises(ValueError, match=told):
        load_files(logs, [path], world.clock.now())
    assert logs.describe_log_groups()["logGroups"] == []


@pytest.mark.parametrize("time", [1, NOON, 2**63 - 1])
def test_a_recording_of_any_time_is_moved_to_the_present(
    logs: Any, world: Any, tmp_path: Path, time: int
) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({**RECORDS[0], "startTimeUnixNano": time, "endTimeUnixNano": time}))
    assert sum(load_files(logs, [path], world.clock.now()).events.values()) == 1


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"message": "a", "timestamp": 1}\n\x80', r"mine\.json:2: expected a text file in UTF-8"),
        ("{}".encode("utf-16"), r"mine\.json:1: expected a text file in UTF-8"),
        (b'\n{"body": "\\ud800"}', r"mine\.json:2: expected whole characters"),
        (b'{\n"body": "\\ud800"}', r"mine\.json: expected whole characters"),
    ],
)
def test_a_file_that_is_no_text_is_named(
    logs: Any, world: Any, tmp_path: Path, data: bytes, told: str
) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=told):
        load_files(logs, [path], world.clock.now())


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:01Z", 10**9),
        ("1970-01-01T00:00:01.000000001Z", 10**9 + 1),
        ("1970-01-01T01:00:01+01:00", 10**9),
        ("1970-01-01 00:00:01.5", 1_500_000_000),
        ("1795472334000005000", 1795472334000005000),
        ("1970-02-30T00:00:00Z", None),
        ("soon", None),
        ("", None),
        (True, None),
        (None, None),
        (1.5, None),
    ],
)
def test_times_are_read_to_the_nanosecond(text: Any, nanoseconds: int | None) -> None:
    assert in_nanoseconds(text) == nanoseconds
