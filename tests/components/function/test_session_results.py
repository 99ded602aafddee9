"""Per-session results pass through in pages and shards, whatever their number."""

import hashlib
import json
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from components.function.aws.deadline import Deadline, OutOfTime
from components.function.exports.session_results import SHARD_BYTES, Counts, shards
from tests.components.function.account import record

ID = "weekly-0000000001"


class FakeLogs:
    """One stream that is read page by page; `pages` holds the messages of each."""

    def __init__(self, pages: Any) -> None:
        self.pages = pages
        self.calls: list[dict[str, Any]] = []

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        self.calls.append(request)
        number = int(request.get("nextToken", "0"))
        last = number >= len(self.pages)
        messages = [] if last else self.pages[number]
        events = [{"timestamp": 1, "message": message} for message in messages]
        return {"events": events, "nextForwardToken": str(number if last else number + 1)}


def endless() -> Deadline:
    return Deadline(lambda: 300_000)


def lines(logs: Any, limit: int = SHARD_BYTES) -> list[list[str]]:
    found = shards(logs, "group", "stream", ID, endless(), Counts(), limit=limit)
    return [shard.body.getvalue().decode().splitlines() for shard in found]


def test_pages_are_read_until_a_token_comes_back_although_one_is_empty() -> None:
    logs = FakeLogs([['{"n":1}'], [], ['{"n":2}', '{"n":3}']])

    assert lines(logs) == [['{"n":1}', '{"n":2}', '{"n":3}']]
    assert [call.get("nextToken") for call in logs.calls] == [None, "1", "2", "3"]
    assert all(call["startFromHead"] for call in logs.calls)


def test_shards_stay_within_their_limit_and_keep_the_order() -> None:
    logs = FakeLogs([[f'{{"n":{number}}}' for number in range(10)]])

    found = lines(logs, limit=24)

    assert found == [[f'{{"n":{n}}}' for n in range(s, min(s + 3, 10))] for s in (0, 3, 6, 9)]


def test_an_event_larger_than_a_shard_has_one_to_itself() -> None:
    big = json.dumps({"text": "x" * 100})

    assert lines(FakeLogs([["{}", big, "{}"]]), limit=50) == [["{}"], [big], ["{}"]]


@pytest.mark.parametrize(
    ("message", "line"),
    [
        pytest.param('{"t": 12345678901234567890}', '{"t": 12345678901234567890}', id="as it is"),
        pytest.param('{\n "a": "é"\n}', '{"a": "é"}', id="an object on several lines"),
        pytest.param("plain", '{"timestamp": 1, "message": "plain"}', id="plain text"),
        pytest.param('{"a": "\ud83d"}', '{"a": "\\ud83d"}', id="half of a surrogate pair"),
        pytest.param('{\n"a": "\\ud83d"}', '{"a": "\\ud83d"}', id="the same, on several lines"),
        pytest.param("\ud83d", '{"timestamp": 1, "message": "\\ud83d"}', id="the same, no JSON"),
        pytest.param("[1]", '{"timestamp": 1, "message": "[1]"}', id="JSON but no object"),
    ],
)
def test_each_event_is_one_json_object_on_one_line(message: str, line: str) -> None:
    assert lines(FakeLogs([[message]])) == [[line]]


OF_NOBODY = [
    "plain",
    "[]",
    "{}",
    '{"attributes": []}',
    '{"attributes": {}}',
    record("") or "",
    '{"attributes": {"aws.bedrock_agentcore.evaluation_job.arn": ["x"]}}',
]


def test_a_record_of_another_evaluation_is_left_out_and_one_of_nobody_is_not() -> None:
    others = [record("weekly-0000000002"), record("aweekly-0000000001"), record(ID[:-1])]
    own = [record(ID, n=number) for number in range(2)]
    logs = FakeLogs([[others[0], own[0]], others, OF_NOBODY, [own[1], others[0]]])
    counts = Counts()

    found = list(shards(logs, "group", "stream", ID, endless(), counts))

    exported = b"".join(shard.body.getvalue() for shard in found).decode().splitlines()
    assert [exported[0], exported[-1]] == own
    assert len(exported) == 2 + len(OF_NOBODY)
    assert counts == Counts(events=9, unattributed=7, others=5)


def test_with_each_shard_the_counts_are_those_up_to_its_end() -> None:
    """What is noted then is gone on from: nothing is counted twice, and nothing is not."""
    other = record("weekly-0000000002")
    messages = [other, "{}", other, "{}", other, other, "{}", other]
    counts, seen = Counts(), list[tuple[int, int]]()
    for _ in shards(FakeLogs([messages]), "g", "s", ID, endless(), counts, limit=3):
        seen.append((counts.events, counts.others))

    again = Counts(1, 1, 2)
    first = next(shards(FakeLogs([messages]), "g", "s", ID, endless(), Counts(), limit=3))
    assert first.end
    list(shards(FakeLogs([messages]), "g", "s", ID, endless(), again, first.end, limit=3))

    assert seen == [(1, 2), (2, 4), (3, 5)]
    assert again == counts == Counts(3, 3, 5)


@pytest.mark.parametrize("error", ["ResourceNotFoundException", "ThrottlingException"])
def test_a_stream_that_nobody_wrote_to_has_no_events_and_other_errors_count(error: str) -> None:
    class Absent:
        def get_log_events(self, **_: Any) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": error}}, "GetLogEvents")

    if error == "ResourceNotFoundException":
        assert lines(Absent()) == []
    else:
        with pytest.raises(ClientError):
            lines(Absent())


def test_reading_ends_at_the_deadline() -> None:
    left = iter([300_000, 300_000, 1_000])

    with pytest.raises(OutOfTime):
        list(shards(FakeLogs([["{}"]] * 9), "g", "s", ID, Deadline(lambda: next(left)), Counts()))


def test_memory_does_not_grow_with_the_number_of_results() -> None:
    """64 MB of results, held one shard and one page at a time."""

    class Pages:
        page = ['{"text":"' + "x" * 9_990 + '"}'] * 100

        def __len__(self) -> int:
            return 64

        def __getitem__(self, _: int) -> list[str]:
            return self.page

    tracemalloc.start()
    total = sum(len(shard.body.getbuffer()) for shard in _drained(FakeLogs(Pages())))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert total > 64_000_000
    assert peak < 3 * SHARD_BYTES


def _drained(logs: Any) -> Iterator[Any]:
    return shards(logs, "group", "stream", ID, endless(), Counts())


def test_two_shards_arrive_in_the_bucket_as_the_log_group_holds_them(cloud: Any, team: Any) -> None:
    evaluation_id = team.start()["batchEvaluationId"]
    cloud.evaluations.finish(evaluation_id, evaluationResults={})
    messages = [json.dumps({"n": n, "text": "x" * 200_000}) for n in range(90)]
    stream = {
        "logGroupName": team.settings.result_log_group,
        "logStreamName": f"run-{evaluation_id}",
    }
    team.clients.logs.create_log_stream(**stream)
    now = int(time.time() * 1000)
    for start in range(0, len(messages), 5):
        events = [{"timestamp": now, "message": text} for text in messages[start : start + 5]]
        team.clients.logs.put_log_events(**stream, logEvents=events)

    team.export()

    manifest = team.manifest(evaluation_id)
    found = [entry for entry in manifest["artifacts"] if "session-results" in entry["key"]]
    bodies = [team.object(entry["key"], entry["versionId"]) for entry in found]
    assert [entry["key"][-11:] for entry in found] == ["00001.jsonl", "00002.jsonl"]
    assert all(entry["size"] <= 16_000_000 for entry in found)
    assert b"".join(bodies).decode().splitlines() == messages
    assert [hashlib.sha256(body).hexdigest() for body in bodies] == [e["sha256"] for e in found]
    assert manifest["contents"]["sessionResults"]["events"] == 90
