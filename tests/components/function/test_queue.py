"""Starts that the service has no room for wait in the order in which they came."""

import json
from typing import Any

import pytest

from tests.components.function.account import Refusal, request

pytestmark = pytest.mark.usefixtures("no_waiting")

NAMES = ["first", "second", "third"]


@pytest.fixture
def full(cloud: Any) -> Any:
    """A service with room for nothing."""
    cloud.evaluations.room = 0
    return cloud


def token(name: str) -> str:
    return f"{name}-{'t' * 33}"


def start(team: Any, name: str, **options: Any) -> dict[str, Any]:
    parameters = request(name, clientToken=token(name))
    return team.invoke("StartBatchEvaluation", parameters, options)


def asked(cloud: Any) -> list[str]:
    """The names of the starts that the service was asked for."""
    calls = cloud.evaluations.calls
    return [body["batchEvaluationName"] for call, body in calls if call == "StartBatchEvaluation"]


def names(ids: list[str]) -> list[str]:
    return [one.rpartition("-")[0] for one in ids]


def test_a_start_without_room_is_queued_and_admitted_by_a_tick(full: Any, team: Any) -> None:
    queued = start(team, "first")
    waiting = team.export()
    full.evaluations.room = 1
    admitted = team.export()

    assert queued["batchEvaluationName"] == "first"
    assert "batchEvaluationId" not in queued
    assert queued["controller"] == {
        "clientToken": token("first"),
        "queued": True,
        "reason": "ServiceQuotaExceededException",
        "ahead": 0,
    }
    assert waiting["started"] == []
    assert waiting["complete"] is False
    assert admitted["started"] == list(full.evaluations.jobs)
    assert team.listing("requests/") == []


def test_a_tick_admits_as_many_as_there_is_room_for_in_order(full: Any, team: Any) -> None:
    for name in NAMES:
        start(team, name)
    full.evaluations.calls.clear()

    waiting = team.export()
    asked_first = asked(full)
    full.evaluations.room = 2
    admitted = team.export()

    assert asked_first == ["first"]
    assert waiting["waiting"] == 2
    assert names(admitted["started"]) == ["first", "second"]
    assert [key[-41:-5] for key in team.listing("requests/")] == [token("third")[-36:]]


def test_a_new_start_goes_behind_those_that_wait(full: Any, team: Any) -> None:
    start(team, "first")
    start(team, "second")
    full.evaluations.room = 1

    third = start(team, "third")

    assert names(list(full.evaluations.jobs)) == ["first"]
    assert third["controller"]["queued"] is True
    assert third["controller"]["ahead"] == 1
    full.evaluations.room = 3
    assert names(team.export()["started"]) == ["second", "third"]


def test_a_new_start_that_finds_room_for_all_starts_them_in_order(full: Any, team: Any) -> None:
    start(team, "first")
    full.evaluations.room = 2
    full.evaluations.calls.clear()

    second = start(team, "second")

    assert asked(full) == ["first", "second"]
    assert second["batchEvaluationId"].startswith("second-")
    assert team.listing("requests/") == []


def test_a_record_that_an_interrupted_start_left_holds_up_nobody(cloud: Any, team: Any) -> None:
    for _ in range(4):
        cloud.evaluations.faults.next("StartBatchEvaluation", "InternalServerException", 500)
    with pytest.raises(Exception, match="recorded, the next export repeats it"):
        start(team, "first")

    second = start(team, "second")

    assert names(list(cloud.evaluations.jobs)) == ["first", "second"]
    assert second["batchEvaluationId"].startswith("second-")


def test_a_start_that_always_fails_is_passed_over_after_a_while(cloud: Any, team: Any) -> None:
    """Those that wait for room keep their order."""
    real = cloud.evaluations._start

    def fail(request: dict[str, Any]) -> dict[str, Any]:
        if request["batchEvaluationName"] == "bad":
            raise Refusal("InternalServerException", 500, "again and again")
        return real(request)

    cloud.evaluations._start = fail
    with pytest.raises(Exception, match="recorded, the next export repeats it"):
        start(team, "bad")

    recent = start(team, "first")["controller"]
    team.clock.forward(minutes=16)
    started = [start(team, "first"), start(team, "second", queue=False)]
    cloud.evaluations.room = 2
    waiting = [start(team, name)["controller"] for name in ("third", "fourth")]
    with pytest.raises(Exception, match="not queued, as asked"):
        start(team, "fifth", queue=False)
    cloud.evaluations.room = 4
    admitted = team.export()
    cloud.evaluations._start = real
    cloud.evaluations.room = 9

    assert (recent["reason"], recent["ahead"]) == ("InternalServerException", 1)
    assert [one["batchEvaluationId"].rpartition("-")[0] for one in started] == ["first", "second"]
    assert [one["reason"] for one in waiting] == ["ServiceQuotaExceededException"] * 2
    assert names(admitted["started"]) == ["third", "fourth"]
    assert [entry["reason"] for entry in admitted["notDone"]] == ["InternalServerException"]
    assert names(team.export()["started"]) == ["bad"]


def test_a_new_start_waits_while_the_bucket_does_not_tell_what_came_before(
    full: Any, team: Any
) -> None:
    start(team, "first")
    full.evaluations.room = 1
    for _ in range(4):
        full.s3_faults.next("GetObject", "SlowDown", 503)

    second = start(team, "second")

    assert second["controller"]["reason"] == "ServiceUnavailableException"
    assert names(team.export()["started"]) == ["first"]


def test_an_answer_that_nobody_has_foreseen_holds_up_no_other_start(full: Any, team: Any) -> None:
    start(team, "first")
    start(team, "second")
    full.evaluations.room = 2
    started = full.evaluations._started
    without_id = [{"kmsKeyArn": team.settings.evaluation_key_arn}]
    full.evaluations._started = lambda job: without_id.pop() if without_id else started(job)

    report = team.export()

    assert names(report["started"]) == ["second"]
    assert [entry["reason"] for entry in report["notDone"]] == ["KeyError"]
    assert report["notDone"][0]["detail"].startswith("at completion.py:")
    assert names(team.export()["started"]) == ["first"]


def test_one_that_is_refused_for_good_leaves_the_queue_and_its_caller_can_learn_why(
    full: Any, team: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    start(team, "first")
    start(team, "second")
    full.evaluations.room = 2
    full.evaluations.add("first")

    report = team.export()
    full.evaluations.room = 0
    start(team, "third")
    with pytest.raises(Exception, match="first is in use") as raised:
        start(team, "first")

    assert names(report["started"]) == ["second"]
    assert [entry["reason"] for entry in report["notDone"]] == ["ConflictException"]
    assert "first is in use" in report["notDone"][0]["detail"]
    assert len(team.listing("requests/")) == 1
    assert type(raised.value).__name__ == "ConflictException"
    assert "when its turn came; use a new clientToken" in str(raised.value)
    assert capsys.readouterr().out.count('"event":"NotDone"') == 1


def test_a_refused_request_under_the_token_of_another_takes_nothing_from_it(
    cloud: Any, team: Any
) -> None:
    """Its run was killed when it had recorded it, so the next tick puts it to the service."""
    first = start(team, "first")["batchEvaluationId"]
    for name in ("first", "second"):
        other = request(name, clientToken=token("first"), description="another")
        for _ in range(4):
            cloud.evaluations.faults.next("StartBatchEvaluation", "InternalServerException", 500)
        with pytest.raises(Exception, match="recorded, the next export repeats it"):
            team.invoke("StartBatchEvaluation", other)
        cloud.evaluations.faults.queue.clear()

        refused = team.export()["notDone"]
        repeated = start(team, "first")["batchEvaluationId"]
        with pytest.raises(Exception, match=r"in use|was given with another") as raised:
            team.invoke("StartBatchEvaluation", other)

        assert [entry["reason"] for entry in refused] == ["ConflictException"]
        assert repeated == first
        assert type(raised.value).__name__ == "ConflictException"
    assert list(cloud.evaluations.jobs) == [first]


@pytest.mark.parametrize(
    ("waiting", "told"), [([], "0 wait before it"), (NAMES[:2], "2 wait before it")]
)
def test_a_start_that_must_not_wait_is_refused_at_once(
    full: Any, team: Any, waiting: list[str], told: str
) -> None:
    for name in waiting:
        start(team, name)
    before = team.versions()

    with pytest.raises(Exception, match=f"{told}; not queued, as asked") as raised:
        start(team, "third", queue=False)

    assert type(raised.value).__name__ == "ServiceQuotaExceededException"
    assert team.versions() == before
    full.evaluations.room = 9
    assert names(team.export()["started"]) == waiting


def test_a_repetition_without_waiting_takes_a_start_out_of_the_queue(full: Any, team: Any) -> None:
    start(team, "first")

    with pytest.raises(Exception, match="not queued, as asked"):
        start(team, "first", queue=False)

    full.evaluations.room = 1
    assert team.export()["started"] == []
    assert team.versions() == []


def test_a_repetition_keeps_its_place_and_learns_the_evaluation(full: Any, team: Any) -> None:
    for name in NAMES[:2]:
        start(team, name)
    again = start(team, "first")
    full.evaluations.room = 1

    started = start(team, "first")

    assert again["controller"]["ahead"] == 0
    assert started["batchEvaluationId"] == next(iter(full.evaluations.jobs))
    assert [key[-40:-5] for key in team.listing("requests/")] == [token("second")[-35:]]


def test_a_repetition_of_what_runs_gives_it_although_others_wait(full: Any, team: Any) -> None:
    full.evaluations.room = 1
    first = start(team, "first")
    start(team, "second")
    records = team.versions("requests/")

    again = start(team, "first")

    assert again["batchEvaluationId"] == first["batchEvaluationId"]
    assert team.versions("requests/") == records


def test_throttling_queues_as_well(cloud: Any, team: Any) -> None:
    for _ in range(4):
        cloud.evaluations.faults.next("StartBatchEvaluation", "ThrottlingException", 429)

    queued = start(team, "first")

    assert queued["controller"]["reason"] == "ThrottlingException"
    assert names(team.export()["started"]) == ["first"]


def test_a_start_that_must_not_wait_is_left_to_its_own_run_as_long_as_that_may_live(
    cloud: Any, team: Any
) -> None:
    """Somebody else may not start what its own run is about to refuse."""
    _leave_record_that_must_not_wait(cloud, team)

    early = team.export()
    start(team, "second")
    team.clock.forward(minutes=16)
    late = team.export()

    assert early["started"] == []
    assert early["complete"] is False
    assert names(list(cloud.evaluations.jobs)) == ["second", "first"]
    assert names(late["started"]) == ["first"]


def test_a_start_that_must_not_wait_is_never_queued_for_a_run_that_was_killed(
    full: Any, team: Any
) -> None:
    _leave_record_that_must_not_wait(full, team)
    team.clock.forward(minutes=16)

    team.export()
    full.evaluations.room = 1

    assert team.export()["started"] == []
    assert team.versions() == []


def test_a_repetition_that_may_wait_lets_the_record_wait(full: Any, team: Any) -> None:
    """Its caller is told that it is queued, so it is, whatever the first one asked for."""
    _leave_record_that_must_not_wait(full, team)

    repeated = start(team, "first")
    (key,) = team.listing("requests/")
    team.clock.forward(minutes=16)
    full_still = team.export()
    full.evaluations.room = 1

    assert repeated["controller"]["queued"] is True
    assert full_still["complete"] is False
    assert team.listing("requests/") == [key]
    assert names(team.export()["started"]) == ["first"]
    assert team.versions("requests/") == []


@pytest.mark.parametrize("lost", [False, True], ids=["", "answered late"])
def test_a_record_that_was_rewritten_goes_with_all_its_versions(
    full: Any, team: Any, lost: bool
) -> None:
    """Its older version, which must not wait, would be started after its caller was refused."""
    _leave_record_that_must_not_wait(full, team)
    if lost:
        _answer_late(team)
    start(team, "first")
    versions = team.versions("requests/")

    with pytest.raises(Exception, match="not queued, as asked"):
        start(team, "first", queue=False)
    full.evaluations.room = 1
    team.clock.forward(minutes=16)
    report = team.export()

    assert len(versions) == 2 + lost
    assert report["started"] == []
    assert team.versions() == []


def _answer_late(team: Any) -> None:
    """Let the SDK repeat the next rewriting of a record, which has taken effect."""

    def lose(response: Any, request_dict: Any, **_: Any) -> int | None:
        if b'"rewritten"' not in request_dict["body"].getvalue():
            return None
        events.unregister("needs-retry.s3.PutObject", lose)
        return 0

    events = team.clients.s3.meta.events
    events.register_first("needs-retry.s3.PutObject", lose)


def _leave_record_that_must_not_wait(cloud: Any, team: Any) -> None:
    for _ in range(4):
        cloud.evaluations.faults.next("StartBatchEvaluation", "InternalServerException", 500)
    with pytest.raises(Exception, match="recorded, the next export repeats it"):
        start(team, "first", queue=False)
    # The SDK repeats less often when much has failed before.
    cloud.evaluations.faults.queue.clear()
    (key,) = team.listing("requests/")
    assert json.loads(team.object(key))["queue"] is False


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        pytest.param({}, NAMES, id="no filter"),
        pytest.param({"name": "second"}, ["second"], id="a name"),
        pytest.param({"name": "s*"}, ["second"], id="a name prefix"),
        pytest.param({"status": "QUEUED"}, NAMES, id="those that wait"),
        pytest.param({"status": ["FAILED", "QUEUED"]}, NAMES, id="those that wait and others"),
        pytest.param({"status": "PENDING"}, [], id="another status"),
    ],
)
def test_list_shows_those_that_wait_in_their_order(
    full: Any, team: Any, options: dict[str, Any], shown: list[str]
) -> None:
    for name in NAMES:
        start(team, name)
    full.evaluations.add("runs")

    listed = team.invoke("ListBatchEvaluations", options=options)

    queued = listed["controller"]["queued"]
    assert [entry["batchEvaluationName"] for entry in queued] == shown
    assert {entry["status"] for entry in queued} <= {"QUEUED"}
    assert [entry["clientToken"] for entry in queued] == [token(name) for name in shown]
    running = options.get("status", "PENDING") == "PENDING" and "name" not in options
    assert len(listed["batchEvaluations"]) == int(running)


def test_only_the_first_page_shows_those_that_wait(full: Any, team: Any) -> None:
    for name in ("runs", "waits"):
        full.evaluations.add(name)
    start(team, "first")

    request = {"maxResults": 1}
    page = team.invoke("ListBatchEvaluations", request)
    following = {**request, "nextToken": page["nextToken"]}
    following = team.invoke("ListBatchEvaluations", following)

    assert len(page["controller"]["queued"]) == 1
    assert following["controller"]["queued"] == []


def test_a_start_that_is_admitted_while_list_looks_is_not_lost(full: Any, team: Any) -> None:
    start(team, "first")

    def admit(**_: Any) -> None:
        events.unregister("before-call.bedrock-agentcore.ListBatchEvaluations", admit)
        full.evaluations.room = 1
        team.export()

    events = team.clients.evaluations.meta.events
    events.register("before-call.bedrock-agentcore.ListBatchEvaluations", admit)
    listed = team.invoke("ListBatchEvaluations")

    assert [entry["batchEvaluationName"] for entry in listed["batchEvaluations"]] == ["first"]
    assert len(listed["controller"]["queued"]) == 1
    assert team.invoke("ListBatchEvaluations")["controller"]["queued"] == []


def test_list_tells_those_that_wait_by_their_token_when_the_key_is_off(
    full: Any, team: Any
) -> None:
    start(team, "first")
    full.disable_key()

    listed = team.invoke("ListBatchEvaluations")

    assert listed["controller"]["queued"] == [{"clientToken": token("first"), "status": "QUEUED"}]


def test_a_list_of_other_statuses_leaves_out_those_that_wait_and_reads_none(
    full: Any, team: Any
) -> None:
    start(team, "first")
    full.disable_key()
    full.s3_calls.clear()

    listed = team.invoke("ListBatchEvaluations", options={"status": ["PENDING", "FAILED"]})

    assert listed["controller"]["queued"] == []
    assert full.s3_calls == []
