"""Our own program before the pack: nothing is reported, at preview and at update."""

import pytest

from tests.harness import run_stack
from tests.policies.pack import judge, registrations

STACKS = ["local", "dev", "staging", "prod"]


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_a_stack_of_ours_is_clean(stack: str, preview: bool) -> None:
    judgement = judge(registrations(run_stack(stack, preview=preview)))
    assert judgement.violations == []
