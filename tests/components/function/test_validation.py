"""Requests are held to every constraint of the service's model before anything is called."""

from typing import Any

import pytest

from components.function.aws import request_validation
from components.function.errors import ValidationException

SOURCE = "dataSourceConfig.cloudWatchLogs"
SESSIONS = "evaluationMetadata.sessionMetadata"


def changed(make_request: Any, path: str, value: Any) -> dict[str, Any]:
    """A good request with `value` at the dotted path (`...` removes the member)."""
    request = make_request()
    *parents, last = path.split(".")
    node = request
    for parent in parents:
        node = node.setdefault(parent, {})
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return request


def session(**ground_truth: Any) -> list[dict[str, Any]]:
    return [{"sessionId": "s", "groundTruth": {"inline": ground_truth}}]


BAD = [
    ("no name", "batchEvaluationName", ..., "batchEvaluationName: expected a value, it is missing"),
    ("a name with a hyphen", "batchEvaluationName", "a-b", "batchEvaluationName: expected a match"),
    ("a name that begins with a digit", "batchEvaluationName", "1a", "batchEvaluationName: "),
    ("a name of 49 characters", "batchEvaluationName", "a" * 49, "batchEvaluationName: "),
    ("a name that ends in a line feed", "batchEvaluationName", "a\n", "batchEvaluationName: "),
    ("a number for a name", "batchEvaluationName", 7, "batchEvaluationName: expected a string"),
    ("null for a name", "batchEvaluationName", None, "expected a string, found null"),
    ("no data source", "dataSourceConfig", ..., "dataSourceConfig: expected a value"),
    ("a list for an object", "dataSourceConfig", [], "dataSourceConfig: expected an object"),
    ("an empty union", "dataSourceConfig", {}, "dataSourceConfig: expected exactly one of"),
    (
        "both members of a union",
        "dataSourceConfig.onlineEvaluationConfigSource",
        {"onlineEvaluationConfigArn": "arn:x"},
        "dataSourceConfig: expected exactly one of cloudWatchLogs, onlineEvaluationConfigSource, "
        "found 2 (cloudWatchLogs, onlineEvaluationConfigSource)",
    ),
    (
        "a misspelt union member",
        "dataSourceConfig",
        {"cloudwatchLogs": {}},
        "dataSourceConfig.cloudwatchLogs: no such member, expected one of cloudWatchLogs",
    ),
    ("no service name", f"{SOURCE}.serviceNames", ..., f"{SOURCE}.serviceNames: expected a value"),
    ("an empty list of services", f"{SOURCE}.serviceNames", [], "expected at least 1 entries"),
    ("two services", f"{SOURCE}.serviceNames", ["a", "b"], "expected at most 1 entries, found 2"),
    ("a string for a list", f"{SOURCE}.logGroupNames", "g", f"{SOURCE}.logGroupNames: expected an"),
    ("eleven log groups", f"{SOURCE}.logGroupNames", ["g"] * 11, "expected at most 10 entries"),
    (
        "a log group with a colon, third in its list",
        f"{SOURCE}.logGroupNames",
        ["a", "b", "c:d"],
        f"{SOURCE}.logGroupNames[2]: expected a match",
    ),
    (
        "half of a surrogate pair in a description",
        "description",
        "cut \ud83d",
        "description: expected Unicode text, found half of a surrogate pair in it",
    ),
    ("six prefixes", f"{SOURCE}.logGroupNamePrefixes", ["g"] * 6, "expected at most 5 entries"),
    ("an empty prefix", f"{SOURCE}.logGroupNamePrefixes", [""], "expected at least 1 characters"),
    (
        "a prefix of 513 characters",
        f"{SOURCE}.logGroupNamePrefixes",
        ["g" * 513],
        f"{SOURCE}.logGroupNamePrefixes[0]: expected at most 512 characters, found 513",
    ),
    (
        "501 sessions",
        f"{SOURCE}.filterConfig.sessionIds",
        ["s"] * 501,
        f"{SOURCE}.filterConfig.sessionIds: expected at most 500 entries, found 501",
    ),
    (
        "a trace id of 31 characters",
        f"{SOURCE}.filterConfig.sessionTraceIds",
        [{"sessionId": "s", "traceIds": ["0" * 31]}],
        f"{SOURCE}.filterConfig.sessionTraceIds[0].traceIds[0]: expected at least 32 characters",
    ),
    (
        "a time without its zone",
        f"{SOURCE}.filterConfig.timeRange.startTime",
        "2026-01-31T09:30:00",
        f"{SOURCE}.filterConfig.timeRange.startTime: expected an ISO-8601 time with its zone",
    ),
    (
        "a day that does not exist",
        f"{SOURCE}.filterConfig.timeRange.endTime",
        "2026-02-30T09:30:00Z",
        f"{SOURCE}.filterConfig.timeRange.endTime: expected an ISO-8601 time",
    ),
    (
        "a number for a time",
        f"{SOURCE}.filterConfig.timeRange.endTime",
        1769851800,
        "found a number",
    ),
    (
        "eleven evaluators",
        "evaluators",
        [{"evaluatorId": "Builtin.A"}] * 11,
        "evaluators: expected",
    ),
    (
        "the member that the encryption page's sample uses",
        "evaluators",
        [{"evaluatorArn": "arn:x"}],
        "evaluators[0].evaluatorArn: no such member, expected one of evaluatorId",
    ),
    (
        "an evaluator by ARN",
        "evaluators",
        [{"evaluatorId": "arn:x"}],
        "evaluators[0].evaluatorId: ",
    ),
    ("an insight without id", "insights", [{}], "insights[0].insightId: expected a value"),
    ("a token of 32 characters", "clientToken", "a" * 32, "clientToken: expected at least 33"),
    ("a token of 257 characters", "clientToken", "a" * 257, "clientToken: expected at most 256"),
    (
        "a token that ends in a hyphen",
        "clientToken",
        "a" * 33 + "-",
        "clientToken: expected a match",
    ),
    ("an alias for a key", "kmsKeyArn", "alias/mine", "kmsKeyArn: expected a match"),
    ("a description of 201 characters", "description", "d" * 201, "description: expected at most"),
    ("51 tags", "tags", {f"t{n}": "" for n in range(51)}, "tags: expected at most 50 entries"),
    ("a tag without a name", "tags", {"": "v"}, "tags (key): expected at least 1 characters"),
    ("a tag with a wide space", "tags", {"a\u2003b": ""}, "tags (key): expected a match"),
    (
        "a tag value of 257 characters",
        "tags",
        {"t": "v" * 257},
        "tags.(a name of 1 characters): expected at most 256",
    ),
    ("an unknown member", "executionRoleArn", "x", "executionRoleArn: no such member"),
    (
        "an unknown destination",
        "outputConfig.cloudWatchConfig.resultDestination",
        "S3",
        "outputConfig.cloudWatchConfig.resultDestination: expected one of DEDICATED_LOG_GROUP, "
        'SOURCE_LOG_GROUP, found "S3"',
    ),
    (
        "501 sessions with metadata",
        SESSIONS,
        [{"sessionId": "s"}] * 501,
        f"{SESSIONS}: expected at most 500 entries, found 501",
    ),
    (
        "101 assertions",
        SESSIONS,
        session(assertions=[{"text": "t"}] * 101),
        f"{SESSIONS}[0].groundTruth.inline.assertions: expected at most 100 entries, found 101",
    ),
    (
        "an assertion of 100,001 characters",
        SESSIONS,
        session(assertions=[{"text": "t" * 100_001}]),
        f"{SESSIONS}[0].groundTruth.inline.assertions[0].text: expected at most 100000 characters",
    ),
    (
        "a boolean in the metadata",
        SESSIONS,
        [{"sessionId": "s", "metadata": {"k": True}}],
        f"{SESSIONS}[0].metadata.(a name of 1 characters): expected a string, found a boolean",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "message"), [pytest.param(*row[1:], id=row[0]) for row in BAD]
)
def test_a_start_that_breaks_the_model_is_refused_with_its_field(
    make_request: Any, path: str, value: Any, message: str
) -> None:
    faults = request_validation.faults("StartBatchEvaluation", changed(make_request, path, value))

    assert any(message in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("clientToken", "a" * 33, id="the shortest token"),
        pytest.param("clientToken", "a-" * 127 + "aa", id="the longest token"),
        pytest.param("batchEvaluationName", "a" * 48, id="the longest name"),
        pytest.param("outputConfig.cloudWatchConfig.logGroupName", "", id="an empty log group"),
        pytest.param(f"{SOURCE}.filterConfig.sessionIds", ["s"] * 500, id="500 sessions"),
        pytest.param(
            f"{SOURCE}.filterConfig.timeRange",
            {"startTime": "2026-01-31T09:30:00.5+02:00", "endTime": "2026-02-01T00:00:00Z"},
            id="times with fractions and offsets",
        ),
        pytest.param("evaluators", [{"evaluatorId": "mine-0123456789"}], id="a custom evaluator"),
        pytest.param("tags", {"team:a b": "x=y+z@w"}, id="tags with every allowed sign"),
        pytest.param(
            SESSIONS,
            session(turns=[{"input": {"prompt": ""}, "expectedResponse": {"text": "4"}}]),
            id="ground truth of a turn",
        ),
    ],
)
def test_a_start_at_the_bounds_of_the_model_passes(
    make_request: Any, path: str, value: Any
) -> None:
    assert (
        request_validation.faults("StartBatchEvaluation", changed(make_request, path, value)) == []
    )


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        pytest.param("GetBatchEvaluation", {}, "batchEvaluationId: expected a value", id="no id"),
        pytest.param(
            "StopBatchEvaluation",
            {"batchEvaluationId": "../x"},
            "batchEvaluationId: expected a match",
            id="an id with a path in it",
        ),
        pytest.param(
            "ListBatchEvaluations",
            {"maxResults": 0},
            "expected a number from 1",
            id="pages of none",
        ),
        pytest.param(
            "ListBatchEvaluations", {"maxResults": 101}, "found 101", id="pages of more than 100"
        ),
        pytest.param(
            "ListBatchEvaluations",
            {"maxResults": True},
            "a whole number",
            id="a boolean for a number",
        ),
        pytest.param(
            "ListBatchEvaluations", {"maxResults": 1.5}, "a whole number", id="a broken number"
        ),
        pytest.param(
            "ListBatchEvaluations",
            {"nextToken": "\ud800"},
            "nextToken: expected Unicode text",
            id="half of a surrogate pair",
        ),
        pytest.param("DeleteBatchEvaluation", [], "parameters: expected an object", id="a list"),
    ],
)
def test_the_other_operations_are_held_to_the_model_as_well(
    operation: str, parameters: Any, message: str
) -> None:
    assert message in "; ".join(request_validation.faults(operation, parameters))


def test_all_faults_are_in_one_message(make_request: Any) -> None:
    bad = make_request("a-b", clientToken="short", kmsKeyArn="alias/x", tags=[])

    with pytest.raises(ValidationException) as raised:
        request_validation.require(request_validation.faults("StartBatchEvaluation", bad))

    fields = ("batchEvaluationName: ", "clientToken: ", "kmsKeyArn: ", "tags: ")
    assert [field for field in fields if field not in str(raised.value)] == []


def test_more_faults_than_anyone_reads_are_counted(make_request: Any) -> None:
    bad = changed(make_request, f"{SOURCE}.filterConfig.sessionIds", [1] * 400)

    with pytest.raises(ValidationException, match=r"; and 300 more$"):
        request_validation.require(request_validation.faults("StartBatchEvaluation", bad))


def test_messages_do_not_repeat_what_sessions_and_people_wrote(make_request: Any) -> None:
    secret = "The patient's diagnosis"
    bad = make_request(
        description=secret * 20,
        evaluationMetadata={
            "sessionMetadata": [
                {
                    "sessionId": 1,
                    secret: secret,
                    "metadata": {secret: 1},
                    "groundTruth": {"inline": {"assertions": [{"text": [secret]}, secret]}},
                }
            ]
        },
    )

    faults = request_validation.faults("StartBatchEvaluation", bad)

    assert len(faults) == 6
    assert secret not in "; ".join(faults)
