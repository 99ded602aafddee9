"""What still works while the key does not, as AWS documents it, and what comes back after."""

import json
from typing import Any

import pytest

RESULTS = {"evaluationResults": {"totalNumberOfSessions": 1}}


@pytest.fixture(params=["Disabled", "PendingDeletion"])
def state(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def evaluation_id(cloud: Any, team: Any) -> str:
    """A finished evaluation that is not exported yet."""
    started = team.start()["batchEvaluationId"]
    cloud.evaluations.finish(started, **RESULTS)
    return started


def test_start_is_refused_before_any_cost(cloud: Any, team: Any, state: str) -> None:
    cloud.disable_key(state)

    with pytest.raises(Exception, match=f"found {state}") as raised:
        team.start()

    assert type(raised.value).__name__ == "ValidationException"
    assert cloud.evaluations.calls == []


@pytest.mark.parametrize("get_fails", [False, True], ids=["leaves results out", "refuses"])
def test_get_gives_the_metadata_and_a_reason(
    cloud: Any, team: Any, evaluation_id: str, state: str, get_fails: bool
) -> None:
    cloud.disable_key(state)
    cloud.evaluations.unreadable_get_fails = get_fails

    answer = team.invoke("GetBatchEvaluation", {"batchEvaluationId": evaluation_id})

    assert answer["controller"]["results"] == {"state": "KeyUnavailable", "reason": state}
    assert answer["status"] == "COMPLETED"
    assert answer["batchEvaluationName"] == "weekly"
    assert "evaluationResults" not in answer


def test_get_names_a_missing_right_when_the_key_itself_is_fine(
    cloud: Any, team: Any, evaluation_id: str
) -> None:
    cloud.evaluations.readable = False
    cloud.kms.denied = {"Decrypt"}

    answer = team.invoke("GetBatchEvaluation", {"batchEvaluationId": evaluation_id})

    assert answer["controller"]["results"] == {"state": "KeyUnavailable", "reason": "AccessDenied"}


@pytest.mark.parametrize("get_fails", [False, True], ids=["leaves results out", "refuses"])
def test_list_stop_and_delete_succeed(
    cloud: Any, team: Any, evaluation_id: str, state: str, get_fails: bool
) -> None:
    running = team.start("running")["batchEvaluationId"]
    cloud.disable_key(state)
    cloud.evaluations.unreadable_get_fails = get_fails

    listed = team.invoke("ListBatchEvaluations")["batchEvaluations"]
    stopped = team.invoke("StopBatchEvaluation", {"batchEvaluationId": running})
    deleted = team.invoke("DeleteBatchEvaluation", {"batchEvaluationId": evaluation_id})

    assert len(listed) == 2
    assert stopped["status"] == "STOPPING"
    assert deleted["status"] == "DELETING"
    assert deleted["controller"]["tombstone"] is None
    assert evaluation_id not in cloud.evaluations.jobs
    assert [key for key in team.listing() if evaluation_id in key] == []


def test_the_export_waits_and_catches_up_by_itself(
    cloud: Any, team: Any, evaluation_id: str, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.disable_key(state)

    waiting = team.export()
    output = capsys.readouterr().out
    cloud.enable_key()
    caught_up = team.export()

    assert waiting["exported"] == []
    assert waiting["notDone"] == [
        {"subject": evaluation_id, "reason": "KeyUnavailable", "detail": state}
    ]
    assert '"KeyUnavailable":1' in output
    assert caught_up["exported"] == [evaluation_id]


def test_a_key_that_is_off_is_tried_with_one_evaluation_a_tick_and_said_once(
    cloud: Any, team: Any, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [team.start(f"e{number}")["batchEvaluationId"] for number in range(3)]
    for each in ids:
        cloud.evaluations.finish(each, **RESULTS)
    cloud.disable_key(state)
    cloud.evaluations.calls.clear()

    waiting = [team.export() for _ in range(3)]
    output = capsys.readouterr().out
    cloud.enable_key()

    assert [report["waiting"] for report in waiting] == [2, 2, 2]
    assert [call for call, _ in cloud.evaluations.calls].count("GetBatchEvaluation") == 3
    assert output.count('"event":"NotDone"') == 1
    assert output.count('"KeyUnavailable":3') == 3
    assert team.export()["exported"] == ids


def test_a_key_that_goes_during_the_export_is_recognised_by_s3s_error(
    cloud: Any, team: Any, evaluation_id: str
) -> None:
    for _ in range(2):
        cloud.s3_faults.next("PutObject", "KMS.DisabledException")

    waiting = team.export()

    assert waiting["notDone"] == [
        {"subject": evaluation_id, "reason": "KeyUnavailable", "detail": "KMS.DisabledException"}
    ]
    assert team.export()["exported"] == [evaluation_id]


@pytest.mark.parametrize(
    ("get_fails", "reason"),
    [
        pytest.param(False, "ResultsUnavailable", id="the service has not noticed that it is back"),
        pytest.param(True, "AccessDeniedException", id="it was not the key"),
    ],
)
def test_completed_without_results_is_never_taken_for_the_final_word(
    cloud: Any, team: Any, evaluation_id: str, get_fails: bool, reason: str
) -> None:
    """The key is in order, and the results must not be lost."""
    cloud.evaluations.readable = False
    cloud.evaluations.unreadable_get_fails = get_fails

    waiting = team.export()
    cloud.evaluations.readable = True

    assert [entry["reason"] for entry in waiting["notDone"]] == [reason]
    assert team.export()["exported"] == [evaluation_id]


def test_an_unfinished_start_survives_the_loss_of_the_key(cloud: Any, team: Any) -> None:
    record = {"parameters": _recorded(team)}
    _put_record(cloud, team, record)
    cloud.disable_key()

    waiting = team.export()
    cloud.enable_key()
    done = team.export()

    assert [entry["reason"] for entry in waiting["notDone"]] == ["KeyUnavailable"]
    assert len(done["started"]) == 1
    assert [key for key in team.listing() if key.startswith("requests/")] == []


def _recorded(team: Any) -> dict[str, Any]:
    return {
        "batchEvaluationName": "lost",
        "clientToken": "t" * 33,
        "dataSourceConfig": {
            "cloudWatchLogs": {"serviceNames": ["a"], "logGroupNames": ["aws/spans"]}
        },
        "kmsKeyArn": team.settings.evaluation_key_arn,
        "outputConfig": {"cloudWatchConfig": {"logGroupName": team.settings.result_log_group}},
    }


def _put_record(cloud: Any, team: Any, record: dict[str, Any]) -> None:
    cloud.clients.s3.put_object(
        Bucket=team.settings.output_bucket,
        Key=f"requests/20260131T093000000000Z-{'t' * 33}.json",
        Body=json.dumps(record).encode(),
    )
