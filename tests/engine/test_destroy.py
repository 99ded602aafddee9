"""A destroy stops at a bucket that is not empty, before anything that holds or guards data goes."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.engine import Aws, Engine, MakeStack, Stack, keys_of, written_project
from tests.harness import ACCOUNT

DEPLOYER = f"arn:aws:iam::{ACCOUNT}:user/deployer"
NOT_EMPTY = "DeleteBucket failed: BucketNotEmpty"
OBJECT = "evaluations/nightly-0123456789/rows.jsonl"
EVALUATION = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:batch-evaluate/nightly-0123456789"
SETTINGS = {
    "policy": "get_bucket_policy",
    "public access": "get_public_access_block",
    "ownership": "get_bucket_ownership_controls",
    "versioning": "get_bucket_versioning",
    "encryption": "get_bucket_encryption",
    "lifecycle": "get_bucket_lifecycle_configuration",
}
Filled = Callable[..., tuple[Stack, dict[str, Any]]]


def bucket_of(stack: Stack) -> str:
    return f"{stack.base}-exports-{ACCOUNT}-us-east-1"


def buckets(aws: Aws) -> list[str]:
    return [bucket["Name"] for bucket in aws("s3").list_buckets()["Buckets"]]


def store(aws: Aws, bucket: str, key_arn: str) -> None:
    """Store an object as the controller stores artifacts: under the evaluation key."""
    context = json.dumps({"aws:bedrock-agentcore:batchEvaluationArn": EVALUATION})
    aws("s3").put_object(
        Bucket=bucket,
        Key=OBJECT,
        Body=b"{}",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key_arn,
        SSEKMSEncryptionContext=base64.b64encode(context.encode()).decode(),
    )


def versions(aws: Aws, bucket: str) -> list[tuple[str, str]]:
    found = aws("s3").list_object_versions(Bucket=bucket)
    listed = [*found.get("Versions", []), *found.get("DeleteMarkers", [])]
    return [(entry["Key"], entry["VersionId"]) for entry in listed]


def settings_of(aws: Aws, bucket: str) -> dict[str, Any]:
    """Return what guards a bucket, and what is in it."""
    answers: dict[str, Any] = {
        name: getattr(aws("s3"), operation)(Bucket=bucket) for name, operation in SETTINGS.items()
    }
    for answer in answers.values():
        del answer["ResponseMetadata"]
    return {**answers, "objects": versions(aws, bucket)}


def safe(aws: Aws, stack: Stack) -> dict[str, Any]:
    """Return all that holds data or guards it: the bucket, the keys, log groups and queues."""
    kms, logs, sqs = aws("kms"), aws("logs"), aws("sqs")
    facts = settings_of(aws, bucket_of(stack))
    for kind, key in keys_of(aws, stack).items():
        facts[f"{kind} key"] = {
            "state": kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"],
            "policy": kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"],
            "aliases": kms.list_aliases(KeyId=key)["Aliases"],
        }
    for name, group in (
        ("result log group", f"{stack.base}-results"),
        ("controller's log group", f"/aws/lambda/{stack.base}-controller"),
    ):
        facts[name] = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    facts["queues"] = sqs.list_queues(QueueNamePrefix=stack.base).get("QueueUrls")
    return facts


@pytest.fixture
def filled(make_stack: MakeStack, aws: Aws) -> Filled:
    """filled(name) gives a stack with one exported object, and all that holds or guards data."""

    def make(name: str, **settings: Any) -> tuple[Stack, dict[str, Any]]:
        stack = make_stack(name, callers=[DEPLOYER], **settings)
        stack.up()
        store(aws, bucket_of(stack), stack.outputs()["evaluation_key_arn"])
        return stack, safe(aws, stack)

    return make


def test_a_bucket_that_is_not_empty_stops_a_destroy_before_anything_is_lost(
    filled: Filled, aws: Aws
) -> None:
    stack, before = filled("kept")
    outputs, bucket = stack.outputs(), bucket_of(stack)
    assert NOT_EMPTY in stack.fail("destroy", "--yes", "--skip-preview")
    assert safe(aws, stack) == before

    stack.up()
    assert stack.outputs() == outputs
    assert safe(aws, stack) == before
    stack.is_unchanged()

    # A deleted object leaves a version and a delete marker.
    aws("s3").delete_object(Bucket=bucket, Key=OBJECT)
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=bucket)
    before = safe(aws, stack)
    assert NOT_EMPTY in stack.fail("destroy", "--yes", "--skip-preview")
    assert safe(aws, stack) == before

    for key, version in versions(aws, bucket):
        aws("s3").delete_object(Bucket=bucket, Key=key, VersionId=version)
    keys = keys_of(aws, stack).values()
    stack.destroy()
    assert "resources" not in stack.state()
    assert bucket not in buckets(aws)
    states = [aws("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in keys]
    assert states == ["PendingDeletion"] * 2


def test_a_destroy_that_goes_on_after_errors_keeps_the_keys_and_the_results(
    filled: Filled, aws: Aws
) -> None:
    """Then only what the bucket waits for is kept, and not whatever comes after it."""
    stack, before = filled("going-on")
    output = stack.fail("destroy", "--yes", "--skip-preview", "--continue-on-error")
    assert NOT_EMPTY in output
    after = safe(aws, stack)
    others = {"queues", "controller's log group"}
    assert {name for name in before if after[name] != before[name]} <= others


def test_forced_a_destroy_deletes_objects_with_all_their_versions(filled: Filled, aws: Aws) -> None:
    stack, _ = filled("forced")
    stack.configure(forceDestroy=True)
    steps = {name: step.written for name, step in stack.steps().items()}
    assert steps == {"output-bucket": "~ forceDestroy"}
    stack.up()
    bucket = bucket_of(stack)
    store(aws, bucket, stack.outputs()["evaluation_key_arn"])
    aws("s3").delete_object(Bucket=bucket, Key=OBJECT)
    assert len(versions(aws, bucket)) == 3
    stack.destroy()
    assert "resources" not in stack.state()
    assert bucket not in buckets(aws)


def test_a_replaced_bucket_that_is_not_empty_keeps_its_settings(filled: Filled, aws: Aws) -> None:
    stack, before = filled("replaced")
    stack.configure(prefix="other")
    assert NOT_EMPTY in stack.fail("up", "--yes", "--skip-preview")
    after = safe(aws, stack)
    for name in (*SETTINGS, "objects", "result log group"):
        assert after[name] == before[name], name
    states = [after[f"{key} key"]["state"] for key in keys_of(aws, stack)]
    assert states == ["Enabled"] * 2


BY_HAND = f"""
from components import EvaluationKey, OutputBucket

callers = ["{DEPLOYER}"]
key = EvaluationKey("evaluations", {{"caller_arns": callers, "protect": False}})
OutputBucket("exports", {{"base_name": "by-hand", "key_arn": key.key_arn, "protect": False}})
"""


def test_a_bucket_that_is_put_together_by_hand_goes_before_its_key(
    engine: Engine, aws: Aws
) -> None:
    stack = Stack(engine, written_project(engine.folder / "by-hand", BY_HAND), "by-hand").init()
    stack.up("-c", "aws:region=us-east-1")
    bucket = f"by-hand-exports-{ACCOUNT}-us-east-1"
    key = stack.resource("evaluations-key")["outputs"]["arn"]
    store(aws, bucket, key)
    before = settings_of(aws, bucket)
    assert NOT_EMPTY in stack.fail("destroy", "--yes", "--skip-preview", "--continue-on-error")
    assert settings_of(aws, bucket) == before
    assert aws("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
