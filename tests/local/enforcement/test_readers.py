"""The demo's table: true of the policies in force, and other when they change."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.readers import who_can_read_what
from tests.local.enforcement.conftest import ACCOUNT, CONTEXT_KEY, OTHER_ACCOUNT, World

EVALUATION = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:batch-evaluate/demo-0123456789"
CONTROLLER = "agentcore-eval-local-controller-us-east-1"
OPERATOR, SCHEDULE = (f"agentcore-eval-local-{role}-us-east-1" for role in ("operator", "schedule"))
SERVICE = "bedrock-agentcore.amazonaws.com"
COLUMN = 31


@pytest.fixture
def table(world: World) -> Callable[[], dict[str, set[str]]]:
    def read() -> dict[str, set[str]]:
        rows: dict[str, str] = {}
        label = ""
        for line in who_can_read_what(world.client, world.outputs, EVALUATION):
            assert len(line) <= 92
            label = line[:COLUMN].strip() or label
            rows[label] = f"{rows.get(label, '')} {line[COLUMN:]}"
        return {label: {each.strip() for each in text.split(",")} for label, text in rows.items()}

    return read


def test_it_names_who_the_key_and_the_roles_let_in(table: Any) -> None:
    rows = table()
    assert rows["decrypt under evaluation key"] == {CONTROLLER, SERVICE, "developer"}
    assert rows["objects of the output bucket *"] == {CONTROLLER}
    assert rows["result log group *"] == {CONTROLLER, "developer"}
    everybody = {CONTROLLER, "deployer", "developer", "root user"}
    assert rows["GetBatchEvaluation"] == everybody
    assert rows["invoke the controller"] == {OPERATOR, SCHEDULE, "deployer", "root user"}
    steps = {"kms:PutKeyPolicy", "iam:PutRolePolicy", "s3:PutBucketPolicy"}
    assert {*steps, "sts:AssumeRole"} <= rows["deployer"]
    assert rows["root user"] == rows["deployer"] - {"sts:AssumeRole"}


def test_the_objects_are_read_by_whom_it_names_and_nobody_else(world: World, table: Any) -> None:
    world.client("s3", "controller").put_object(
        Bucket=world.bucket,
        Key="evaluations/demo-0123456789/summary.json",
        Body=b"{}",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=world.key,
        SSEKMSEncryptionContext=_encoded({CONTEXT_KEY: EVALUATION}),
        BucketKeyEnabled=False,
    )
    readers = table()["objects of the output bucket *"]
    for who, name in (("controller", CONTROLLER), ("deployer", "deployer"), ("operator", OPERATOR)):
        s3 = world.client("s3", who)
        object_ = {"Bucket": world.bucket, "Key": "evaluations/demo-0123456789/summary.json"}
        if name in readers:
            assert s3.get_object(**object_)["Body"].read() == b"{}"
        else:
            with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
                s3.get_object(**object_)


def test_another_statement_of_the_key_policy_is_another_reader(world: World, table: Any) -> None:
    policy = world.key_policy(world.key)
    more = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/deployer", OTHER_ACCOUNT]},
        "Action": "kms:Decrypt",
        "Resource": "*",
    }
    with _changed(world, policy, {**policy, "Statement": [*policy["Statement"], more]}):
        rows = table()
    assert rows["decrypt under evaluation key"] == {
        *(CONTROLLER, SERVICE, "deployer", "developer"),
        f"anybody else in account {OTHER_ACCOUNT}",
        f"the root user of account {OTHER_ACCOUNT}",
    }
    assert "deployer" in rows["objects of the output bucket *"]
    assert table()["objects of the output bucket *"] == {CONTROLLER}


def test_another_identity_policy_is_another_holder(world: World, table: Any) -> None:
    document = {
        "Effect": "Allow",
        "Action": ["bedrock-agentcore:GetBatchEvaluation", "lambda:Update*", "kms:Decrypt"],
        "Resource": "*",
    }
    world.role("reader", {"Version": "2012-10-17", "Statement": [document]})
    rows = table()
    assert "reader" in rows["GetBatchEvaluation"]
    assert "reader" not in rows["decrypt under evaluation key"]
    assert rows["reader"] == {"lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"}


def _encoded(context: dict[str, str]) -> str:
    return base64.b64encode(json.dumps(context).encode()).decode()


@contextmanager
def _changed(world: World, before: dict[str, Any], after: dict[str, Any]) -> Iterator[None]:
    world.put_key_policy(world.key, after)
    try:
        yield
    finally:
        world.put_key_policy(world.key, before)
