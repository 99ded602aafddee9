"""What somebody changed behind Pulumi's back: a refresh finds it, the next update repairs it."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping

import pytest

from tests.engine.engine import Aws, MakeStack, Stack
from tests.harness import ACCOUNT

Meddle = Callable[[Aws, Stack], None]


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack) -> Stack:
    stack = make_stack("drift")
    stack.up()
    return stack


def open_key_policy(aws: Aws, stack: Stack) -> None:
    key = stack.outputs()["evaluation_key_arn"]
    kms = aws("kms")
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    policy["Statement"].append(statement)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))


def suspend_versioning(aws: Aws, stack: Stack) -> None:
    aws("s3").put_bucket_versioning(
        Bucket=stack.outputs()["output_bucket"], VersioningConfiguration={"Status": "Suspended"}
    )


def detach_policy(aws: Aws, stack: Stack, role: str = "controller") -> None:
    name = f"{stack.base}-{role}-us-east-1"
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    aws("iam").detach_role_policy(RoleName=name, PolicyArn=arn)


def delete_policy(aws: Aws, stack: Stack) -> None:
    detach_policy(aws, stack, "operator")
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{stack.base}-operator-us-east-1"
    aws("iam").delete_policy(PolicyArn=arn)


def stop_rotation(aws: Aws, stack: Stack) -> None:
    aws("kms").disable_key_rotation(KeyId=stack.outputs()["operations_key_arn"])


def change_code(aws: Aws, stack: Stack) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("function/handler.py", "def handle(event, context): return event")
    aws("lambda").update_function_code(
        FunctionName=f"{stack.base}-controller", ZipFile=packed.getvalue()
    )


MEDDLING: tuple[tuple[Meddle, Mapping[str, str]], ...] = (
    (open_key_policy, {"evaluation-key-key": "~"}),
    (suspend_versioning, {"output-versioning": "~"}),
    (detach_policy, {"roles-controller-attachment": "+"}),
    (delete_policy, {"roles-operator-policy": "+", "roles-operator-attachment": "+"}),
    (stop_rotation, {"operations-key-key": "~"}),
    (change_code, {"controller-function": "~"}),
)


def test_a_refresh_of_what_nobody_changed_finds_nothing(stack: Stack) -> None:
    stack.succeed("refresh", "--yes", "--skip-preview", "--expect-no-changes")


def test_drift_is_found_by_refresh_and_repaired_by_the_next_update(stack: Stack, aws: Aws) -> None:
    repairs: dict[str, str] = {}
    for meddle, steps in MEDDLING:
        meddle(aws, stack)
        repairs |= steps
    assert stack.steps() == {}, "a preview that does not refresh cannot know"
    stack.fail("refresh", "--preview-only", "--expect-no-changes")
    stack.succeed("refresh", "--yes", "--skip-preview")
    assert {name: step.op for name, step in stack.steps().items()} == repairs
    stack.up()
    stack.is_unchanged()
    policy = aws("kms").get_key_policy(
        KeyId=stack.outputs()["evaluation_key_arn"], PolicyName="default"
    )
    assert "kms:*" not in policy["Policy"]
