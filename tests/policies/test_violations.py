"""Each violation is reported by the rule that is meant for it, at preview and at update.

What names the new key's id is unknown at the first preview: there the rule says what it waits for.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain

import pytest

from tests.harness import run_stack
from tests.policies.compliant.added_resources import COMPLIANT_ADDED
from tests.policies.compliant.other_teams import COMPLIANT_OF_OTHERS
from tests.policies.compliant.own_resources import COMPLIANT
from tests.policies.edits import Edit, Program, UnknownDocumentError
from tests.policies.messages import changed_values, faults
from tests.policies.pack import Judgement, Registration, judge, registrations
from tests.policies.violations.added_resources import ADDED
from tests.policies.violations.blocked_work import BLOCKED_WORK, COMPLIANT_WORK
from tests.policies.violations.data_copies import COMPLIANT_COPIES, DATA_COPIES
from tests.policies.violations.other_teams import OF_OTHERS
from tests.policies.violations.own_resources import VIOLATIONS
from tests.policies.violations.triggers import COMPLIANT_TRIGGERS, TRIGGERS

EVERY_VIOLATION = [*VIOLATIONS, *ADDED, *OF_OTHERS, *TRIGGERS, *BLOCKED_WORK, *DATA_COPIES]
EVERY_COMPLIANT = [
    *COMPLIANT,
    *COMPLIANT_ADDED,
    *COMPLIANT_OF_OTHERS,
    *COMPLIANT_TRIGGERS,
    *COMPLIANT_WORK,
    *COMPLIANT_COPIES,
]
AT_ONCE = 4
WAITED_FOR = "is not known until batch-evaluation-evaluation-key-key is there"


@cache
def registered(stack: str, preview: bool) -> tuple[Registration, ...]:
    """What a stack registers; edits are made to copies."""
    return tuple(registrations(run_stack(stack, preview=preview)))


def edited(*edits: Edit, preview: bool) -> tuple[Program, bool]:
    """A stack with edits, and whether a document that one is about is unknown at that time."""
    program, unknown = Program(registered(edits[0].stack, preview)), False
    for change in chain.from_iterable(edit.changes for edit in edits):
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
    "edit", EVERY_VIOLATION, ids=[f"{each.rule}: {each.name}" for each in EVERY_VIOLATION]
)
def test_a_violation_is_reported_by_its_rule(edit: Edit, preview: bool) -> None:
    program, unknown = edited(edit, preview=preview)
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


def touched(edit: Edit, preview: bool) -> set[str]:
    """The resources that an edit changes, adds or takes out."""
    before = {each.urn: each for each in registered(edit.stack, preview)}
    after = {each.urn: each for each in edited(edit, preview=preview)[0].resources}
    return {urn for urn in before.keys() | after.keys() if before.get(urn) != after.get(urn)}


def together(edits: Iterable[Edit], preview: bool) -> Iterator[list[Edit]]:
    """Edits of different resources, some at a time: judging a stack costs the same for them all."""
    groups: list[tuple[list[Edit], set[str]]] = []
    for edit in edits:
        urns = touched(edit, preview)
        for group, taken in groups:
            if len(group) < AT_ONCE and group[0].stack == edit.stack and not taken & urns:
                group.append(edit)
                taken |= urns
                break
        else:
            groups.append(([edit], urns))
    return (group for group, _ in groups)


@cache
def applied(stack: str, preview: bool) -> set[str]:
    """The rules that apply to a stack without edits."""
    return judge(registered(stack, preview)).applied


@cache
def compliant(preview: bool) -> dict[str, Judgement]:
    """What is said of each compliant edit, by its name.

    Edits are judged one by one after all if a rule does not apply to them together that applies to
    the stack: it might hide what another edit is reported for.
    """
    found: dict[str, Judgement] = {}
    for group in together(EVERY_COMPLIANT, preview):
        judgement = judge(edited(*group, preview=preview)[0].resources)
        if applied(group[0].stack, preview) <= judgement.applied:
            found |= {edit.name: judgement for edit in group}
        else:
            found |= {
                edit.name: judge(edited(edit, preview=preview)[0].resources) for edit in group
            }
    return found


@when
@pytest.mark.parametrize("edit", EVERY_COMPLIANT, ids=[each.name for each in EVERY_COMPLIANT])
def test_a_compliant_edit_is_not_reported(edit: Edit, preview: bool) -> None:
    judgement = compliant(preview)[edit.name]
    assert judgement.violations == []
    assert bool(judgement.waiting) is preview


def test_each_edit_is_there_once_and_there_are_enough() -> None:
    assert len({(edit.rule, edit.name) for edit in EVERY_VIOLATION}) == len(EVERY_VIOLATION) >= 120
    assert len({edit.name for edit in EVERY_COMPLIANT}) == len(EVERY_COMPLIANT) >= 40
