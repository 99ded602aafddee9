"""Never quieter for a worse document: taking out what protects never takes a violated rule away.

Removals come from programs that comply and from violated ones: each chain takes one thing after the
other out until nothing is left that protects. A rule that can no longer know says so: it waits.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.harness import run_program
from tests.policies.edits import Edit
from tests.policies.pack import Registration, Report, judge, registrations
from tests.policies.removals import Removal, removals, without
from tests.policies.small_programs import PROGRAMS
from tests.policies.test_foreign_programs import loose_key
from tests.policies.test_weakenings import EVERY_WEAKENING, edited, registered

# They are about the text itself, and a text that is gone has no fault.
ABOUT_TEXTS = {"policies-effective", "policies-well-formed"}
when = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
either_way = pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])


def said(resources: list[Registration]) -> dict[str, list[Report]]:
    """The reports of each rule that is violated, or that waits."""
    found: dict[str, list[Report]] = {}
    for each in judge(resources).reports:
        found.setdefault(each.rule, []).append(each)
    return found


def silenced(
    before: dict[str, list[Report]], after: dict[str, list[Report]], removal: Removal
) -> set[str]:
    """The violated rules of which nothing is said any more; without those that reported nothing
    but what the removal itself had let in: a key policy in a resource of its own also allows."""
    violated = {
        rule
        for rule, reports in before.items()
        if any(not each.waits for each in reports)
        and not all(removal.names and removal.names in each.message for each in reports)
    }
    return violated - after.keys() - ABOUT_TEXTS


def quieter(resources: list[Registration], order: list[Removal]) -> dict[str, set[str]]:
    """For each removal, one after the other, the rules that it silences."""
    found: dict[str, set[str]] = {}
    before = said(resources)
    for count, removal in enumerate(order, start=1):
        after = said(without(resources, *order[:count]))
        if silenced(before, after, removal):
            found[str(removal)] = silenced(before, after, removal)
        before = after
    return found


@when
@either_way
def test_a_stack_of_ours_is_never_quieter(preview: bool, backwards: bool) -> None:
    resources = list(registered("prod", preview))
    order = list(removals(resources))
    assert len(order) > 30
    assert quieter(resources, order[::-1] if backwards else order) == {}


@when
@pytest.mark.parametrize("program", [*PROGRAMS, loose_key], ids=lambda each: each.__name__)
def test_a_small_program_is_never_quieter(program: Callable[[], None], preview: bool) -> None:
    resources = registrations(run_program(program, stack="live", preview=preview))
    order = list(removals(resources))
    assert any(rule.startswith("evaluation-key") for rule in said(resources))
    for each in (order, order[::-1], *([one] for one in order)):
        assert quieter(resources, each) == {}


# What a rule asks to be let in, or the wrong thing itself, no removal makes worse.
ASK_FOR_MORE = {
    "controller-invocation",
    "controller-work",
    "evaluation-key-serves-evaluations",
    "evaluation-key-sole-use",
    "failures-delivered",
    "key-administered",
    "operations-key-serves-logs",
}


def weakened() -> Iterator[tuple[Edit, list[Registration], list[Removal]]]:
    """Each weakening with all that still protects the stack; what names a queue of failures or is
    under the wrong key is left, since the rule is about it."""
    for edit in EVERY_WEAKENING:
        if edit.rule not in ASK_FOR_MORE | ABOUT_TEXTS:
            program, _ = edited(edit, preview=False)
            kept = ("kmsKeyId", "kmsMasterKeyId")
            unnamed = [each for each in program.resources if each.ignored]
            left = {each.urn for each in unnamed} | {
                each.urn for each in program.resources if each.type.endswith("EventInvokeConfig")
            }
            yield (
                edit,
                program.resources,
                [
                    each
                    for each in removals(program.resources)
                    if each.path not in kept and (each.path or each.urn not in left)
                ],
            )


def test_a_weakening_is_reported_by_its_rule_without_all_that_protects_too() -> None:
    silent = [
        f"{edit.rule}: {edit.name}"
        for edit, resources, taken in weakened()
        if not judge(without(resources, *taken), only=edit.rule).reports
    ]
    assert "\n".join(silent) == ""
