"""Environments beside each other in one account, and made and deleted again and again."""

from tests.engine.engine import MakeStack


def test_two_environments_share_an_account_and_one_outlives_the_other(
    make_stack: MakeStack,
) -> None:
    one, other = make_stack("one"), make_stack("other")
    for stack in (one, other):
        stack.up()
    for stack in (one, other):
        stack.is_unchanged()
    shared = set(one.outputs().values()) & set(other.outputs().values())
    assert shared == set()
    one.destroy()
    other.is_unchanged()


def test_no_order_of_the_engine_breaks_up_or_destroy(make_stack: MakeStack) -> None:
    """What uses a name before it is there, or after it is gone, fails in one order or another."""
    stack = make_stack("order")
    for _ in range(10):
        stack.up("--parallel", "64")
        stack.destroy("--parallel", "64")
    assert "resources" not in stack.state()
