"""The demo's table: true of the policies in force, and other when they change."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.cli.readers_table import who_can_read_what
from tests.local.authorization.conftest import ACCOUNT, CONTEXT_KEY, OTHER_ACCOUNT, World, allow

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
            if line[COLUMN - 1 : COLUMN].strip():
                label, line = line, ""
            label = line[:COLUMN].strip() or label
            rows[label] = f"{rows.get(label, '')} {line[COLUMN:]}"
        return {label: {each.strip() for each in text.split(",")} for label, text in rows.items()}

    return read


def test_it_names_who_the_key_and_the_roles_let_in(table: Any) -> None:
    rows = table()
    assert rows["decrypt under evaluation key"] == {CONTROLLER, SERVICE, "developer"}
    assert rows["objects of the output bucket *"] == {CONTROLLER}
    assert rows["result log group"] == {CONTROLLER, "deployer +", "developer", "root user +"}
    everybody = {CONTROLLER, "deployer", "developer", "root user"}
    assert rows["GetBatchEvaluation"] == everybody
    assert rows["invoke the controller"] == {OPERATOR, SCHEDULE, "deployer", "root user"}
    steps = {"kms:PutKeyPolicy", "iam:PutRolePolicy", "iam:CreateAccessKey", "s3:PutBucketPolicy"}
    assert {*steps, "sts:AssumeRole"} <= rows["deployer"]
    assert rows["root user"] == rows["deployer"] - {"sts:AssumeRole"}
    takers = "developer, lambda.amazonaws.com, scheduler.amazonaws.com"
    assert rows[takers] == {"sts:AssumeRole"}


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
    assert rows["reader"] == {
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionEventInvokeConfig",
        "lambda:UpdateFunctionUrlConfig",
    }


def test_the_members_of_a_group_have_what_the_group_has(world: World, table: Any) -> None:
    iam = world.client("iam")
    inline = allow("bedrock-agentcore:GetBatchEvaluation", "*")
    managed = json.dumps(allow("lambda:InvokeFunction", "*"))
    arn = iam.create_policy(PolicyName="invoking", PolicyDocument=managed)["Policy"]["Arn"]
    iam.create_group(GroupName="team")
    iam.put_group_policy(GroupName="team", PolicyName="own", PolicyDocument=json.dumps(inline))
    iam.attach_group_policy(GroupName="team", PolicyArn=arn)
    for name in ("member", "bystander"):
        iam.create_user(UserName=name)
    iam.add_user_to_group(GroupName="team", UserName="member")
    world.role("groups", allow(["iam:AddUserToGroup", "iam:SetDefaultPolicyVersion"], "*"))
    rows = table()
    for row in ("GetBatchEvaluation", "invoke the controller"):
        assert "member" in rows[row]
        assert "bystander" not in rows[row]
    assert rows["groups"] == {"iam:AddUserToGroup", "iam:SetDefaultPolicyVersion"}


@pytest.mark.parametrize(
    ("action", "end", "reads"),
    [
        ("FilterLogEvents", ":*", True),
        ("StartQuery", ":*", True),
        ("StartLiveTail", "", True),
        ("GetLogEvents", ":log-stream:*", True),
        ("GetLogEvents", ":log-stream:a/b", True),
        ("GetLogEvents", "-2:*", False),
    ],
)
def test_whatever_of_the_result_logs_a_policy_names_is_seen(
    world: World, table: Any, action: str, end: str, reads: bool
) -> None:
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{world.outputs['result_log_group']}{end}"
    with _role_with(world, allow(f"logs:{action}", group)):
        assert ("partial +" in table()["result log group"]) is reads


@pytest.mark.parametrize(
    ("action", "end", "reads"),
    [
        ("s3:GetObject", "*.html", True),
        ("s3:GetObject", "", False),
        ("s3:GetObjectVersion", "/*", True),
        ("s3:GetObjectVersion", "/other/report.json", True),
    ],
)
def test_whatever_object_a_policy_names_is_seen(
    world: World, table: Any, action: str, end: str, reads: bool
) -> None:
    policy = world.key_policy(world.key)
    document = allow(action, f"arn:aws:s3:::{world.bucket}{end}")
    with _role_with(world, document) as role:
        more = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "kms:*", "Resource": "*"}
        with _changed(world, policy, {**policy, "Statement": [*policy["Statement"], more]}):
            rows = table()
    assert ("partial" in rows["objects of the output bucket *"]) is reads


def test_a_role_that_the_key_names_is_a_way_to_it(world: World, table: Any) -> None:
    """The role of another team: whoever changes its trust or takes it on has what it has."""
    world.role("taker", allow(["sts:AssumeRole", "iam:UpdateAssumeRolePolicy"], "*"))
    policy = world.key_policy(world.key)
    with _role_with(world, None) as role:
        world.role("one", allow("sts:AssumeRole", role))
        assert not any("one" in label.split(", ") for label in table())
        more = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "kms:*", "Resource": "*"}
        with _changed(world, policy, {**policy, "Statement": [*policy["Statement"], more]}):
            rows = table()
    assert {"iam:UpdateAssumeRolePolicy", "sts:AssumeRole"} == rows["taker"]
    assert any("one" in label.split(", ") for label in rows)


def _encoded(context: dict[str, str]) -> str:
    return base64.b64encode(json.dumps(context).encode()).decode()


@contextmanager
def _changed(world: World, before: dict[str, Any], after: dict[str, Any]) -> Iterator[None]:
    world.put_key_policy(world.key, after)
    try:
        yield
    finally:
        world.put_key_policy(world.key, before)


@contextmanager
def _role_with(world: World, document: dict[str, Any] | None) -> Iterator[str]:
    """A role `partial` with one inline policy, or none; gives its ARN."""
    iam = world.client("iam")
    arn = world.role("partial", document)
    try:
        yield arn
    finally:
        if document is not None:
            iam.delete_role_policy(RoleName="partial", PolicyName="own")
        iam.delete_role(RoleName="partial")
