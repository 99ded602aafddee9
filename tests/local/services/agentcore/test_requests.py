"""Requests that the service refuses: the error's type, its reason and the members that it names."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws_api.caller import Principal
from local.aws_api.http_messages import Request, Response
from local.services.agentcore import BatchEvaluationService

ARN = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
LOGS = "dataSourceConfig.cloudWatchLogs"
OUTPUT = "outputConfig.cloudWatchConfig"
METADATA = "evaluationMetadata.sessionMetadata"


def put(path: str, value: Any) -> Any:
    """A change of a request: set the member at a dotted path, whose parents are made as objects."""

    def change(request: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            request = request.setdefault(parent, {})
        request[last] = value

    return change


def drop(path: str) -> Any:
    def change(request: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            request = request[parent]
        del request[last]

    return change


def session(**members: Any) -> Any:
    return put(METADATA, [{"sessionId": "s", **members}])


def truth(**members: Any) -> Any:
    return session(groundTruth={"inline": members})


INVALID: dict[str, tuple[Any, str]] = {
    "no name": (drop("batchEvaluationName"), "batchEvaluationName"),
    "a null name": (put("batchEvaluationName", None), "batchEvaluationName"),
    "a name with a hyphen": (put("batchEvaluationName", "my-eval"), "batchEvaluationName"),
    "a name that begins with a digit": (put("batchEvaluationName", "1a"), "batchEvaluationName"),
    "a name of 49 characters": (put("batchEvaluationName", "a" * 49), "batchEvaluationName"),
    "a name with a line end": (put("batchEvaluationName", "abc\n"), "batchEvaluationName"),
    "a name that is a number": (put("batchEvaluationName", 7), "batchEvaluationName"),
    "no data source": (drop("dataSourceConfig"), "dataSourceConfig"),
    "an empty data source": (put("dataSourceConfig", {}), "dataSourceConfig"),
    "a data source that is a list": (put("dataSourceConfig", []), "dataSourceConfig"),
    "a misspelt data source": (
        put("dataSourceConfig", {"cloudwatchLogs": {}}),
        "dataSourceConfig.cloudwatchLogs",
    ),
    "two data sources": (
        put(
            "dataSourceConfig.onlineEvaluationConfigSource",
            {
                "onlineEvaluationConfigArn": "arn:aws:bedrock-agentcore:us-east-1:111122223333:"
                "online-evaluation-config/config-0123456789"
            },
        ),
        "dataSourceConfig",
    ),
    "a malformed online configuration ARN": (
        put(
            "dataSourceConfig", {"onlineEvaluationConfigSource": {"onlineEvaluationConfigArn": "x"}}
        ),
        "dataSourceConfig.onlineEvaluationConfigSource.onlineEvaluationConfigArn",
    ),
    "no service name": (drop(f"{LOGS}.serviceNames"), f"{LOGS}.serviceNames"),
    "no service name in the list": (put(f"{LOGS}.serviceNames", []), f"{LOGS}.serviceNames"),
    "two service names": (put(f"{LOGS}.serviceNames", ["a", "b"]), f"{LOGS}.serviceNames"),
    "a service name that is a number": (
        put(f"{LOGS}.serviceNames", [1]),
        f"{LOGS}.serviceNames[0]",
    ),
    "neither groups nor prefixes": (drop(f"{LOGS}.logGroupNames"), LOGS),
    "groups and prefixes": (put(f"{LOGS}.logGroupNamePrefixes", ["/aws"]), LOGS),
    "eleven groups": (put(f"{LOGS}.logGroupNames", ["/a"] * 11), f"{LOGS}.logGroupNames"),
    "a group name with a space": (
        put(f"{LOGS}.logGroupNames", ["a b"]),
        f"{LOGS}.logGroupNames[0]",
    ),
    "six prefixes": (
        put(
            "dataSourceConfig.cloudWatchLogs",
            {"serviceNames": ["a"], "logGroupNamePrefixes": ["/a"] * 6},
        ),
        f"{LOGS}.logGroupNamePrefixes",
    ),
    "an empty prefix": (
        put(
            "dataSourceConfig.cloudWatchLogs", {"serviceNames": ["a"], "logGroupNamePrefixes": [""]}
        ),
        f"{LOGS}.logGroupNamePrefixes[0]",
    ),
    "501 session ids": (
        put(f"{LOGS}.filterConfig.sessionIds", [str(n) for n in range(501)]),
        f"{LOGS}.filterConfig.sessionIds",
    ),
    "a start time that is a number": (
        put(f"{LOGS}.filterConfig.timeRange.startTime", 1_795_000_000),
        f"{LOGS}.filterConfig.timeRange.startTime",
    ),
    "an end time that is a date": (
        put(f"{LOGS}.filterConfig.timeRange.endTime", "2026-11-24"),
        f"{LOGS}.filterConfig.timeRange.endTime",
    ),
    "a day that does not exist": (
        put(f"{LOGS}.filterConfig.timeRange.endTime", "2026-02-30T00:00:00Z"),
        f"{LOGS}.filterConfig.timeRange.endTime",
    ),
    "a time range that ends before it starts": (
        put(
            f"{LOGS}.filterConfig.timeRange",
            {"startTime": "2026-11-24T00:00:00Z", "endTime": "2026-11-23T00:00:00Z"},
        ),
        f"{LOGS}.filterConfig.timeRange",
    ),
    "an empty list of session traces": (
        put(f"{LOGS}.filterConfig.sessionTraceIds", []),
        f"{LOGS}.filterConfig.sessionTraceIds",
    ),
    "a trace id of 31 characters": (
        put(f"{LOGS}.filterConfig.sessionTraceIds", [{"sessionId": "s", "traceIds": ["a" * 31]}]),
        f"{LOGS}.filterConfig.sessionTraceIds[0].traceIds[0]",
    ),
    "session traces without traces": (
        put(f"{LOGS}.filterConfig.sessionTraceIds", [{"sessionId": "s"}]),
        f"{LOGS}.filterConfig.sessionTraceIds[0].traceIds",
    ),
    "no evaluators": (drop("evaluators"), "evaluators"),
    "an empty list of evaluators": (put("evaluators", []), "evaluators"),
    "eleven evaluators": (
        put("evaluators", [{"evaluatorId": f"Builtin.{n}"} for n in range(11)]),
        "evaluators",
    ),
    "an evaluator by ARN": (
        put("evaluators", [{"evaluatorArn": "x"}]),
        "evaluators[0].evaluatorArn",
    ),
    "a malformed evaluator id": (
        put("evaluators", [{"evaluatorId": "Helpfulness"}]),
        "evaluators[0].evaluatorId",
    ),
    "an evaluator id of 112 characters": (
        put("evaluators", [{"evaluatorId": "Builtin." + "a" * 104}]),
        "evaluators[0].evaluatorId",
    ),
    "a built-in evaluator that does not exist": (
        put("evaluators", [{"evaluatorId": "Builtin.Helpfulnes"}]),
        "evaluators[0].evaluatorId",
    ),
    "a custom evaluator that does not exist": (
        put(
            "evaluators",
            [{"evaluatorId": "Builtin.Helpfulness"}, {"evaluatorId": "mine-0123456789"}],
        ),
        "evaluators[1].evaluatorId",
    ),
    "a third party's evaluator": (
        put("evaluators", [{"evaluatorId": "ThirdParty.Vendor.Judge"}]),
        "evaluators[0].evaluatorId",
    ),
    "one evaluator twice": (
        put("evaluators", [{"evaluatorId": "Builtin.Refusal"}] * 2),
        "evaluators[1].evaluatorId",
    ),
    "a malformed insight id": (put("insights", [{"insightId": "x"}]), "insights[0].insightId"),
    "an insight of the older interface": (
        put("insights", [{"insightId": "Builtin.Insight.FailureAnalysis"}]),
        "insights[0].insightId",
    ),
    "a client token of 32 characters": (put("clientToken", "a" * 32), "clientToken"),
    "a client token of 257 characters": (put("clientToken", "a" * 257), "clientToken"),
    "a client token that ends in a hyphen": (put("clientToken", "a" * 40 + "-"), "clientToken"),
    "a key alias": (put("kmsKeyArn", "alias/mine"), "kmsKeyArn"),
    "a key id without its ARN": (put("kmsKeyArn", ARN[-36:]), "kmsKeyArn"),
    "a key of the isolated partition": (
        put("kmsKeyArn", ARN.replace("arn:aws:", "arn:aws-iso:")),
        "kmsKeyArn",
    ),
    "a key of another Region": (
        put("kmsKeyArn", ARN.replace("us-east-1", "eu-west-1")),
        "kmsKeyArn",
    ),
    "a key of another account": (put("kmsKeyArn", ARN.replace("1111222", "9999888")), "kmsKeyArn"),
    "a description of 201 characters": (put("description", "x" * 201), "description"),
    "51 tags": (put("tags", {f"k{n}": "v" for n in range(51)}), "tags"),
    "a tag key of 129 characters": (put("tags", {"k" * 129: "v"}), f"tags.{'k' * 129} (key)"),
    "a tag key with a comma": (put("tags", {"a,b": "v"}), "tags.a,b (key)"),
    "a tag value that is not ASCII": (put("tags", {"k": "ü"}), "tags.k"),
    "a tag value that is a number": (put("tags", {"k": 1}), "tags.k"),
    "an empty output configuration": (put("outputConfig", {}), "outputConfig"),
    "a result group with a space": (put(f"{OUTPUT}.logGroupName", "a b"), f"{OUTPUT}.logGroupName"),
    "a result group in the reserved namespace": (
        put(f"{OUTPUT}.logGroupName", "/aws/bedrock-agentcore/evaluations/mine"),
        f"{OUTPUT}.logGroupName",
    ),
    "a result group of 513 characters": (
        put(f"{OUTPUT}.logGroupName", "a" * 513),
        f"{OUTPUT}.logGroupName",
    ),
    "a result group although results go to the source": (
        put(OUTPUT, {"logGroupName": "/mine", "resultDestination": "SOURCE_LOG_GROUP"}),
        f"{OUTPUT}.logGroupName",
    ),
    "a result stream with a colon": (
        put(f"{OUTPUT}.logStreamName", "a:b"),
        f"{OUTPUT}.logStreamName",
    ),
    "a result stream of 513 characters": (
        put(f"{OUTPUT}.logStreamName", "a" * 513),
        f"{OUTPUT}.logStreamName",
    ),
    "an unknown result destination": (
        put(f"{OUTPUT}.resultDestination", "S3"),
        f"{OUTPUT}.resultDestination",
    ),
    "a metrics namespace of AWS": (
        put(f"{OUTPUT}.metricsNamespace", "AWS/Mine"),
        f"{OUTPUT}.metricsNamespace",
    ),
    "an empty metrics namespace": (
        put(f"{OUTPUT}.metricsNamespace", ""),
        f"{OUTPUT}.metricsNamespace",
    ),
    "metadata without a session id": (put(METADATA, [{}]), f"{METADATA}[0].sessionId"),
    "metadata of one session twice": (
        put(METADATA, [{"sessionId": "s"}, {"sessionId": "s"}]),
        f"{METADATA}[1].sessionId",
    ),
    "metadata of 501 sessions": (
        put(METADATA, [{"sessionId": str(n)} for n in range(501)]),
        METADATA,
    ),
    "metadata values that are numbers": (session(metadata={"k": 1}), f"{METADATA}[0].metadata.k"),
    "no assertions in the list": (
        truth(assertions=[]),
        f"{METADATA}[0].groundTruth.inline.assertions",
    ),
    "101 assertions": (
        truth(assertions=[{"text": "x"}] * 101),
        f"{METADATA}[0].groundTruth.inline.assertions",
    ),
    "an empty assertion": (
        truth(assertions=[{"text": ""}]),
        f"{METADATA}[0].groundTruth.inline.assertions[0].text",
    ),
    "an assertion without text": (
        truth(assertions=[{}]),
        f"{METADATA}[0].groundTruth.inline.assertions[0]",
    ),
    "a tool name of 501 characters": (
        truth(expectedTrajectory={"toolNames": ["x" * 501]}),
        f"{METADATA}[0].groundTruth.inline.expectedTrajectory.toolNames[0]",
    ),
    "a prompt of 4001 characters": (
        truth(turns=[{"input": {"prompt": "x" * 4001}}]),
        f"{METADATA}[0].groundTruth.inline.turns[0].input.prompt",
    ),
    "a dataset without an agent": (
        put("datasetExecutionConfig", {"dataset": {"datasetId": "d"}}),
        "datasetExecutionConfig.agentInvocation",
    ),
    "a dataset id with a slash": (
        put("datasetExecutionConfig.dataset.datasetId", "a/b"),
        "datasetExecutionConfig.dataset.datasetId",
    ),
    "a dataset, which the local endpoint does not run": (
        put("datasetExecutionConfig", {"dataset": {"datasetId": "d"}, "agentInvocation": {}}),
        "datasetExecutionConfig",
    ),
    "an unknown member": (put("kmsKeyId", ARN), "kmsKeyId"),
}


@pytest.fixture
def ask(world: Any, split: dict[str, Any]) -> Any:
    """Send a Start request as raw JSON, so that no client checks it before."""

    def call(*changes: Any) -> Response:
        request: dict[str, Any] = {
            "batchEvaluationName": "nightly",
            "evaluators": [{"evaluatorId": "Builtin.Helpfulness"}],
            "dataSourceConfig": {"cloudWatchLogs": split},
        }
        for change in changes:
            change(request)
        return send(world.service, world.caller, json.dumps(request).encode())

    return call


def send(
    service: BatchEvaluationService,
    caller: Principal,
    body: bytes = b"",
    method: str = "POST",
    path: str = "/evaluations/batch-evaluate",
) -> Response:
    return service.handle(Request(method, path, (), {}, body), caller)


def named(answer: Response) -> list[str]:
    body = json.loads(answer.body)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert body["reason"] == "FieldValidationFailed"
    for fault in body["fieldList"]:
        assert fault["name"] in body["message"]
        assert fault["message"] in body["message"]
    return [fault["name"] for fault in body["fieldList"]]


@pytest.mark.parametrize(("change", "field"), INVALID.values(), ids=INVALID.keys())
def test_a_request_is_refused_with_the_member_named(ask: Any, change: Any, field: str) -> None:
    assert field in named(ask(change))


def test_the_request_of_the_table_is_valid_without_changes(ask: Any) -> None:
    assert ask().status == 202


def test_all_faults_are_named_at_once(ask: Any) -> None:
    answer = ask(
        put("batchEvaluationName", "no-good"),
        put("kmsKeyArn", "alias/mine"),
        put(f"{OUTPUT}.metricsNamespace", "AWS/Mine"),
        drop("evaluators"),
    )
    assert set(named(answer)) == {
        "batchEvaluationName",
        "kmsKeyArn",
        f"{OUTPUT}.metricsNamespace",
        "evaluators",
    }


def test_a_refused_request_calls_no_other_service(ask: Any, world: Any) -> None:
    ask(put("batchEvaluationName", "no-good"))
    assert world.calls == []


def test_values_at_the_limits_are_accepted(ask: Any) -> None:
    answer = ask(
        put("batchEvaluationName", "a" * 48),
        put("clientToken", "a" * 256),
        put("description", "x" * 200),
        put("tags", {f"k{n}": "" for n in range(50)}),
        put(f"{LOGS}.filterConfig.sessionIds", [str(n) for n in range(500)]),
        put(f"{LOGS}.filterConfig.timeRange.startTime", "2026-11-24T00:00:00.123+01:00"),
        put(f"{OUTPUT}.logGroupName", ""),
        put("evaluators", [{"evaluatorId": "Builtin.FailureAnalysis"}]),
        put(METADATA, []),
    )
    assert answer.status == 202, answer.body


def test_null_members_count_as_absent(ask: Any) -> None:
    answer = ask(put("kmsKeyArn", None), put(f"{LOGS}.filterConfig", None))
    assert answer.status == 202, answer.body


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"text"', b'{"batchEvaluationName": NaN}', b"\xff\xfe", b"[" * 100_000],
    ids=["cut off", "a list", "a string", "not a number", "not UTF-8", "nested without end"],
)
def test_a_body_that_is_no_json_object_cannot_be_parsed(world: Any, body: bytes) -> None:
    answer = send(world.service, world.caller, body)
    document = json.loads(answer.body)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert document["reason"] == "CannotParse"
    assert document["message"]


def test_an_empty_body_lacks_what_is_required(world: Any) -> None:
    assert {"batchEvaluationName", "dataSourceConfig"} <= set(
        named(send(world.service, world.caller))
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/evaluations/batch-evaluate"),
        ("POST", "/evaluations/batch-evaluate/a-0123456789"),
        ("POST", "/evaluations/batch-evaluate/a-0123456789/start"),
        ("DELETE", "/evaluations/batch-evaluate"),
        ("GET", "/evaluations/batch-evaluate/a-0123456789/stop"),
        ("GET", "/evaluations"),
        ("GET", "/"),
    ],
    ids=lambda value: value.strip("/") or "root",
)
def test_what_is_no_operation_here_is_not_implemented(world: Any, method: str, path: str) -> None:
    answer = send(world.service, world.caller, b"", method, path)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (501, "NotImplemented")


@pytest.mark.parametrize(
    ("method", "suffix"),
    [("GET", ""), ("POST", "/stop"), ("DELETE", "")],
    ids=["get", "stop", "delete"],
)
def test_a_malformed_id_is_named(world: Any, method: str, suffix: str) -> None:
    path = f"/evaluations/batch-evaluate/nightly{suffix}"
    assert named(send(world.service, world.caller, b"", method, path)) == ["batchEvaluationId"]


@pytest.mark.parametrize(
    ("method", "suffix"),
    [("GET", ""), ("POST", "/stop"), ("DELETE", "")],
    ids=["get", "stop", "delete"],
)
def test_an_unknown_id_is_not_found(world: Any, method: str, suffix: str) -> None:
    path = f"/evaluations/batch-evaluate/nightly-0123456789{suffix}"
    answer = send(world.service, world.caller, b"", method, path)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
    assert json.loads(answer.body)["message"].startswith("Failed to retrieve the resource because")


def test_boto3_shows_reason_and_fields_of_a_refusal(api: Any, start: Any) -> None:
    with pytest.raises(api.exceptions.ValidationException) as refusal:
        start("not-good", kmsKeyArn="alias/mine")
    assert refusal.value.response["reason"] == "FieldValidationFailed"
    assert [fault["name"] for fault in refusal.value.response["fieldList"]] == [
        "batchEvaluationName",
        "kmsKeyArn",
    ]
    assert refusal.value.response["Error"]["Message"].startswith("2 validation errors detected")


def test_an_error_of_another_service_is_the_services_own_fault(
    world: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ClientError(
            {"Error": {"Code": "ThrottlingException", "Message": "slow"}}, "StartQuery"
        )

    monkeypatch.setattr("local.services.agentcore.sources.check_queries", fail)
    with pytest.raises(ClientError, match="ThrottlingException: slow") as failure:
        start()
    assert failure.value.response["Error"].get("Code") == "InternalServerException"
