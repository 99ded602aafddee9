"""The policy pack under the real engine: `pulumi preview --policy-pack policies`."""

from tests.engine.engine import MakeStack
from tests.harness import ROOT

PACK = ("--policy-pack", str(ROOT / "policies"))


def test_a_preview_of_our_program_passes(make_stack: MakeStack) -> None:
    output = make_stack("judged").succeed("preview", *PACK)
    assert "agentcore-batch-evaluation@v0.1.0" in output
