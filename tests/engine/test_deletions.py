"""Resources that somebody deleted behind Pulumi's back: made again, or not missed by a destroy."""

from collections.abc import Iterator

import pytest

from local.provider.aws_clients import Cloud
from local.provider.resource_types import RESOURCES
from tests.engine.engine import Aws, MakeStack, Stack
from tests.program.test_stacks import DESIGNED


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack) -> Stack:
    stack = make_stack("deleted")
    stack.up()
    return stack


@pytest.fixture
def cloud(endpoint: dict[str, str]) -> Iterator[Cloud]:
    services = ("iam", "kms", "lambda", "logs", "s3", "scheduler", "sqs")
    cloud = Cloud(
        "us-east-1",
        endpoint["AWS_ACCESS_KEY_ID"],
        endpoint["AWS_SECRET_ACCESS_KEY"],
        endpoints=dict.fromkeys(services, endpoint["AWS_ENDPOINT_URL"]),
    )
    yield cloud
    cloud.close()


def delete_all(cloud: Cloud, stack: Stack) -> int:
    """Delete everything that the stack has, in the cloud alone, the last first; count it."""
    made = [r for r in stack.state()["resources"] if r["type"] in RESOURCES]
    for resource in reversed(made):
        RESOURCES[resource["type"]].delete(cloud, resource["id"], resource["outputs"])
    return len(made)


DEFAULT = "rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId"
USERS = {
    "evaluation": {
        "evaluation-key-alias": "~ targetKeyId",
        "output-encryption": f"~ {DEFAULT}",
        "output-policy": "~ policy",
        "controller-function": "~ environment.variables.EVALUATION_KEY_ARN",
    },
    "operations": {
        "operations-key-alias": "~ targetKeyId",
        "results-group": "~ kmsKeyId",
        "controller-log-group": "~ kmsKeyId",
        "controller-failures": "~ kmsMasterKeyId",
        "controller-schedule-failures": "~ kmsMasterKeyId",
    },
}


@pytest.mark.parametrize("kind", USERS)
def test_a_key_that_is_to_be_deleted_is_made_again_and_all_that_use_it_follow(
    stack: Stack, aws: Aws, kind: str
) -> None:
    old = stack.outputs()[f"{kind}_key_arn"]
    aws("kms").schedule_key_deletion(KeyId=old, PendingWindowInDays=7)
    stack.succeed("refresh", "--yes", "--skip-preview")
    expected = {f"{kind}-key-key": "+", **USERS[kind]}
    assert {name: step.written for name, step in stack.steps().items()} == expected
    assert f"key {old} is pending deletion" in stack.up()
    assert stack.outputs()[f"{kind}_key_arn"] != old
    stack.is_unchanged()


def test_whatever_was_deleted_is_made_again(stack: Stack, cloud: Cloud) -> None:
    deleted = delete_all(cloud, stack)
    assert deleted == sum(DESIGNED.values())
    stack.succeed("refresh", "--yes", "--skip-preview")
    assert [step.op for step in stack.steps().values()] == ["+"] * deleted
    stack.up()
    stack.is_unchanged()


def test_destroy_does_not_miss_what_is_gone(stack: Stack, cloud: Cloud) -> None:
    delete_all(cloud, stack)
    stack.destroy()
    assert "resources" not in stack.state()
