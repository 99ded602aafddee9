"""Environments beside each other in one account."""

from tests.engine.engine import MakeStack


def test_two_environments_share_an_account_and_one_outlives_the_other(
    make_stack: MakeStack,
) -> None:
    one, other = make_stack("one"), make_stack("other")
    for stack in (one, other):
        stack.up()
    one.is_unchanged()
    shared = set(one.outputs().values()) & set(other.outputs().values())
    assert shared == set()
    one.destroy()
    other.is_unchanged()
