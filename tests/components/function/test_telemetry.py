"""Errors, logs and metrics: named as AWS names them, and without what sessions say."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from components.function import errors
from components.function.observability import metrics
from components.function.observability.logs import Log

SECRET = "my card number is 4111"


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        pytest.param([], "event: expected an object, found an array", id="a list"),
        pytest.param({}, "operation: expected one of CheckKey, Delete", id="no operation"),
        pytest.param({"operation": "Start"}, 'found "Start"', id="an unknown operation"),
        pytest.param({"operation": ["CheckKey"]}, "found an array", id="a list of operations"),
        pytest.param(
            {"operation": "CheckKey", "params": {}},
            "event: expected operation, parameters, options, found params",
            id="a typo",
        ),
        pytest.param(
            {"operation": "CheckKey", "parameters": {"a": 1}},
            "parameters: expected none for CheckKey",
            id="parameters for what takes none",
        ),
        pytest.param(
            {"operation": "CheckKey", "options": []}, "options: expected an object", id="options"
        ),
        pytest.param(
            {"operation": "CheckKey", "options": {"status": "FAILED"}},
            "options: expected name for CheckKey, found status",
            id="an option of another operation",
        ),
        pytest.param(
            {"operation": "ListBatchEvaluations", "options": {"status": ["DONE"]}},
            "options.status: expected PENDING, IN_PROGRESS",
            id="an unknown status",
        ),
        pytest.param(
            {"operation": "ListBatchEvaluations", "options": {"name": ""}},
            "options.name: expected a match of",
            id="an empty name",
        ),
    ],
)
def test_an_event_that_makes_no_sense_is_a_validation_exception(
    team: Any, event: Any, message: str
) -> None:
    context = SimpleNamespace(aws_request_id="r", get_remaining_time_in_millis=lambda: 60_000)

    with pytest.raises(errors.ValidationException) as raised:
        team.controller.handle(event, context)

    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("code", "message", "unusable"),
    [
        ("KMS.DisabledException", "", True),
        ("KMS.KMSInvalidStateException", "", True),
        ("AccessDenied", "not authorized to perform: kms:GenerateDataKey", True),
        ("AccessDenied", "not authorized to perform: s3:PutObject", False),
        ("NoSuchBucket", "", False),
    ],
)
def test_an_unusable_key_is_told_from_other_errors_of_s3(
    code: str, message: str, unusable: bool
) -> None:
    error = errors.ClientError({"Error": {"Code": code, "Message": message}}, "PutObject")

    assert errors.is_key_unusable(error) is unusable


def test_a_defect_is_reported_by_place_and_not_by_content(
    team: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr("components.function.operations.export.export", broken)

    with pytest.raises(errors.InternalServerException, match=r"^KeyError at test_telemetry.py:"):
        team.invoke("ExportBatchEvaluations")

    output = capsys.readouterr().out
    assert SECRET not in output
    assert '"event":"Broken"' in output
    assert "handler.py:" in output


def test_a_whole_life_leaves_no_content_in_the_log(
    cloud: Any, team: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = {"inline": {"assertions": [{"text": SECRET}]}}
    insight = {
        "type": "FAILURE",
        "name": SECRET,
        "description": SECRET,
        "createdAt": "2026-01-31T09:30:00Z",
    }
    started = team.start(
        description=SECRET,
        insights=[{"insightId": "Builtin.X"}],
        evaluationMetadata={"sessionMetadata": [{"sessionId": "s", "groundTruth": truth}]},
    )
    evaluation_id = started["batchEvaluationId"]
    cloud.evaluations.finish(
        evaluation_id, evaluationResults={}, insightResults=[insight], errorDetails=[SECRET]
    )
    team.put_results(evaluation_id, json.dumps({"explanation": SECRET}))
    for operation in ("Get", "Delete"):
        team.export()
        team.invoke(f"{operation}BatchEvaluation", {"batchEvaluationId": evaluation_id})
    with pytest.raises(errors.ValidationException):
        team.start(description=SECRET * 20)

    output = capsys.readouterr().out
    assert SECRET not in output
    assert {line["event"] for line in map(json.loads, output.splitlines()) if "event" in line} >= {
        "EvaluationStarted",
        "EvaluationExported",
        "EvaluationDeleted",
        "ExportFinished",
        "Refused",
    }


def test_every_line_is_json_with_the_invocations_id(
    team: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    team.invoke("CheckKey", request_id="the-request")

    lines = logged(capsys)
    assert {line["requestId"] for line in lines} == {"the-request"}
    assert lines[-1]["event"] == "Answered"
    assert lines[-1]["operation"] == "CheckKey"


def test_metrics_have_the_embedded_format_with_the_environment_as_dimension(
    cloud: Any, team: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluation_id = team.start()["batchEvaluationId"]
    cloud.evaluations.finish(evaluation_id, evaluationResults={})
    team.export()

    found = [line for line in logged(capsys) if "_aws" in line]
    assert [set(line) & set(metrics.UNITS) for line in found] == [
        {"EvaluationsStarted"},
        {"EvaluationsWithoutOurKey"},
        {"EvaluationsExported", "ExportLag"},
    ]
    (directive,) = found[2]["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "AgentCoreBatchEvaluation",
        "Dimensions": [["Environment"]],
        "Metrics": [
            {"Name": "EvaluationsExported", "Unit": "Count"},
            {"Name": "ExportLag", "Unit": "Seconds"},
        ],
    }
    assert found[2]["Environment"] == "team"
    assert 3_600 <= found[2]["ExportLag"] < 3_700
    assert isinstance(found[2]["_aws"]["Timestamp"], int)


def test_a_metric_that_nobody_defined_is_an_error(make_settings: Any) -> None:
    with pytest.raises(KeyError):
        metrics.Metrics(make_settings("team"), Log(write=lambda _: None)).put(Typo=1)
