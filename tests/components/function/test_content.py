"""Content never reaches a log line, a metric or an error, whoever repeats it and however."""

import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from components.function import errors
from components.function.aws import service_model

# Whatever six characters of it are left over, in whatever letters, can be recognised.
MARKER = 'zqj"Zqj\u00e9zqJ<zqj&' * 3
REMAINS = re.compile("zqj", re.IGNORECASE)

PLANTED = {
    "description": MARKER,
    "tags": {"zqjzqj": "zqjzqj"},
    "evaluationMetadata": {
        "sessionMetadata": [
            {
                "sessionId": "zqjzqjzqj",
                "testScenarioId": "zqjzqj",
                "metadata": {"zqjzqj": MARKER},
                "groundTruth": {
                    "inline": {
                        "assertions": [{"text": MARKER}],
                        "expectedTrajectory": {"toolNames": ["zqjzqj"]},
                        "turns": [
                            {"input": {"prompt": MARKER}, "expectedResponse": {"text": MARKER}}
                        ],
                    }
                },
            }
        ]
    },
}
SOURCE = {
    "serviceNames": ["agent.DEFAULT"],
    "logGroupNames": ["aws/spans"],
    "filterConfig": {"sessionIds": ["zqjzqj"]},
}

_spellings: list[Callable[[str], str]] = [
    str,
    str.upper,
    json.dumps,
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    repr,
    lambda text: json.dumps(json.dumps(text)),
    lambda text: f"Value '{text[:17]}...' at 'x' failed to satisfy constraint",
    lambda text: text[7:19],
    lambda text: f"User: {text} is not authorized to perform: kms:{text}",
    lambda text: f"logs:{text} to create log groups {text}",
]
echoes = st.builds(
    lambda spell, after: spell(MARKER) + after,
    st.sampled_from(_spellings),
    st.sampled_from(["", "; kmsKeyArn", " bedrock-agentcore.amazonaws.com kms:Decrypt"]),
)
OPERATIONS = (
    "StartBatchEvaluation",
    "GetBatchEvaluation",
    "ListBatchEvaluations",
    "StopBatchEvaluation",
    "DeleteBatchEvaluation",
    "DescribeKey",
    "GenerateDataKey",
    "PutObject",
    "ListObjectsV2",
)
refusals = st.fixed_dictionaries(
    {
        "code": st.sampled_from(
            ["ValidationException", "AccessDeniedException", "ConflictException", "Zqj zqj", "zqj"]
        ),
        "status": st.sampled_from([400, 403, 409]),
        "message": echoes,
        "reason": st.sampled_from(["FieldValidationFailed", "zqj"]),
        "fieldList": st.lists(
            st.fixed_dictionaries(
                {
                    "name": st.sampled_from(
                        [
                            "zqj",
                            "tags.zqj",
                            "evaluationMetadata.sessionMetadata[0].metadata.zqj",
                            "/evaluators/0/zqj",
                        ]
                    ),
                    "message": echoes,
                }
            ),
            max_size=2,
        ),
    }
)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("operation", OPERATIONS)
@settings(
    max_examples=5,
    derandomize=True,
    phases=[Phase.generate],  # a found example is small already
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(refusal=refusals)
def test_a_service_may_echo_content_in_any_form(
    cloud: Any,
    team: Any,
    capsys: pytest.CaptureFixture[str],
    operation: str,
    refusal: dict[str, Any],
) -> None:
    """A life in which one call of each invocation is refused with what was sent."""
    faults = {"PutObject": cloud.s3_faults, "ListObjectsV2": cloud.s3_faults}.get(
        operation,
        cloud.kms.faults if operation in ("DescribeKey", "GenerateDataKey") else None,
    ) or cloud.evaluations.faults
    told: list[str] = []

    def invoke(called: str, parameters: dict[str, Any] | None = None) -> None:
        faults.queue.clear()
        faults.next(operation, **refusal)
        try:
            team.invoke(called, parameters)
        except errors.ControllerError as error:
            told.append(f"{type(error).__name__}: {error}")

    name = f"e{len(cloud.evaluations.calls)}"
    request = {
        "batchEvaluationName": name,
        "dataSourceConfig": {"cloudWatchLogs": SOURCE},
        "evaluators": [{"evaluatorId": "Builtin.Correctness"}],
        **PLANTED,
    }
    invoke("StartBatchEvaluation", request)
    faults.queue.clear()
    started = team.invoke("StartBatchEvaluation", request | {"batchEvaluationName": f"{name}_2"})
    named = {"batchEvaluationId": started["batchEvaluationId"]}
    invoke("GetBatchEvaluation", named)
    invoke("StopBatchEvaluation", named)
    cloud.evaluations.finish(
        started["batchEvaluationId"], errorDetails=[MARKER], evaluationResults={}
    )
    invoke("ExportBatchEvaluations")
    invoke("ListBatchEvaluations")
    invoke("CheckKey")
    invoke("DeleteBatchEvaluation", named)
    faults.queue.clear()

    output = capsys.readouterr().out
    assert '"event"' in output
    assert not REMAINS.search(output)
    assert not REMAINS.search("\n".join(told))


def _invalid(shape_name: str) -> Any:
    """A value with every member of a shape, and two more, where all strings are the marker."""
    shape = service_model.shape_named(shape_name)
    match shape["type"]:
        case "structure":
            members = {name: _invalid(one["shape"]) for name, one in shape["members"].items()}
            return members | {MARKER: MARKER, "zqj z": 1}
        case "list":
            return [_invalid(shape["member"]["shape"]), MARKER, {MARKER: MARKER}]
        case "map":
            return {MARKER: MARKER, "zqj z": [MARKER]}
        case _:
            return MARKER


@pytest.mark.parametrize("operation", sorted(service_model.operations()))
def test_no_string_of_an_invalid_request_is_repeated(
    team: Any, capsys: pytest.CaptureFixture[str], operation: str
) -> None:
    shape = service_model.evaluations_model()["operations"][operation]["input"]["shape"]
    event = {
        "operation": operation,
        "parameters": _invalid(shape),
        "options": {"name": MARKER, "status": [MARKER, MARKER], MARKER: MARKER},
        MARKER: MARKER,
    }
    context = SimpleNamespace(aws_request_id="r", get_remaining_time_in_millis=lambda: 60_000)

    with pytest.raises(errors.ValidationException) as raised:
        team.controller.handle(event, context)

    assert not REMAINS.search(str(raised.value))
    assert not REMAINS.search(capsys.readouterr().out)


@pytest.mark.parametrize("operation", [MARKER, [MARKER], {MARKER: MARKER}, None])
def test_an_unknown_operation_is_not_repeated(team: Any, operation: Any) -> None:
    context = SimpleNamespace(aws_request_id="r", get_remaining_time_in_millis=lambda: 60_000)

    with pytest.raises(errors.ValidationException, match="operation: expected one of") as raised:
        team.controller.handle({"operation": operation}, context)

    assert not REMAINS.search(str(raised.value))
