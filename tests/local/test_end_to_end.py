"""The product as a whole on the local AWS: deployed, and used over HTTP under its own roles."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.deploy.program import deploy
from local.runtime.clock import ManualClock
from local.telemetry.log_delivery import load_samples, sample_ground_truth
from tests.harness import ROOT

SERVICE = "support_agent_split.DEFAULT"
CONTEXT_KEY = "aws:bedrock-agentcore:batchEvaluationArn"
Clients = Callable[..., Any]
Invoke = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(clock=ManualClock(time.time())) as running:
        yield running


@pytest.fixture(scope="module")
def clients(cloud: LocalCloud) -> Iterator[Clients]:
    made: dict[tuple[str, str], Any] = {}

    def client(service: str, user: str = "deployer") -> Any:
        if (service, user) not in made:
            variables = cloud.environment(user)
            made[service, user] = boto3.client(
                service,  # pyright: ignore[reportArgumentType, reportCallIssue]
                endpoint_url=variables["AWS_ENDPOINT_URL"],
                region_name=variables["AWS_REGION"],
                aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
                config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
            )
        return made[service, user]

    yield client
    for each in made.values():
        each.close()


@pytest.fixture(scope="module")
def outputs(cloud: LocalCloud) -> dict[str, Any]:
    patch = pytest.MonkeyPatch()
    with patch.context() as context:
        for name, value in cloud.environment().items():
            context.setenv(name, value)
        return deploy(ROOT, "local")


@pytest.fixture(scope="module")
def log_groups(clients: Clients) -> tuple[str, ...]:
    return load_samples(clients("logs"), time.time()).groups[SERVICE]


@pytest.fixture(scope="module")
def invoke(clients: Clients, outputs: dict[str, Any]) -> Invoke:
    def call(operation: str, parameters: Any = None, *, fails: bool = False) -> dict[str, Any]:
        answer = clients("lambda").invoke(
            FunctionName=outputs["controller_function_name"],
            Payload=json.dumps({"operation": operation, "parameters": parameters or {}}),
        )
        payload = json.loads(answer["Payload"].read())
        assert ("FunctionError" in answer) == fails, payload
        return payload

    return call


@pytest.fixture
def request_of(log_groups: tuple[str, ...]) -> Callable[[str], dict[str, Any]]:
    def make(name: str) -> dict[str, Any]:
        return {
            "batchEvaluationName": name,
            "evaluators": [{"evaluatorId": "Builtin.Correctness"}],
            "dataSourceConfig": {
                "cloudWatchLogs": {"serviceNames": [SERVICE], "logGroupNames": list(log_groups)}
            },
        }

    return make


def test_an_evaluation_goes_through_its_life_under_the_key(
    cloud: LocalCloud, clients: Clients, outputs: dict[str, Any], invoke: Invoke, request_of: Any
) -> None:
    key = outputs["evaluation_key_arn"]
    request = {**request_of("whole_life"), "evaluationMetadata": sample_ground_truth()}
    started = invoke("StartBatchEvaluation", request)
    evaluation, arn = started["batchEvaluationId"], started["batchEvaluationArn"]
    assert started["kmsKeyArn"] == key
    assert started["status"] == "PENDING"
    cloud.advance(3)
    assert invoke("GetBatchEvaluation", {"batchEvaluationId": evaluation})["status"] == (
        "IN_PROGRESS"
    )
    cloud.advance(60)  # it ends, and the schedule fires
    finished = invoke("GetBatchEvaluation", {"batchEvaluationId": evaluation})
    assert finished["status"] == "COMPLETED"
    assert finished["evaluationResults"]["numberOfSessionsCompleted"] == 7
    (summary,) = finished["evaluationResults"]["evaluatorSummaries"]
    assert 0 < summary["statistics"]["averageScore"] < 1
    names = [row["batchEvaluationId"] for row in invoke("ListBatchEvaluations")["batchEvaluations"]]
    assert evaluation in names

    s3 = clients("s3")
    bucket = outputs["output_bucket"]
    listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    artifacts = [name for name in listed if evaluation in name]
    assert artifacts == [
        f"evaluations/{evaluation}/data-source-config.json",
        f"evaluations/{evaluation}/evaluation-results.json",
        f"evaluations/{evaluation}/session-metadata.json",
        f"evaluations/{evaluation}/session-results-00001.jsonl",
        f"manifests/{evaluation}.json",
    ]
    events = [
        json.loads(event["CloudTrailEvent"])
        for page in clients("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "GenerateDataKey"}]
        )
        for event in page["Events"]
    ]
    contexts = {
        context["aws:s3:arn"]: context.get(CONTEXT_KEY)
        for event in events
        if "aws:s3:arn" in (context := event["requestParameters"]["encryptionContext"])
    }
    for name in artifacts:
        head = s3.head_object(Bucket=bucket, Key=name)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
        assert contexts[f"arn:aws:s3:::{bucket}/{name}"] == arn

    receipt = invoke("DeleteBatchEvaluation", {"batchEvaluationId": evaluation})
    assert receipt["batchEvaluationId"] == evaluation
    cloud.advance(120)
    left = s3.list_object_versions(Bucket=bucket)
    kept = [v["Key"].split("/") for v in left.get("Versions", []) if evaluation in v["Key"]]
    assert {(path[0], path[-1]) for path in kept} == {
        ("tokens", f"{evaluation}.json"),
        ("tombstones", f"{evaluation}.json"),
    }
    assert len(kept) == 2
    error = invoke("GetBatchEvaluation", {"batchEvaluationId": evaluation}, fails=True)
    assert error["errorType"] == "ResourceNotFoundException"


def test_a_running_evaluation_can_be_stopped(
    cloud: LocalCloud, invoke: Invoke, request_of: Any
) -> None:
    started = invoke("StartBatchEvaluation", request_of("stopped_one"))
    wanted = {"batchEvaluationId": started["batchEvaluationId"]}
    cloud.advance(3)
    assert invoke("StopBatchEvaluation", wanted)["status"] in {"STOPPING", "STOPPED"}
    cloud.advance(5)
    assert invoke("GetBatchEvaluation", wanted)["status"] == "STOPPED"
    assert invoke("StopBatchEvaluation", wanted)["status"] == "STOPPED"  # a repetition is no error


def test_another_key_is_refused(clients: Clients, invoke: Invoke, request_of: Any) -> None:
    other = clients("kms").create_key(KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    error = invoke(
        "StartBatchEvaluation", {**request_of("other_key"), "kmsKeyArn": other}, fails=True
    )
    assert error["errorType"] == "ValidationException"
    assert "kmsKeyArn" in error["errorMessage"]


def test_a_disabled_key_stops_a_start_before_any_cost_and_comes_back(
    cloud: LocalCloud, clients: Clients, outputs: dict[str, Any], invoke: Invoke, request_of: Any
) -> None:
    key = outputs["evaluation_key_arn"].rpartition("/")[2]
    clients("kms").disable_key(KeyId=key)
    try:
        error = invoke("StartBatchEvaluation", request_of("too_late"), fails=True)
        assert error["errorType"] == "ValidationException"
        assert "Disabled" in error["errorMessage"]
    finally:
        clients("kms").enable_key(KeyId=key)
    assert invoke("StartBatchEvaluation", request_of("too_late"))["status"] == "PENDING"
    cloud.advance(60)


def test_boto3_runs_the_five_operations_itself(
    cloud: LocalCloud, clients: Clients, outputs: dict[str, Any], request_of: Any
) -> None:
    service = clients("bedrock-agentcore", "developer")
    started = service.start_batch_evaluation(
        **request_of("by_boto3"), kmsKeyArn=outputs["evaluation_key_arn"]
    )
    wanted = {"batchEvaluationId": started["batchEvaluationId"]}
    cloud.advance(3)
    assert service.get_batch_evaluation(**wanted)["status"] == "IN_PROGRESS"
    rows = service.list_batch_evaluations()["batchEvaluations"]
    assert wanted["batchEvaluationId"] in [row["batchEvaluationId"] for row in rows]
    assert service.stop_batch_evaluation(**wanted)["status"] == "STOPPING"
    cloud.advance(2)
    assert service.delete_batch_evaluation(**wanted)["status"] == "DELETING"
    cloud.advance(2)
    with pytest.raises(ClientError) as caught:
        service.get_batch_evaluation(**wanted)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_the_aws_cli_runs_the_five_operations_and_the_function(
    cloud: LocalCloud, outputs: dict[str, Any], request_of: Any, tmp_path: Path
) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        **cloud.environment("developer"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "HOME": str(tmp_path),
    }

    def aws(*arguments: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "awscli", *arguments, "--output", "json"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    request = request_of("by_cli")
    started = aws(
        *("bedrock-agentcore", "start-batch-evaluation"),
        *("--batch-evaluation-name", "by_cli"),
        *("--evaluators", "evaluatorId=Builtin.Correctness"),
        *("--data-source-config", json.dumps(request["dataSourceConfig"])),
        *("--kms-key-arn", outputs["evaluation_key_arn"]),
    )
    assert started["kmsKeyArn"] == outputs["evaluation_key_arn"]
    evaluation = ("--batch-evaluation-id", started["batchEvaluationId"])
    cloud.advance(3)
    assert aws("bedrock-agentcore", "get-batch-evaluation", *evaluation)["status"] == "IN_PROGRESS"
    assert aws("bedrock-agentcore", "list-batch-evaluations")["batchEvaluations"]
    assert aws("bedrock-agentcore", "stop-batch-evaluation", *evaluation)["status"] == "STOPPING"
    cloud.advance(2)
    deleted = aws("bedrock-agentcore", "delete-batch-evaluation", *evaluation)
    assert deleted["status"] == "DELETING"
    role = ("--role-arn", outputs["operator_role_arn"], "--role-session-name", "by-cli")
    credentials = aws("sts", "assume-role", *role)["Credentials"]
    environment |= {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
    event = {"operation": "StartBatchEvaluation", "parameters": request_of("by_cli_too")}
    answered = aws(
        *("lambda", "invoke", "--function-name", outputs["controller_function_name"]),
        *("--payload", json.dumps(event), "answer.json"),
    )
    assert answered["StatusCode"] == 200
    assert json.loads((tmp_path / "answer.json").read_text())["status"] == "PENDING"
    cloud.advance(60)


def test_deploying_twice_is_refused_and_changes_nothing(
    cloud: LocalCloud, clients: Clients, outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from local.deploy.resource_monitor import DeploymentError

    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DeploymentError, match="already"):
        deploy(ROOT, "local")
    function = clients("lambda").get_function(FunctionName=outputs["controller_function_name"])
    assert function["Configuration"]["FunctionArn"] == outputs["controller_function_arn"]
