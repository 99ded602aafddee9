"""Two environments in one account, `local` and `dev` with its name prefix, and what parts them."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

ACCOUNT, REGION = "111122223333", "us-east-1"
CONTEXT_KEY = "aws:bedrock-agentcore:batchEvaluationArn"
EVALUATIONS = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:batch-evaluate"
Denial = Callable[..., Any]


@pytest.fixture(scope="module")
def dev(world: Any, document: Any) -> dict[str, Any]:
    """The outputs of stack `dev`, whose developers are a role of the account."""
    from local.deploy.program import deploy

    anything = document(["bedrock-agentcore:*", "logs:*", "sts:AssumeRole"], "*")
    role = world.role("AgentDevelopers", anything)
    patch = pytest.MonkeyPatch()
    with patch.context() as context:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            context.delenv(name)
        for name, value in world.cloud.environment().items():
            context.setenv(name, value)
        outputs = deploy(world.project, "dev")
    world.assume("dev-developer", role)
    world.assume("dev-operator", outputs["operator_role_arn"], "dev-developer")
    return outputs


def invoke(world: Any, dev: dict[str, Any], operation: str, parameters: Any) -> dict[str, Any]:
    """The answer of dev's controller to its operator, or its error."""
    answer = world.client("lambda", "dev-operator").invoke(
        FunctionName=dev["controller_function_name"],
        Payload=json.dumps({"operation": operation, "parameters": parameters}),
    )
    return json.loads(answer["Payload"].read())


def test_each_works_under_its_own_key_and_names(world: Any, dev: dict[str, Any]) -> None:
    started = invoke(world, dev, "StartBatchEvaluation", world.request("dev_nightly"))
    assert started["kmsKeyArn"] == dev["evaluation_key_arn"] != world.key
    world.cloud.advance(15)
    wanted = {"batchEvaluationId": started["batchEvaluationId"]}
    assert invoke(world, dev, "GetBatchEvaluation", wanted)["status"] == "COMPLETED"
    assert invoke(world, dev, "ExportBatchEvaluations", {})["controller"]["exported"]
    error = world.invoke("GetBatchEvaluation", wanted, fails=True)
    assert error["errorType"] == "ResourceNotFoundException"
    listed = world.invoke("ListBatchEvaluations")["batchEvaluations"]
    assert wanted["batchEvaluationId"] not in [row["batchEvaluationId"] for row in listed]


def test_a_name_outside_the_prefix_gets_no_use_of_the_key(
    world: Any, dev: dict[str, Any], denial: Denial
) -> None:
    refused = denial(
        world.client("bedrock-agentcore", "dev-developer").start_batch_evaluation,
        **world.request("prod_nightly"),
        kmsKeyArn=dev["evaluation_key_arn"],
    )
    assert refused.code == "ValidationException"
    assert "the caller failed the kms:GenerateDataKey check" in refused.message
    (miss,) = refused.near_misses
    assert f'wants "{EVALUATIONS}/dev_*", found "{EVALUATIONS}/prod_nightly-' in miss


@pytest.mark.parametrize("who", ["controller", "developer"])
def test_callers_of_one_do_not_use_the_key_of_the_other(
    world: Any, dev: dict[str, Any], denial: Denial, who: str
) -> None:
    refused = denial(
        world.client("kms", who).generate_data_key,
        KeyId=dev["evaluation_key_arn"],
        KeySpec="AES_256",
        EncryptionContext={CONTEXT_KEY: f"{EVALUATIONS}/dev_x-0000000000"},
    )
    assert (refused.code, refused.near_misses) == ("AccessDeniedException", [])


def test_controllers_of_one_do_not_reach_what_is_of_the_other(
    world: Any, dev: dict[str, Any], denial: Denial
) -> None:
    s3, logs = world.client("s3", "controller"), world.client("logs", "controller")
    aws_lambda = world.client("lambda", "operator")
    function = dev["controller_function_name"]
    for call, members in (
        (s3.list_objects_v2, {"Bucket": dev["output_bucket"]}),
        (s3.get_object, {"Bucket": dev["output_bucket"], "Key": "manifests/x.json"}),
        (logs.filter_log_events, {"logGroupName": dev["result_log_group"]}),
        (aws_lambda.invoke, {"FunctionName": function, "Payload": b"{}"}),
        (world.client("sts", "dev-developer").assume_role,
         {"RoleArn": world.outputs["controller_role_arn"], "RoleSessionName": "other"}),
    ):  # fmt: skip
        refused = denial(call, **members)
        assert refused.code.startswith("AccessDenied")
        assert "policy allows the" in refused.message
