"""Names that do not exist: errors show what was sent, what exists, and what was meant."""

from types import SimpleNamespace
from typing import Any

import pytest

from components.function.aws import service_model
from components.function.aws.suggestions import BUILT_IN_EVALUATORS, did_you_mean
from components.function.errors import ValidationException
from components.function.event import OWN_OPERATIONS
from local.services.agentcore.evaluators.builtin import CATALOGUE, FAILURE_ANALYSIS

CONTEXT: Any = SimpleNamespace(aws_request_id="r", get_remaining_time_in_millis=lambda: 60_000)
OPERATIONS = sorted(service_model.operations() | OWN_OPERATIONS)


def refused(team: Any, event: Any) -> str:
    with pytest.raises(ValidationException) as caught:
        team.controller.handle(event, CONTEXT)
    return str(caught.value)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_misspelt_operation_is_shown_with_the_nearest(team: Any, operation: str) -> None:
    for sent in {operation[:-1], operation.lower(), operation.replace("Batch", "")} - {operation}:
        message = refused(team, {"operation": sent})
        assert f'found "{sent}"; did you mean {operation}?' in message
        assert all(each in message for each in OPERATIONS)


def test_an_operation_like_no_other_is_shown(team: Any) -> None:
    assert refused(team, {"operation": "Zzz"}).endswith('found "Zzz"')


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"operation": "CheckKey", "option": {}}, 'found option; did you mean options?'),
        ({"operation": "CheckKey", "options": {"nam": "a"}}, "found nam; did you mean name?"),
        (
            {"operation": "ListBatchEvaluations", "options": {"status": "COMPLETE"}},
            'found "COMPLETE"; did you mean COMPLETED?',
        ),
        (
            {"operation": "StartBatchEvaluation", "parameters": {"evaluator": []}},
            "; did you mean evaluators?",
        ),
        (
            {"operation": "GetBatchEvaluation", "parameters": {"batchEvaluationid": "a"}},
            "; did you mean batchEvaluationId?",
        ),
    ],
)  # fmt: skip
def test_every_kind_of_name_has_its_nearest(team: Any, event: Any, told: str) -> None:
    assert told in refused(team, event)


def test_the_built_in_evaluators_are_those_of_the_local_service() -> None:
    assert set(BUILT_IN_EVALUATORS) == {*CATALOGUE, FAILURE_ANALYSIS}


@pytest.mark.parametrize("sent", ["Correctness", "correctness", "Corectness"])
def test_an_evaluator_without_its_prefix_is_refused_with_the_id_that_it_has(
    team: Any, make_request: Any, sent: str
) -> None:
    event = make_request(evaluators=[{"evaluatorId": sent}])
    message = refused(team, {"operation": "StartBatchEvaluation", "parameters": event})
    assert f'found "{sent}"; did you mean Builtin.Correctness?' in message


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ({"fieldList": [{"name": "evaluators[1].evaluatorId", "message": "none"}]}, True),
        ({"message": "Evaluator Builtin.Corectness not found"}, True),
        ({"message": "some other reason"}, False),
    ],
)
def test_an_evaluator_that_the_service_does_not_know_is_named(
    team: Any, cloud: Any, make_request: Any, refusal: dict[str, Any], told: bool
) -> None:
    """Only the service knows which evaluators there are; one that is new to us passes."""
    evaluators = [{"evaluatorId": f"Builtin.{name}"} for name in ("Helpfulness", "Corectness")]
    cloud.evaluations.faults.next("StartBatchEvaluation", "ValidationException", 400, **refusal)
    event = make_request(evaluators=evaluators)
    message = refused(team, {"operation": "StartBatchEvaluation", "parameters": event})
    sent = "evaluators sent: Builtin.Corectness; did you mean Builtin.Correctness?"
    assert (sent in message) is told


@pytest.mark.parametrize("name", [None, 5, "x" * 101, "", "unlike"])
def test_what_is_near_to_nothing_has_no_suggestion(name: Any) -> None:
    assert did_you_mean(name, OPERATIONS) == ""
