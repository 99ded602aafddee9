"""A start happens once, under the environment's key, into its log group, on the record."""

import base64
import json
from typing import Any

import pytest

from components.function.aws.clients import Clients

pytestmark = pytest.mark.usefixtures("no_waiting")

METADATA = {
    "sessionMetadata": [
        {
            "sessionId": "s-1",
            "groundTruth": {"inline": {"assertions": [{"text": "the agent said 76.95"}]}},
        }
    ]
}


def sent(cloud: Any) -> list[dict[str, Any]]:
    return [body for call, body in cloud.evaluations.calls if call == "StartBatchEvaluation"]


def test_key_and_result_log_group_are_set_whatever_the_request_says(cloud: Any, team: Any) -> None:
    started = team.start(outputConfig={"cloudWatchConfig": {"metricsNamespace": "Mine"}})

    (request,) = sent(cloud)
    assert request["kmsKeyArn"] == team.settings.evaluation_key_arn
    assert request["outputConfig"]["cloudWatchConfig"] == {
        "metricsNamespace": "Mine",
        "logGroupName": "team-results",
    }
    assert started["kmsKeyArn"] == team.settings.evaluation_key_arn
    assert started["status"] == "PENDING"
    assert started["createdAt"].endswith("Z")


def test_a_given_token_is_passed_on_and_an_own_one_is_the_same_in_retries(
    cloud: Any, team: Any
) -> None:
    team.start("first", clientToken="my-own-token-of-thirty-seven-letters")
    request = {"operation": "StartBatchEvaluation"}
    for _ in range(2):
        team.invoke(**request, parameters=_request("second"), request_id="invocation-1")

    tokens = [body["clientToken"] for body in sent(cloud)]
    assert tokens[0] == "my-own-token-of-thirty-seven-letters"
    assert tokens[1] == tokens[2]
    assert len(tokens[1]) == 64
    assert len(cloud.evaluations.jobs) == 2


def _request(name: str, **members: Any) -> dict[str, Any]:
    source = {"serviceNames": ["a"], "logGroupNames": ["aws/spans"]}
    return {
        "batchEvaluationName": name,
        "dataSourceConfig": {"cloudWatchLogs": source},
        **members,
    }


def test_a_hundred_repetitions_are_one_evaluation_and_leave_one_object(
    cloud: Any, team: Any
) -> None:
    ids = {
        team.start(clientToken="t" * 33, evaluationMetadata=METADATA)["batchEvaluationId"]
        for _ in range(100)
    }

    assert len(ids) == 1
    assert len(cloud.evaluations.jobs) == 1
    assert [key for key, _ in team.versions()] == [f"evaluations/{ids.pop()}/session-metadata.json"]


def test_another_request_under_the_same_token_is_a_conflict(cloud: Any, team: Any) -> None:
    team.start("first", clientToken="t" * 33)

    with pytest.raises(Exception, match="was given with another request") as raised:
        team.start("second", clientToken="t" * 33)

    assert type(raised.value).__name__ == "ConflictException"
    assert [key for key in team.listing() if key.startswith("requests/")] == []


def test_the_models_other_word_for_a_known_token_is_the_same_conflict(
    cloud: Any, team: Any
) -> None:
    cloud.evaluations.faults.next(
        "StartBatchEvaluation",
        "ValidationException",
        reason="IdempotentParameterMismatchException",
    )

    with pytest.raises(Exception, match="was given with another request") as raised:
        team.start("second", clientToken="t" * 33)

    assert type(raised.value).__name__ == "ConflictException"
    assert team.versions() == []


def test_an_unfinished_start_under_the_same_token_decides_what_the_token_means(
    cloud: Any, team: Any
) -> None:
    _leave_record(cloud, team, "first")

    with pytest.raises(Exception, match="was given with another request") as raised:
        team.start("second", clientToken="t" * 33)
    repeated = team.start("first", clientToken="t" * 33, evaluationMetadata=METADATA)

    assert type(raised.value).__name__ == "ConflictException"
    assert repeated["batchEvaluationName"] == "first"
    assert {body["batchEvaluationName"] for body in sent(cloud)} == {"first"}
    assert [key for key in team.listing() if key.startswith("requests/")] == []


def _leave_record(cloud: Any, team: Any, name: str) -> None:
    """Begin a start and lose it: the service fails at every attempt, so the record stays."""
    for _ in range(4):
        cloud.evaluations.faults.next("StartBatchEvaluation", "InternalServerException", 500)
    with pytest.raises(Exception, match="recorded, the next export repeats it"):
        team.start(name, clientToken="t" * 33, evaluationMetadata=METADATA)
    assert [key for key in team.listing() if key.startswith("requests/")] != []


def test_the_record_is_written_before_the_call_and_encrypted_for_an_id_nobody_has(
    cloud: Any, team: Any
) -> None:
    order: list[str] = []
    cloud.evaluations._start, start = (
        lambda request: (order.append("service"), start(request))[1],
        cloud.evaluations._start,
    )

    team.start(clientToken="t" * 33, evaluationMetadata=METADATA)

    puts = [request for operation, request in cloud.s3_calls if operation == "PutObject"]
    record = puts[0]
    assert "/requests/" in record.url
    assert record.url.endswith(f"-{'t' * 33}.json")
    assert order == ["service"]
    context = base64.b64decode(record.headers["x-amz-server-side-encryption-context"])
    assert json.loads(context) == {
        "aws:bedrock-agentcore:batchEvaluationArn": "arn:aws:bedrock-agentcore:us-east-1:"
        "111122223333:batch-evaluate/weekly-0000000000"
    }
    assert record.headers["If-None-Match"] == b"*"


def test_session_metadata_is_kept_because_the_service_never_returns_it(
    cloud: Any, team: Any
) -> None:
    evaluation_id = team.start(evaluationMetadata=METADATA)["batchEvaluationId"]

    link = json.loads(team.object(f"evaluations/{evaluation_id}/session-metadata.json"))

    assert link["sessionMetadata"] == METADATA["sessionMetadata"]
    assert "evaluationMetadata" not in team.invoke(
        "GetBatchEvaluation", {"batchEvaluationId": evaluation_id}
    )


def test_a_start_whose_answer_was_lost_is_completed_by_the_next_tick(cloud: Any, team: Any) -> None:
    _leave_record(cloud, team, "weekly")

    report = team.export()

    (evaluation_id,) = cloud.evaluations.jobs
    assert report["started"] == [evaluation_id]
    assert team.listing() == [f"evaluations/{evaluation_id}/session-metadata.json"]
    assert team.export()["started"] == []


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_what_the_service_refuses_for_good_leaves_nothing_behind(
    cloud: Any, team: Any, code: str
) -> None:
    cloud.evaluations.faults.next("StartBatchEvaluation", code, 400, "no")

    with pytest.raises(Exception, match=rf"^StartBatchEvaluation: {code}") as raised:
        team.start(evaluationMetadata=METADATA)

    assert type(raised.value).__name__ == code
    assert len(sent(cloud)) == 1
    assert team.versions() == []


def test_a_name_in_use_by_somebody_else_is_a_conflict(cloud: Any, team: Any) -> None:
    cloud.evaluations.add("weekly")

    with pytest.raises(Exception, match="in use") as raised:
        team.start("weekly")

    assert type(raised.value).__name__ == "ConflictException"


def test_a_repetition_is_recognised_after_the_service_forgot_the_token(
    cloud: Any, team: Any
) -> None:
    first = team.start(clientToken="t" * 33)
    cloud.evaluations.tokens.clear()

    again = team.start(clientToken="t" * 33)

    assert again["batchEvaluationId"] == first["batchEvaluationId"]
    assert len(cloud.evaluations.jobs) == 1
    with pytest.raises(Exception, match="in use"):
        team.start(clientToken="u" * 33)


@pytest.mark.parametrize("under", [None, "arn:aws:kms:us-east-1:111122223333:key/" + "c" * 36])
def test_an_evaluation_that_comes_back_without_our_key_is_stopped_and_deleted(
    cloud: Any, team: Any, capsys: pytest.CaptureFixture[str], under: str | None
) -> None:
    add = cloud.evaluations.add
    cloud.evaluations.add = lambda name, key: add(name, under)

    with pytest.raises(Exception, match="it was stopped and will be deleted") as raised:
        team.start()
    (job,) = cloud.evaluations.jobs.values()
    assert job["status"] == "STOPPING"
    job["status"] = "STOPPED"
    team.export()

    assert type(raised.value).__name__ == "InternalServerException"
    assert cloud.evaluations.jobs == {}
    assert [key.rpartition("/")[2] for key in team.listing()] == ["refused.json"]
    assert '"EvaluationsWithoutOurKey":1' in capsys.readouterr().out


def test_throttling_is_waited_out_within_one_run(cloud: Any, team: Any) -> None:
    """With clients of its own: the SDK's rate limiter remembers a throttled client."""
    cloud.evaluations.faults.next("StartBatchEvaluation", "ThrottlingException", 429)
    fresh = Clients("us-east-1")
    cloud.connect(fresh)
    team.controller._clients = fresh

    team.start()

    assert len(sent(cloud)) == 2
    assert len(cloud.evaluations.jobs) == 1
