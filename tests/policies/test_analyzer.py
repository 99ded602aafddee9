"""What `judge` says of a program, the SDK's servicer says to the engine."""

from collections.abc import Callable, Sequence

import pytest

from tests.harness import run_program
from tests.policies.edits import Edit
from tests.policies.pack import Registration, analyzed, judge, registrations
from tests.policies.small_programs import PROGRAMS
from tests.policies.test_foreign_programs import loose_key
from tests.policies.test_violations import EVERY_VIOLATION, edited, registered

when = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])


def both_say_the_same(resources: Sequence[Registration]) -> None:
    short, long = judge(resources), analyzed(resources)
    assert short.reports == long.reports
    assert short.inapplicable == long.inapplicable
    assert short.applied == long.applied


@when
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_of_a_stack_of_ours(stack: str, preview: bool) -> None:
    both_say_the_same(registered(stack, preview))


@when
@pytest.mark.parametrize("program", [*PROGRAMS[:2], loose_key])
def test_of_a_small_program(program: Callable[[], None], preview: bool) -> None:
    both_say_the_same(registrations(run_program(program, stack="live", preview=preview)))


@when
@pytest.mark.parametrize(
    "edit",
    EVERY_VIOLATION[::40],
    ids=[f"{each.rule}: {each.name}" for each in EVERY_VIOLATION[::40]],
)
def test_of_a_violating_stack(edit: Edit, preview: bool) -> None:
    both_say_the_same(edited(edit, preview=preview)[0].resources)
