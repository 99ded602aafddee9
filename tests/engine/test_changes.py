"""Updates that change one resource in place, and updates that replace what has a name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.engine import Aws, Engine, MakeStack, Stack, written_project

FUNCTION = """
import json
import pathlib
import pulumi
import pulumi_aws as aws

source = pathlib.Path(pulumi.Config().require("source"))
statement = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
role = aws.iam.Role("role", assume_role_policy=trust)
function = aws.lambda_.Function(
    "function",
    role=role.arn,
    runtime="python3.13",
    handler="index.handle",
    code=pulumi.FileArchive(str(source)),
)
pulumi.export("name", function.name)
"""


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack) -> Stack:
    stack = make_stack("changes")
    stack.up()
    return stack


def policy_of(aws: Aws, key: str) -> dict[str, Any]:
    answer = aws("kms").get_key_policy(KeyId=key, PolicyName="default")
    return json.loads(answer["Policy"])


def test_a_new_caller_changes_the_key_policy_and_not_the_key(
    stack: Stack, aws: Aws, role: Callable[[str], str]
) -> None:
    key = stack.outputs()["evaluation_key_arn"]
    before = policy_of(aws, key)
    stack.configure(callers=[role("Evaluators")])
    assert {name: step.op for name, step in stack.steps().items()} == {"evaluation-key-key": "~"}
    stack.up()
    assert stack.outputs()["evaluation_key_arn"] == key
    after = policy_of(aws, key)
    for old, new in zip(before["Statement"], after["Statement"], strict=True):
        if old["Sid"] in ("AllowCallerAccess", "AllowCallerCryptoOps"):
            both = sorted([old["Principal"]["AWS"], role("Evaluators")])
            assert new == {**old, "Principal": {"AWS": both}}
        else:
            assert new == old
    stack.is_unchanged()


def test_a_new_prefix_replaces_names_keeps_keys_and_leaves_nothing_of_the_old_name(
    stack: Stack, aws: Aws
) -> None:
    old = stack.outputs()
    stack.configure(prefix="renamed")
    stack.up()
    new = stack.outputs()
    for key in ("evaluation_key_arn", "operations_key_arn"):
        assert new[key] == old[key]
    assert new["output_bucket"].startswith("renamed-changes-exports-")
    buckets = [bucket["Name"] for bucket in aws("s3").list_buckets()["Buckets"]]
    assert new["output_bucket"] in buckets
    assert old["output_bucket"] not in buckets
    kms = aws("kms")
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId=f"alias/{stack.base}-evaluation")
    shown = kms.describe_key(KeyId="alias/renamed-changes-evaluation")["KeyMetadata"]
    assert shown["Arn"] == new["evaluation_key_arn"]
    stack.is_unchanged()


def test_code_counts_by_what_it_says_and_not_by_where_it_lies(
    engine: Engine, aws: Aws, tmp_path: Path
) -> None:
    stack = Stack(engine, written_project(engine.folder / "code", FUNCTION), "code").init()

    def source(folder: str, answer: str) -> tuple[str, str]:
        (tmp_path / folder).mkdir()
        text = f"def handle(event, context): return {answer!r}\n"
        (tmp_path / folder / "index.py").write_text(text)
        return "-c", f"source={tmp_path / folder}"

    stack.up("-c", "aws:region=us-east-1", *source("first", "one"))
    assert stack.steps(*source("moved", "one")) == {}
    steps = stack.steps(*source("changed", "two"))
    assert {name: step.written for name, step in steps.items()} == {"function": "~ code"}
    stack.up()
    answer = aws("lambda").invoke(FunctionName=stack.outputs()["name"])
    assert json.load(answer["Payload"]) == "two"
    stack.is_unchanged()
