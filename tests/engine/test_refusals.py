"""Settings and accounts that cannot work: one line, no traceback, and nothing is made."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml

from tests.engine.engine import Aws, MakeStack, Stack
from tests.harness import ACCOUNT

MISSING = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/9999abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack) -> Stack:
    return replace(make_stack("refused"), hosted=True)


@pytest.fixture
def refused(stack: Stack) -> Any:
    """refused(command, **settings) gives the errors of a command that must fail, line by line."""
    before = stack.file.read_text()

    def run(command: str, region: str = "us-east-1", **settings: Any) -> list[str]:
        stack.configure(**settings)
        content = yaml.safe_load(stack.file.read_text())
        content["config"]["aws:region"] = region
        stack.file.write_text(yaml.safe_dump(content))
        options = ("--yes", "--skip-preview") if command == "up" else ()
        try:
            output = stack.fail(command, *options)
        finally:
            stack.file.write_text(before)
        assert "Traceback" not in output
        assert not any("aws:" in resource["type"] for resource in made(stack)), output
        diagnostics = output.partition("Diagnostics:")[2]
        errors = re.findall(r"error: (.*)", diagnostics)
        return [error for error in errors if "program exited with non-zero exit code" not in error]

    return run


def made(stack: Stack) -> list[Mapping[str, Any]]:
    """Return the resources of the stack, but for providers, which are no part of the cloud."""
    resources = stack.state().get("resources", [])
    return [r for r in resources if not r["type"].startswith("pulumi:")]


@pytest.mark.parametrize("command", ["preview", "up"])
def test_a_key_that_does_not_exist(refused: Any, command: str) -> None:
    assert refused(command, existingKeyArn=MISSING) == [
        f"aws.kms.get_key failed: NotFoundException: Key '{MISSING}' does not exist;"
        " check existingKeyArn"
    ]


def test_a_key_that_is_pending_deletion(refused: Any, aws: Aws) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    aws("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    (error,) = refused("preview", existingKeyArn=key)
    assert error == f"existing key {key} cannot be used yet:"


def test_another_region_than_the_local_aws_has(refused: Any) -> None:
    (error,) = refused("preview", region="eu-west-1")
    assert error.startswith("aws.get_caller_identity failed: SignatureDoesNotMatch: ")
    assert error.endswith("; check credentials and aws:region")


def test_administrators_without_who_deploys(refused: Any, role: Callable[[str], str]) -> None:
    administrator = role("RefusedAdministrator")
    (error,) = refused("up", keyAdministrators=[administrator])
    deployer = f"arn:aws:iam::{ACCOUNT}:user/deployer"
    assert error.startswith(f"keyAdministrators: expected {deployer}, who deploys, among them")


def test_every_wrong_setting_has_a_line(refused: Any) -> None:
    (error,) = refused("up", exportSchedul="rate(1 hour)", deletionWindowInDays=3)
    assert error == "2 invalid settings:"
