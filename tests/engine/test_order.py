"""Made and deleted again and again, with all that the engine may do at once done at once.

What uses a name before it is there, or after it is gone, fails in one order or another.
"""

import pytest

from tests.engine.engine import MakeStack, Stack


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack) -> Stack:
    return make_stack("order")


@pytest.mark.parametrize("attempt", range(1, 11))
def test_no_order_breaks_up_or_destroy(stack: Stack, attempt: int) -> None:
    stack.up("--parallel", "64")
    stack.destroy("--parallel", "64")
    assert "resources" not in stack.state(), f"attempt {attempt}"
