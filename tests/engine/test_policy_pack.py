"""The policy pack under the real engine: `pulumi preview --policy-pack policies`."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.engine import Engine, Stack
from tests.harness import ROOT

STACKS = ["local", "dev", "staging", "prod"]
PACK = ("--policy-pack", str(ROOT / "policies"))


@pytest.fixture(scope="module")
def judged(engine: Engine, project: Path) -> Callable[[str], Stack]:
    """judged(name) gives a stack of this repository's file of that name, in a state of its own."""
    state = engine.folder / "judged"
    state.mkdir()
    backend = {**engine.environment, "PULUMI_BACKEND_URL": f"file://{state}"}
    own = dataclasses.replace(engine, environment=backend)
    made: dict[str, Stack] = {}

    def stack(name: str) -> Stack:
        if name not in made:
            made[name] = Stack(own, project, name)
            made[name].succeed("stack", "init", "--no-select")
        return made[name]

    return stack


@pytest.mark.parametrize("name", STACKS)
def test_a_preview_of_our_stacks_passes(judged: Callable[[str], Stack], name: str) -> None:
    output = judged(name).succeed("preview", *PACK)
    assert "agentcore-batch-evaluation@v0.1.0" in output
    assert "[mandatory]" not in output
    assert "output-policy: policy is not known until batch-evaluation-evaluation-key-key" in output
