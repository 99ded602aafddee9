"""Updates that change one resource in place, and updates that replace what has a name."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.engine import Aws, MakeStack, Stack


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
