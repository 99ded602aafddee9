"""Each weakening is reported by the rule that is meant for it, at preview and at update.

What names the new key's id is unknown at the first preview: there the rule says what it waits for.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from tests.harness import run_stack
from tests.policies.around import AROUND
from tests.policies.beside import BESIDE
from tests.policies.edits import Edit, Program, UnknownDocumentError
from tests.policies.harmless import HARMLESS
from tests.policies.harmless_around import HARMLESS_AROUND
from tests.policies.harmless_beside import HARMLESS_BESIDE
from tests.policies.messages import changed_values, faults
from tests.policies.pack import Registration, judge, registrations
from tests.policies.weakenings import WEAKENINGS

EVERY_WEAKENING = [*WEAKENINGS, *BESIDE, *AROUND]
EVERY_HARMLESS = [*HARMLESS, *HARMLESS_BESIDE, *HARMLESS_AROUND]
WAITED_FOR = "is not known until batch-evaluation-evaluation-key-key is there"


@cache
def registered(stack: str, preview: bool) -> tuple[Registration, ...]:
    """What a stack registers; edits are made to copies."""
    return tuple(registrations(run_stack(stack, preview=preview)))


def edited(edit: Edit, preview: bool) -> tuple[Program, bool]:
    """A stack with an edit, and whether a document that it is about is unknown at that time."""
    program, unknown = Program(registered(edit.stack, preview)), False
    for change in edit.changes:
        try:
            change(program)
        except UnknownDocumentError:
            unknown = True
    return program, unknown


def written(edit: Edit, preview: bool, program: Program) -> Iterator[str]:
    """The plain values that an edit wrote; in the place of an ARN, whose it is."""
    named = {each.outputs.get("arn"): each.name for each in program.resources}
    before = {each.urn: each.inputs for each in registered(edit.stack, preview)}
    for resource in program.resources:
        if resource.urn in before:
            for value in changed_values(before[resource.urn], resource.inputs):
                yield named.get(value, value)


when = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])


@when
@pytest.mark.parametrize(
    "edit", EVERY_WEAKENING, ids=[f"{each.rule}: {each.name}" for each in EVERY_WEAKENING]
)
def test_a_weakening_is_reported_by_its_rule(edit: Edit, preview: bool) -> None:
    program, unknown = edited(edit, preview)
    judgement = judge(program.resources, only=edit.rule)
    if unknown and preview:
        assert [each.rule for each in judgement.waiting] == [edit.rule]
        assert WAITED_FOR in judgement.waiting[0].message
        return
    assert edit.rule in {each.rule for each in judgement.violations}
    for report in judgement.violations:
        assert list(faults(report, program)) == [], report
    messages = "\n".join(each.message for each in judgement.violations)
    for value in written(edit, preview, program):
        assert value in messages


@when
@pytest.mark.parametrize("edit", EVERY_HARMLESS, ids=[each.name for each in EVERY_HARMLESS])
def test_a_harmless_edit_is_not_reported(edit: Edit, preview: bool) -> None:
    program, _ = edited(edit, preview)
    judgement = judge(program.resources)
    assert judgement.violations == []
    assert bool(judgement.waiting) is preview


def test_each_edit_is_there_once_and_there_are_enough() -> None:
    assert len({(edit.rule, edit.name) for edit in EVERY_WEAKENING}) == len(EVERY_WEAKENING) >= 120
    assert len({edit.name for edit in EVERY_HARMLESS}) == len(EVERY_HARMLESS) >= 40
