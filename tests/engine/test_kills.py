"""Updates whose engine and program are killed half way, and how the next one goes on from there."""

import os
import signal
import subprocess
from dataclasses import replace
from typing import Any

from tests.engine.engine import (
    PATIENCE,
    Aws,
    Interrupting,
    MakeStack,
    Stack,
    keys_of,
    line,
    line_before_end,
    tell,
)


def killed_at(stack: Stack, provider: "subprocess.Popen[str]", answer: str) -> None:
    """Kill an update while the provider makes a call, then let that call go on or fail.

    One resource at a time, so that nothing else is under way. The program is killed as well.
    """
    stack = replace(stack, hosted=True, guarded=True)
    update = stack.start("up", "--yes", "--skip-preview", "--parallel", "1")
    assert line_before_end(provider, update) == "reached"
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
