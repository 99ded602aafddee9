"""Updates that fail or are killed half way, and how the next one goes on from there."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.engine import PATIENCE, Aws, MakeStack, Stack, line, process, tell

Interrupting = Callable[[Stack, str, str], tuple[Stack, "subprocess.Popen[str]"]]


@pytest.fixture
def interrupting(endpoint: dict[str, str]) -> Iterator[Interrupting]:
    """interrupting(stack, service, operation) gives the stack on a provider that asks at each call
    of the operation, and that provider."""
    with ExitStack() as open_:

        def make(
            stack: Stack, service: str, operation: str
        ) -> tuple[Stack, "subprocess.Popen[str]"]:
            provider = open_.enter_context(
                process("tests.engine.interrupting_provider", service, operation, **endpoint)
            )
            attached = {"PULUMI_DEBUG_PROVIDERS": f"aws:{line(provider)}"}
            return replace(stack, environment=attached), provider

        yield make


def keys_of(aws: Aws, stack: Stack) -> dict[str, str]:
    """Return the keys that carry the stack's tag, id by description."""
    kms = aws("kms")
    pages = kms.get_paginator("list_keys").paginate()
    found = [key["KeyId"] for page in pages for key in page["Keys"]]
    tag = {"TagKey": "environment", "TagValue": stack.name}
    own = [key for key in found if tag in kms.list_resource_tags(KeyId=key)["Tags"]]
    shown = [kms.describe_key(KeyId=key)["KeyMetadata"] for key in own]
    assert len({key["Description"] for key in shown}) == len(shown), shown
    return {key["Description"].split()[1]: key["KeyId"] for key in shown}


def test_a_key_that_was_made_before_its_creation_failed_is_finished_and_not_made_again(
    make_stack: MakeStack, interrupting: Interrupting, aws: Aws
) -> None:
    stack = make_stack("failing")
    failing, provider = interrupting(stack, "kms", "EnableKeyRotation")
    for _ in ("evaluation key", "operations key"):
        tell(provider, "fail")
    output = failing.fail("up", "--yes", "--skip-preview")
    assert "EnableKeyRotation failed: InternalFailure: this call was made to fail" in output
    made = keys_of(aws, stack)
    assert made
    stack.up()
    kept = keys_of(aws, stack)
    assert len(kept) == 2
    assert made.items() <= kept.items()
    for key in kept.values():
        assert aws("kms").get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    stack.is_unchanged()


def test_a_name_that_is_taken_stops_the_update_and_the_next_one_goes_on(
    make_stack: MakeStack, aws: Aws
) -> None:
    stack = make_stack("taken")
    group = f"{stack.base}-results"
    aws("logs").create_log_group(logGroupName=group)
    output = stack.fail("up", "--yes", "--skip-preview")
    assert "CreateLogGroup failed: ResourceAlreadyExistsException" in output
    before = keys_of(aws, stack)
    aws("logs").delete_log_group(logGroupName=group)
    stack.up()
    assert keys_of(aws, stack) == before
    stack.is_unchanged()


def killed_at(stack: Stack, provider: "subprocess.Popen[str]", answer: str) -> None:
    """Kill an update while the provider makes a call, then let that call go on or fail.

    One resource at a time, so that nothing else is under way. The program is killed as well.
    """
    update = replace(stack, hosted=True).start("up", "--yes", "--skip-preview", "--parallel", "1")
    assert line(provider) == "reached"
    os.killpg(update.pid, signal.SIGKILL)
    update.communicate(timeout=PATIENCE)
    tell(provider, answer)
    if answer == "go on":
        assert line(provider) == "answered"


def unlocked(stack: Stack) -> list[Any]:
    """Take the killed update's lock away and return the operations that it left pending."""
    assert "locked" in stack.fail("up", "--yes", "--skip-preview")
    stack.succeed("cancel", "--yes")
    return stack.state()["pending_operations"]


def test_an_update_killed_before_a_call_is_recovered(
    make_stack: MakeStack, interrupting: Interrupting, aws: Aws
) -> None:
    stack = make_stack("killed")
    killed_at(*interrupting(stack, "lambda", "CreateFunction"), "fail")
    (pending,) = unlocked(stack)
    assert pending["type"] == "creating"
    assert pending["resource"]["type"] == "aws:lambda/function:Function"
    before = keys_of(aws, stack)
    stack.succeed("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    stack.up()
    assert keys_of(aws, stack) == before
    stack.is_unchanged()


def test_a_key_made_by_a_killed_update_is_taken_over_and_not_made_again(
    make_stack: MakeStack, interrupting: Interrupting, aws: Aws
) -> None:
    stack = make_stack("orphan")
    killed_at(*interrupting(stack, "kms", "CreateKey"), "go on")
    (pending,) = unlocked(stack)
    ((description, orphan),) = keys_of(aws, stack).items()
    stack.succeed("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    resource = pending["resource"]
    stack.succeed(
        *("import", resource["type"], resource["urn"].rsplit("::", 1)[1], orphan),
        *("--parent", f"parent={resource['parent']}"),
        *("--yes", "--skip-preview", "--generate-code=false", "--protect=false"),
    )
    stack.up()
    kept = keys_of(aws, stack)
    assert len(kept) == 2
    assert kept[description] == orphan
    stack.is_unchanged()
