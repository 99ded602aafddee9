"""Recorded telemetry is put into the groups where agents deliver it, moved to the present."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.telemetry.log_delivery import REST, SAMPLES, load_files, load_samples

SPLIT = "/aws/bedrock-agentcore/runtimes/support_agent_split-Ab3dE6gH9k-DEFAULT"
UNIFIED = "/aws/bedrock-agentcore/runtimes/support_agent_unified-Ab3dE6gH9k-DEFAULT"


def read(logs: Any, group: str, stream: str) -> list[dict[str, Any]]:
    return logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)[
        "events"
    ]


def test_the_samples_lie_where_agents_deliver(logs: Any, samples: Any) -> None:
    assert samples.events == {
        ("aws/spans", "default"): 38,
        (SPLIT, "otel-rt-logs"): 37,
        (UNIFIED, "spans"): 51,
    }
    assert {name: len(ids) for name, ids in samples.sessions.items()} == {
        "support_agent_split.DEFAULT": 7,
        "support_agent_unified.DEFAULT": 6,
    }
    assert samples.groups == {
        "support_agent_split.DEFAULT": (SPLIT,),
        "support_agent_unified.DEFAULT": (UNIFIED,),
    }
    for group, stream in samples.events:
        assert len(read(logs, group, stream)) == samples.events[group, stream]


def test_the_samples_end_shortly_before_now(logs: Any, samples: Any, world: Any) -> None:
    times = [
        json.loads(event["message"])["endTimeUnixNano"]
        for place in (("aws/spans", "default"), (UNIFIED, "spans"))
        for event in read(logs, *place)
    ]
    assert 0 <= (world.clock.now() - REST) * 1e9 - max(times) < 1e7


def test_all_times_move_together_and_to_the_nanosecond(logs: Any, samples: Any) -> None:
    before = [
        json.loads(line) for line in (SAMPLES / "unified-spans.jsonl").read_text().splitlines()
    ]
    after = {
        (record["traceId"], record["spanId"]): record
        for event in read(logs, UNIFIED, "spans")
        for record in [json.loads(event["message"])]
    }
    shifts: set[int] = set()
    for old in before:
        new = after[old["traceId"], old["spanId"]]
        shifts.add(new["startTimeUnixNano"] - old["startTimeUnixNano"])
        shifts.add(new["endTimeUnixNano"] - old["endTimeUnixNano"])
        for one, other in zip(old["events"], new["events"], strict=True):
            shifts.add(other["timeUnixNano"] - one["timeUnixNano"])
            assert one["attributes"] == other["attributes"]
        assert new["durationNano"] == old["durationNano"]
        started = new["attributes"]["gen_ai.event.start_time"]
        assert started.startswith("2026-11-24T09:28:5")
        assert started[-6:] == "+00:00"
    assert len(shifts) == 1


def test_events_are_timed_by_their_records(logs: Any, samples: Any) -> None:
    for event in read(logs, "aws/spans", "default"):
        assert event["timestamp"] == json.loads(event["message"])["endTimeUnixNano"] // 1_000_000


def test_loading_twice_adds_to_the_groups(logs: Any, samples: Any, world: Any) -> None:
    load_samples(logs, world.clock.now())
    assert len(read(logs, UNIFIED, "spans")) == 102


def test_defects_are_loaded_on_request(logs: Any, world: Any) -> None:
    loaded = load_samples(logs, world.clock.now(), defects=True)
    assert sum(loaded.events.values()) == 38 + 37 + 51 + 18
    messages = [event["message"] for event in read(logs, SPLIT, "runtime-logs")]
    assert "Attempting to instrument while already instrumented" in messages


def test_a_recording_of_ones_own_is_evaluated(
    logs: Any, world: Any, tmp_path: Path, finished: Any
) -> None:
    recording = tmp_path / "mine.jsonl"
    text = (SAMPLES / "unified-spans.jsonl").read_text()
    recording.write_text(
        text.replace("support_agent_unified", "mine").replace("aws.log.group", "x")
    )
    loaded = load_files(logs, [recording], world.clock.now(), log_group="/mine")
    assert loaded.groups["mine.DEFAULT"] == ("/mine",)
    source = {"serviceNames": ["mine.DEFAULT"], "logGroupNames": ["/mine"]}
    assert finished(source=source)["evaluationResults"]["totalNumberOfSessions"] == 6


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "mine.jsonl:2: expected a JSON object"),
        ("[]", "mine.jsonl:2: expected a JSON object"),
        ('{"name": "x"}', "mine.jsonl:2: expected a span or an event record"),
        ('{"body": {}}', "mine.jsonl:2: expected resource attribute aws.log.group.names"),
    ],
    ids=["cut-off JSON", "a list", "another record", "a record without a group"],
)
def test_a_line_that_cannot_be_loaded_is_named(
    logs: Any, world: Any, tmp_path: Path, line: str, told: str
) -> None:
    recording = tmp_path / "mine.jsonl"
    recording.write_text(f"\n{line}\n")
    with pytest.raises(ValueError, match=told):
        load_files(logs, [recording], world.clock.now())
