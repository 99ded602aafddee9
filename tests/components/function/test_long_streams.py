"""A log stream that no run can read to its end is exported over several runs, each event once."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components.function.exports import progress, session_results
from tests.components.function.account import record

EVENTS = 60
SHARD = 1_000


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_results, "SHARD_BYTES", SHARD)


@pytest.fixture
def pages(team: Any) -> Iterator[list[Any]]:
    """Pages of seven events; the tokens that were sent."""
    sent: list[Any] = []

    def shorten(params: dict[str, Any], **_: Any) -> dict[str, Any]:
        sent.append(params.get("nextToken"))
        return {**params, "limit": 7}

    events = team.clients.logs.meta.events
    events.register("provide-client-params.logs.GetLogEvents", shorten, "short-pages")
    yield sent
    events.unregister("provide-client-params.logs.GetLogEvents", unique_id="short-pages")


class Killed(BaseException):
    """The process ends: no handler of ours runs."""


@pytest.fixture
def kill_at_shard(team: Any) -> Iterator[Callable[[int], None]]:
    """Let the process end with the n-th shard that a run puts, which still takes effect."""
    left = [0]

    def count(request: Any, **_: Any) -> None:
        if "/session-results-" in request.url:
            left[0] -= 1

    def end(request: Any = None, model: Any = None, **_: Any) -> None:
        if left[0] == 0:
            left[0] = -1
            raise Killed

    events = team.clients.s3.meta.events
    events.register("request-created.s3.PutObject", count, "count-shards")
    events.register("after-call.s3.PutObject", end, "kill-at-shard")

    def arm(number: int) -> None:
        left[0] = number

    yield arm
    events.unregister("request-created.s3.PutObject", unique_id="count-shards")
    events.unregister("after-call.s3.PutObject", unique_id="kill-at-shard")


@pytest.fixture
def messages(cloud: Any, team: Any) -> list[str]:
    """A finished evaluation with a stream of many shards, a third of which is another's."""
    evaluation_id = team.start()["batchEvaluationId"]
    cloud.evaluations.finish(evaluation_id, evaluationResults={})
    made = [
        json.dumps({"n": number, "text": "x" * 80})
        if number % 3
        else record("other-000000000a", text="x" * 80)
        for number in range(EVENTS + EVENTS // 2)
    ]
    team.put_results(evaluation_id, *made)
    return [message for number, message in enumerate(made) if number % 3]


def exported(team: Any) -> list[str]:
    """The lines that the manifest's shards hold; everything else in the bucket is accounted for."""
    (key,) = team.listing("manifests/")
    manifest = json.loads(team.object(key))
    entries = [(entry["key"], entry["versionId"]) for entry in manifest["artifacts"]]
    assert team.versions("evaluations/") == sorted(entries)
    shards = [entry for entry in entries if "session-results" in entry[0]]
    assert len(shards) > 5
    lines = [line for shard in shards for line in team.object(*shard).decode().splitlines()]
    told = manifest["contents"]["sessionResults"]
    assert (told["events"], told["unattributed"]) == (len(lines), len(lines))
    assert told["ofOtherEvaluations"] == EVENTS // 2
    return lines


@pytest.mark.parametrize("shards_a_run", [1, 2, 3])
def test_runs_that_are_killed_go_on_where_the_last_one_was(
    team: Any, messages: list[str], pages: list[Any], kill_at_shard: Any, shards_a_run: int
) -> None:
    runs = 0
    while not team.listing("manifests/"):
        runs += 1
        assert runs < 20
        kill_at_shard(shards_a_run + 1)
        try:
            team.export()
        except Killed:
            continue

    assert runs >= 3
    assert exported(team) == messages
    # A page is read again by the run that begins in it, and each run reads one shard anew.
    assert len(pages) <= EVENTS * 3 // 2 // 7 + 2 + runs * 3


def test_runs_that_run_out_of_time_go_on_where_the_last_one_was(
    team: Any, messages: list[str], pages: list[Any]
) -> None:
    runs = 0
    while not team.listing("manifests/"):
        runs += 1
        assert runs < 20
        last = len(pages) + 4
        team.remaining = lambda last=last: 300_000 if len(pages) < last else 20_000
        team.export()

    assert runs >= 3
    assert exported(team) == messages


def test_a_token_that_has_expired_begins_the_stream_anew(
    team: Any, messages: list[str], pages: list[Any], kill_at_shard: Any
) -> None:
    kill_at_shard(4)
    with pytest.raises(Killed):
        team.export()
    (key,) = (key for key in team.listing() if key.endswith("/progress.json"))
    _edit(team, key, position={"token": "f/expired/s", "skip": 0})

    expired = team.export()
    anew = team.export()

    assert [entry["reason"] for entry in expired["notDone"]] == ["InvalidParameterException"]
    assert len(anew["exported"]) == 1
    assert exported(team) == messages


def test_a_shard_that_is_gone_begins_the_stream_anew(
    team: Any, messages: list[str], kill_at_shard: Any
) -> None:
    kill_at_shard(4)
    with pytest.raises(Killed):
        team.export()
    team.remove(next(entry for entry in team.versions() if entry[0].endswith("00001.jsonl")))

    team.export()

    assert exported(team) == messages


@pytest.mark.parametrize(
    "members", [{"shards": [{}]}, {"position": {}}, {"shards": None}, {"counts": {"a": 1}}]
)
def test_what_another_version_of_the_code_has_noted_begins_the_stream_anew(
    team: Any, messages: list[str], kill_at_shard: Any, members: dict[str, Any]
) -> None:
    kill_at_shard(4)
    with pytest.raises(Killed):
        team.export()
    (key,) = (key for key in team.listing() if key.endswith("/progress.json"))
    _edit(team, key, **members)

    team.export()

    assert exported(team) == messages


def test_nothing_is_noted_while_results_may_still_come_in_between(
    cloud: Any, team: Any, messages: list[str], kill_at_shard: Any
) -> None:
    (evaluation_id,) = cloud.evaluations.jobs
    cloud.evaluations.jobs[evaluation_id]["updatedAt"] = "2999-01-01T00:00:00Z"
    kill_at_shard(4)

    with pytest.raises(Killed):
        team.export()

    assert [key for key in team.listing() if key.endswith("progress.json")] == []
    team.export()
    assert exported(team) == messages


def test_a_deletion_removes_what_was_noted(
    team: Any, messages: list[str], kill_at_shard: Any
) -> None:
    kill_at_shard(4)
    with pytest.raises(Killed):
        team.export()

    evaluation_id = team.listing("evaluations/")[0].split("/")[1]
    team.invoke("DeleteBatchEvaluation", {"batchEvaluationId": evaluation_id})

    assert team.versions("evaluations/") == []


def test_of_two_runs_of_which_one_goes_on_for_the_other_one_wins_and_no_event_is_doubled(
    cloud: Any, team: Any, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run takes up what the first has noted while the first goes on."""
    note, inner = progress.write, []

    def meanwhile(*arguments: Any) -> None:
        note(*arguments)
        if len(arguments[2].shards) == 3 and not inner:
            inner.append({})
            inner[0] = team.export()

    monkeypatch.setattr(progress, "write", meanwhile)
    outer = team.export()

    assert [len(report["exported"]) for report in (inner[0], outer)] == [1, 0]
    assert exported(team) == messages


def _edit(team: Any, key: str, **members: Any) -> None:
    document = json.loads(team.object(key)) | members
    bucket = team.settings.output_bucket
    team.clients.s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(document).encode())
