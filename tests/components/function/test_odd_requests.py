"""Whatever an operation is asked, its answer is documented, and nothing is done by halves."""

import copy
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from components.function.errors import ControllerError
from tests.components.function.account import request

ID = "weekly-0000000001"
FULL = request(
    clientToken="t" * 33,
    description="d",
    insights=[{"insightId": "Builtin.X"}],
    tags={"team": "a"},
    evaluationMetadata={
        "sessionMetadata": [
            {
                "sessionId": "s",
                "metadata": {"k": "v"},
                "groundTruth": {"inline": {"assertions": [{"text": "t"}]}},
            }
        ]
    },
    outputConfig={"cloudWatchConfig": {"metricsNamespace": "Mine"}},
)
REQUESTS: dict[str, dict[str, Any]] = {
    "StartBatchEvaluation": {"parameters": FULL, "options": {"queue": False}},
    "GetBatchEvaluation": {"parameters": {"batchEvaluationId": ID}},
    "StopBatchEvaluation": {"parameters": {"batchEvaluationId": ID}},
    "DeleteBatchEvaluation": {"parameters": {"batchEvaluationId": ID}},
    "ListBatchEvaluations": {
        "parameters": {"maxResults": 5, "nextToken": "IndlZWtseSI="},
        "options": {"name": "a*", "status": ["FAILED"]},
    },
    "ExportBatchEvaluations": {"options": {"retryNow": True}},
    "CheckKey": {"options": {"name": "weekly"}},
}
ODD = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    float("inf"),
    "",
    " ",
    "x" * 100_000,
    "é\u2028\U0001f600",
    "\ud83d",
    "\x00",
    "../../manifests/x",
    "*",
    [],
    [None],
    [[]],
    {},
    {"": None},
    {"\ud83d": {}},
]


def paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield path
    members = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node if isinstance(node, list) else ())
    )
    for name, value in members:
        yield from paths(value, (*path, name))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.copy(document)
    changed[path[0]] = replaced(document[path[0]], path[1:], value)
    return changed


def ask(team: Any, event: Any) -> str:
    """Ask, and return the name of the error; one that nobody has foreseen is InternalServer…."""
    refused: ControllerError | None = None
    context = SimpleNamespace(aws_request_id="r" * 36, get_remaining_time_in_millis=lambda: 300_000)
    try:
        json.dumps(team.controller.handle(event, context), allow_nan=False)
    except ControllerError as error:
        refused = error
    assert len(str(refused)) < 20_000
    return type(refused).__name__ if refused else ""


@pytest.mark.parametrize("operation", REQUESTS)
def test_each_place_of_a_request_with_anything_in_it(cloud: Any, team: Any, operation: str) -> None:
    whole = {"operation": operation, **REQUESTS[operation]}
    asked = 0
    for path in paths(whole):
        for value in ODD:
            asked += 1
            cloud.evaluations.jobs.clear()
            cloud.evaluations.tokens.clear()
            error = ask(team, replaced(whole, path, value))
            assert error in ("", "ValidationException", "ResourceNotFoundException")
            if path[:1] == ("operation",):
                assert error == "ValidationException"
            if versions := team.versions():
                assert (operation, error) == ("StartBatchEvaluation", "")
                team.remove(*versions)
    assert asked == len(list(paths(whole))) * len(ODD)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["operation", "parameters", "options", *FULL, "batchEvaluationId"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(operation=st.sampled_from(list(REQUESTS)), parameters=anything, options=anything)
def test_anything_at_all(
    cloud: Any, team: Any, operation: str, parameters: Any, options: Any
) -> None:
    event = {"operation": operation, "parameters": parameters, "options": options}

    assert ask(team, event) in ("", "ValidationException", "ResourceNotFoundException")
    assert cloud.evaluations.jobs == {}
