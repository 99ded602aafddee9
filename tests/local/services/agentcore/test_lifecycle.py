"""A job's states on the clock, what each answer shows in them, names, tokens, quotas and rates."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from local.aws_api.http_messages import Request
from local.services.agentcore import Pace

TOKEN = "0123456789abcdef-0123456789abcdef-0123"


def test_a_job_goes_from_pending_through_running_to_completed(
    api: Any, world: Any, start: Any, samples: Any
) -> None:
    identifier = start()["batchEvaluationId"]
    seen: list[str] = []
    for _ in range(7):
        seen.append(api.get_batch_evaluation(batchEvaluationId=identifier)["status"])
        world.advance(1)
    assert seen == ["PENDING"] * 2 + ["IN_PROGRESS"] * 3 + ["COMPLETED"] * 2


def test_the_start_answer_is_that_of_a_recorded_job(start: Any) -> None:
    answer = start(description="nightly run", tags={"team": "shop"})
    identifier = answer["batchEvaluationId"]
    assert re.fullmatch(r"nightly-[0-9a-f]{10}", identifier)
    assert answer["batchEvaluationArn"] == (
        f"arn:aws:bedrock-agentcore:us-east-1:111122223333:batch-evaluate/{identifier}"
    )
    assert answer["status"] == "PENDING"
    assert answer["createdAt"] == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert answer["tags"] == {"team": "shop"}
    assert answer["description"] == "nightly run"
    assert answer["outputConfig"]["cloudWatchConfig"] == {
        "logGroupName": "/aws/bedrock-agentcore/evaluations/batch-evaluations/results/default",
        "logStreamName": f"run-{identifier}",
        "metricsNamespace": "Bedrock-AgentCore/Evaluations",
        "resultDestination": "DEDICATED_LOG_GROUP",
    }
    assert "kmsKeyArn" not in answer


def test_times_are_written_with_milliseconds_in_utc(world: Any, start: Any) -> None:
    world.clock.move_to(world.clock.now() + 0.25)
    start()
    assert json.loads(world.answers[-1].body)["createdAt"] == "2026-11-24T09:30:00.250Z"


def test_get_shows_the_request_and_the_results(finished: Any, split: dict[str, Any]) -> None:
    answer = finished(description="nightly run")
    assert answer["status"] == "COMPLETED"
    assert answer["dataSourceConfig"] == {"cloudWatchLogs": split}
    assert answer["description"] == "nightly run"
    assert answer["updatedAt"] > answer["createdAt"]
    assert answer["evaluationResults"] == {
        "numberOfSessionsCompleted": 7,
        "numberOfSessionsInProgress": 0,
        "numberOfSessionsFailed": 0,
        "totalNumberOfSessions": 7,
        "numberOfSessionsIgnored": 0,
        "evaluatorSummaries": [
            {
                "evaluatorId": "Builtin.Correctness",
                "statistics": {"averageScore": 0.79},
                "totalEvaluated": 7,
                "totalFailed": 0,
            }
        ],
    }
    assert "errorDetails" not in answer
    assert "insightResults" not in answer


def test_the_counters_add_up_at_every_moment(
    api: Any, world: Any, start: Any, samples: Any
) -> None:
    identifier = start()["batchEvaluationId"]
    completed: list[int] = []
    for _ in range(24):
        world.advance(0.25)
        answer = api.get_batch_evaluation(batchEvaluationId=identifier)
        counts = answer["evaluationResults"]
        assert counts["totalNumberOfSessions"] == (0 if answer["status"] == "PENDING" else 7)
        assert counts["totalNumberOfSessions"] == (
            counts["numberOfSessionsCompleted"]
            + counts["numberOfSessionsInProgress"]
            + counts["numberOfSessionsFailed"]
        )
        assert ("evaluatorSummaries" in counts) == (answer["status"] == "COMPLETED")
        completed.append(counts["numberOfSessionsCompleted"])
    assert completed == sorted(completed)
    assert {0, 3, 7} <= set(completed)


def test_a_job_without_sessions_fails_and_says_so(api: Any, finished: Any, unified: Any) -> None:
    nothing = {**unified, "serviceNames": ["somebody_else.DEFAULT"]}
    answer = finished(source=nothing)
    assert answer["status"] == "FAILED"
    assert answer["errorDetails"] == ["No sessions were found to evaluate."]
    assert answer["evaluationResults"]["totalNumberOfSessions"] == 0
    [row] = api.list_batch_evaluations()["batchEvaluations"]
    assert row["errorDetails"] == ["No sessions were found to evaluate."]


def test_a_named_group_that_does_not_exist_holds_no_sessions(finished: Any, unified: Any) -> None:
    answer = finished(source={**unified, "logGroupNames": ["/aws/bedrock-agentcore/runtimes/bare"]})
    assert answer["errorDetails"] == ["No sessions were found to evaluate."]


def test_a_stop_in_the_middle_keeps_what_was_evaluated(
    api: Any, world: Any, start: Any, samples: Any, events: Any
) -> None:
    identifier = start()["batchEvaluationId"]
    world.advance(3.5)
    before = api.get_batch_evaluation(batchEvaluationId=identifier)["evaluationResults"]
    assert 0 < before["numberOfSessionsCompleted"] < 7
    stopped = api.stop_batch_evaluation(batchEvaluationId=identifier)
    assert stopped["status"] == "STOPPING"
    stopping = api.get_batch_evaluation(batchEvaluationId=identifier)
    assert stopping["status"] == "STOPPING"
    assert stopping["evaluationResults"]["numberOfSessionsInProgress"] == 0
    world.advance(10)
    answer = api.get_batch_evaluation(batchEvaluationId=identifier)
    results = answer["evaluationResults"]
    assert answer["status"] == "STOPPED"
    assert results["numberOfSessionsCompleted"] == before["numberOfSessionsCompleted"]
    assert (results["numberOfSessionsInProgress"], results["totalNumberOfSessions"]) == (0, 7)
    [summary] = results["evaluatorSummaries"]
    assert summary["totalEvaluated"] == before["numberOfSessionsCompleted"] == len(events(answer))


def test_a_stop_before_the_beginning_leaves_an_empty_result(
    api: Any, world: Any, start: Any, samples: Any, events: Any
) -> None:
    identifier = start()["batchEvaluationId"]
    api.stop_batch_evaluation(batchEvaluationId=identifier)
    world.advance(10)
    answer = api.get_batch_evaluation(batchEvaluationId=identifier)
    assert answer["status"] == "STOPPED"
    assert answer["evaluationResults"]["totalNumberOfSessions"] == 0
    # Clients read the result stream of every finished job and wait for ever when it is missing.
    assert events(answer) == []


def test_a_stop_while_a_session_is_being_evaluated_keeps_that_session(
    api: Any, world: Any, start: Any, samples: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier = start()["batchEvaluationId"]
    stops: list[str] = []

    def write(*_: Any) -> None:
        # Another thread: the service must answer it although a step is under way.
        with ThreadPoolExecutor(1) as pool:
            stop = pool.submit(api.stop_batch_evaluation, batchEvaluationId=identifier)
            stops.append(stop.result(timeout=10)["status"])

    monkeypatch.setattr("local.services.agentcore.destination.write", write)
    world.advance(10)
    answer = api.get_batch_evaluation(batchEvaluationId=identifier)
    assert (answer["status"], stops) == ("STOPPED", ["STOPPING"])
    assert answer["evaluationResults"]["numberOfSessionsCompleted"] == 1


@pytest.mark.parametrize("seconds", [0, 10], ids=["while it is stopping", "when it has ended"])
def test_a_job_that_does_not_run_cannot_be_stopped(
    api: Any, world: Any, start: Any, samples: Any, seconds: float
) -> None:
    identifier = start()["batchEvaluationId"]
    api.stop_batch_evaluation(batchEvaluationId=identifier)
    world.advance(seconds)
    with pytest.raises(api.exceptions.ConflictException, match="cannot be stopped in status STOP"):
        api.stop_batch_evaluation(batchEvaluationId=identifier)


@pytest.mark.parametrize("seconds", [0, 3], ids=["pending", "in progress"])
def test_a_running_job_cannot_be_deleted(
    api: Any, world: Any, start: Any, samples: Any, seconds: float
) -> None:
    identifier = start()["batchEvaluationId"]
    world.advance(seconds)
    with pytest.raises(api.exceptions.ConflictException, match=r"in status \w+. Stop it first"):
        api.delete_batch_evaluation(batchEvaluationId=identifier)


def test_a_deleted_job_is_gone_after_a_moment(
    api: Any, world: Any, finished: Any, start: Any, events: Any
) -> None:
    answer = finished()
    identifier = answer["batchEvaluationId"]
    assert api.delete_batch_evaluation(batchEvaluationId=identifier)["status"] == "DELETING"
    assert api.get_batch_evaluation(batchEvaluationId=identifier)["status"] == "DELETING"
    with pytest.raises(api.exceptions.ConflictException, match="in status DELETING"):
        api.delete_batch_evaluation(batchEvaluationId=identifier)
    world.advance(1)
    with pytest.raises(api.exceptions.ResourceNotFoundException):
        api.get_batch_evaluation(batchEvaluationId=identifier)
    assert api.list_batch_evaluations()["batchEvaluations"] == []
    # The artifacts go with the job, the results in CloudWatch Logs stay.
    assert world.calls.count("service:s3:DeleteObject") == 4
    assert len(events(answer)) == 7
    assert start()["batchEvaluationName"] == "nightly"


def test_a_finished_job_still_holds_its_name(api: Any, finished: Any, start: Any) -> None:
    finished()
    with pytest.raises(api.exceptions.ConflictException, match="nightly already exists"):
        start()


def test_the_same_token_gives_the_same_evaluation(api: Any, world: Any, start: Any) -> None:
    first = start(clientToken=TOKEN)
    world.advance(10)
    again = start(clientToken=TOKEN)
    assert again["batchEvaluationId"] == first["batchEvaluationId"]
    assert again["status"] == "FAILED"
    assert len(api.list_batch_evaluations()["batchEvaluations"]) == 1


def test_the_same_token_with_other_parameters_is_a_conflict(api: Any, start: Any) -> None:
    start(clientToken=TOKEN)
    with pytest.raises(api.exceptions.ConflictException, match="other parameters"):
        start(clientToken=TOKEN, description="other")


def test_a_token_belongs_to_one_account(world: Any, start: Any) -> None:
    first = start(clientToken=TOKEN)
    world.caller = replace(world.caller, account="444455556666")
    second = start(clientToken=TOKEN, description="other")
    assert first["batchEvaluationId"] != second["batchEvaluationId"]
    assert ":444455556666:" in second["batchEvaluationArn"]


def test_another_account_sees_nothing(api: Any, world: Any, start: Any) -> None:
    identifier = start()["batchEvaluationId"]
    world.caller = replace(world.caller, account="444455556666")
    assert api.list_batch_evaluations()["batchEvaluations"] == []
    with pytest.raises(api.exceptions.ResourceNotFoundException):
        api.get_batch_evaluation(batchEvaluationId=identifier)


def test_concurrent_starts_with_one_token_make_one_evaluation(
    api: Any, start: Any, samples: Any
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: start(clientToken=TOKEN), range(16)))
    assert len({answer["batchEvaluationId"] for answer in answers}) == 1
    assert len(api.list_batch_evaluations()["batchEvaluations"]) == 1


def test_a_start_that_another_overtook_leaves_no_artifacts(
    new_world: Any, clients: Any, start: Any
) -> None:
    answers: list[dict[str, Any]] = []
    suffixes = iter(["0000000001", "0000000002"])

    def overtaken() -> str:
        """Let a second request with the same token come in while the first is being checked."""
        suffix = next(suffixes)
        if suffix == "0000000001":
            answers.append(start(clientToken=TOKEN))
        return suffix

    world = new_world(new_suffix=overtaken)
    answers.append(start(clientToken=TOKEN))
    assert {answer["batchEvaluationId"] for answer in answers} == {"nightly-0000000002"}
    assert {key.split("/")[1] for key in world.objects} == {"nightly-0000000002"}


def test_concurrent_starts_with_one_name_make_one_evaluation(api: Any, start: Any) -> None:
    def attempt(_: int) -> bool:
        try:
            start()
        except api.exceptions.ConflictException:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1


def test_the_sixth_active_evaluation_is_over_the_quota(
    api: Any, world: Any, start: Any, samples: Any
) -> None:
    first, *_ = [start(f"run_{number}") for number in range(5)]
    with pytest.raises(api.exceptions.ServiceQuotaExceededException, match="quota is 5") as refusal:
        start("run_5")
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
    # A job that is being stopped still counts.
    api.stop_batch_evaluation(batchEvaluationId=first["batchEvaluationId"])
    with pytest.raises(api.exceptions.ServiceQuotaExceededException):
        start("run_5")
    world.advance(1)
    assert start("run_5")["status"] == "PENDING"


def test_only_so_many_evaluations_may_exist(
    api: Any, finished: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.services.agentcore.job_store.MAX_JOBS", 2)
    finished("one")
    finished("two")
    with pytest.raises(api.exceptions.ServiceQuotaExceededException, match="Delete some"):
        start("three")


def test_the_fourth_request_within_a_second_is_throttled(new_world: Any, clients: Any) -> None:
    world, api = new_world(throttle=True), clients.api

    def stop() -> str:
        try:
            api.stop_batch_evaluation(batchEvaluationId="nightly-0123456789")
        except api.exceptions.ClientError as error:
            return error.response["Error"]["Code"]
        return "accepted"

    assert [stop() for _ in range(4)] == ["ResourceNotFoundException"] * 3 + ["ThrottlingException"]
    world.advance(0.34)
    assert [stop() for _ in range(2)] == ["ResourceNotFoundException", "ThrottlingException"]
    # Another operation has a rate of its own, and reading has none.
    with pytest.raises(api.exceptions.ResourceNotFoundException):
        api.delete_batch_evaluation(batchEvaluationId="nightly-0123456789")
    for _ in range(5):
        api.list_batch_evaluations()


def test_the_pace_can_be_set(new_world: Any, api: Any, start: Any, samples: Any) -> None:
    world = new_world(pace=Pace(pending=0.5, running=0.5))
    identifier = start()["batchEvaluationId"]
    assert world.service.next_due() == world.clock.now() + 0.5
    world.advance(1)
    assert api.get_batch_evaluation(batchEvaluationId=identifier)["status"] == "COMPLETED"
    assert world.service.next_due() is None


def test_a_late_clock_runs_every_step_at_once(
    api: Any, world: Any, start: Any, samples: Any
) -> None:
    identifier = start()["batchEvaluationId"]
    world.clock.move_to(world.clock.now() + 60)
    world.service.run_due(world.clock.now())
    answer = api.get_batch_evaluation(batchEvaluationId=identifier)
    assert answer["status"] == "COMPLETED"
    assert answer["updatedAt"] == datetime(2026, 11, 24, 9, 30, 5, tzinfo=UTC)


def test_a_failure_of_the_endpoint_ends_the_job(
    api: Any, finished: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("broken")

    monkeypatch.setattr("local.services.agentcore.runner.evaluate", fail)
    answer = finished()
    assert answer["status"] == "FAILED"
    assert answer["errorDetails"] == ["The local endpoint failed: ZeroDivisionError: broken"]


def test_pages_are_sorted_by_id_in_byte_order(
    api: Any, world: Any, start: Any, samples: Any
) -> None:
    for name in ("b", "a", "B", "A_1", "a_1"):
        start(name)
    pages = api.get_paginator("list_batch_evaluations").paginate(PaginationConfig={"PageSize": 2})
    rows = [[row["batchEvaluationName"] for row in page["batchEvaluations"]] for page in pages]
    assert rows == [["A_1", "B"], ["a", "a_1"], ["b"]]


def test_a_page_has_fifty_rows_unless_asked_otherwise(
    api: Any, new_world: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.services.agentcore.job_store.MAX_ACTIVE", 60)
    for number in range(51):
        start(f"run_{number:02}")
    first = api.list_batch_evaluations()
    assert len(first["batchEvaluations"]) == 50
    rest = api.list_batch_evaluations(nextToken=first["nextToken"])
    assert [row["batchEvaluationName"] for row in rest["batchEvaluations"]] == ["run_50"]
    assert "nextToken" not in rest
    assert len(api.list_batch_evaluations(maxResults=100)["batchEvaluations"]) == 51


def test_a_row_has_no_results(api: Any, finished: Any) -> None:
    finished(description="nightly run")
    [row] = api.list_batch_evaluations()["batchEvaluations"]
    assert sorted(row) == [
        "batchEvaluationArn",
        "batchEvaluationId",
        "batchEvaluationName",
        "createdAt",
        "description",
        "evaluators",
        "status",
        "updatedAt",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("maxResults", "101"),
        ("maxResults", "0"),
        ("maxResults", "-1"),
        ("maxResults", "ten"),
        ("nextToken", ""),
        ("nextToken", "%%%"),
        ("nextToken", "W10="),
        ("nextToken", "eyJiYXRjaEV2YWx1YXRpb25JZCI6IDF9"),
    ],
    ids=[
        "too many rows",
        "no rows",
        "fewer than no rows",
        "rows in words",
        "an empty token",
        "a token that is not base64",
        "a token of an empty list",
        "a token of a number",
    ],
)
def test_a_page_that_cannot_be_is_refused(world: Any, name: str, value: str) -> None:
    request = Request("GET", "/evaluations/batch-evaluate", ((name, value),))
    answer = world.service.handle(request, world.caller)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert [fault["name"] for fault in json.loads(answer.body)["fieldList"]] == [name]
