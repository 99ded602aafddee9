"""Never quieter for a worse document: taking out what protects never takes a violated rule away.

Removals come from programs that comply and from violated ones: each chain takes one thing after the
other out until nothing is left that protects. A rule that can no longer know says so: it waits.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.harness import run_program
from tests.policies.edits import Edit
from tests.policies.pack import Registration, Report, judge, registrations
from tests.policies.removals import Removal, on_everything, removals, widened, without
from tests.policies.small_programs import (
    BY_EVERYTHING_FOR_A_BUCKET,
    BY_WILDCARD,
    PROGRAMS,
    WIDER,
    by_everything,
    by_wildcard,
    exporting,
)
from tests.policies.test_foreign_programs import loose_key
from tests.policies.test_summary import summary
from tests.policies.test_violations import EVERY_VIOLATION, edited, registered

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


def cannot_be_known(resources: list[Registration]) -> bool:
    """Whether nothing in a program is about evaluations but that somebody may start them by a
    wildcard, and a key that nobody is given: the summary names both."""
    lines = summary(resources)
    return any("may be for them: if so, write" in line for line in lines)


def quieter(
    resources: list[Registration],
    order: list[Removal],
    before: dict[str, list[Report]],
    may_end: bool = False,
) -> dict[str, set[str]]:
    """For each removal, one after the other, the rules that it silences, of what is said `before`;
    where it may, it ends with what cannot be known."""
    found: dict[str, set[str]] = {}
    for count, removal in enumerate(order, start=1):
        left = without(resources, *order[:count])
        if may_end and cannot_be_known(left):
            break
        after = said(left)
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
    assert quieter(resources, order[::-1] if backwards else order, said(resources)) == {}


# The key is given to nobody who may start evaluations: only its policy, or a bucket's encryption,
# says that it is for them, in a program that speaks of AgentCore nowhere else.
GIVEN_TO_NOBODY = {by_wildcard, by_everything, *BY_EVERYTHING_FOR_A_BUCKET}
EVERY = [
    *((program, preview) for program in (*PROGRAMS, loose_key) for preview in (True, False)),
    *((program, False) for program in BY_WILDCARD),
]


@pytest.mark.parametrize(
    ("program", "preview"),
    EVERY,
    ids=[f"{each.__name__}, {'preview' if preview else 'update'}" for each, preview in EVERY],
)
def test_a_small_program_is_never_quieter(program: Callable[[], None], preview: bool) -> None:
    resources = registrations(run_program(program, stack="live", preview=preview))
    order = list(removals(resources))
    before = said(resources)
    assert any(rule.startswith("evaluation-key") for rule in before)
    # The first of either order is tried by itself with it.
    for each in (order, order[::-1], *([one] for one in order[1:-1])):
        assert quieter(resources, each, before, may_end=program in GIVEN_TO_NOBODY) == {}


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


def violated_programs() -> Iterator[tuple[Edit, list[Registration], list[Removal]]]:
    """Each violation with all that still protects the stack; what names a queue of failures or is
    under the wrong key is left, since the rule is about it."""
    for edit in EVERY_VIOLATION:
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
                    if each.path not in kept
                    and (each.path != "policy" or each.statement is not None)
                    and (each.path or each.urn not in left)
                ],
            )


def test_a_violation_is_reported_by_its_rule_without_all_that_protects_too() -> None:
    silent = [
        f"{edit.rule}: {edit.name}"
        for edit, resources, taken in violated_programs()
        if not judge(without(resources, *taken), only=edit.rule).reports
    ]
    assert "\n".join(silent) == ""


NARROW = [*PROGRAMS, loose_key, exporting(WIDER[0]), exporting(WIDER[0], encrypted=False)]


@when
@pytest.mark.parametrize("program", NARROW, ids=lambda each: each.__name__)
def test_a_wider_action_takes_no_violated_rule_away(
    program: Callable[[], None], preview: bool
) -> None:
    resources = registrations(run_program(program, stack="live", preview=preview))
    assert_wider_is_not_quieter(resources)


def test_a_wider_action_in_a_stack_of_ours_takes_no_violated_rule_away() -> None:
    resources = list(registered("prod", preview=False))
    assert_wider_is_not_quieter(without(resources, *removals(resources)))


@when
@pytest.mark.parametrize("program", NARROW, ids=lambda each: each.__name__)
def test_everything_as_a_resource_takes_no_violated_rule_away(
    program: Callable[[], None], preview: bool
) -> None:
    resources = registrations(run_program(program, stack="live", preview=preview))
    assert not_said_of_everything(resources) == set()


def test_everything_as_a_resource_in_a_stack_of_ours_takes_no_violated_rule_away() -> None:
    resources = list(registered("prod", preview=False))
    assert not_said_of_everything(without(resources, *removals(resources))) == set()


def not_said_of_everything(resources: list[Registration]) -> set[str]:
    """The violated rules of which nothing is said once every statement is about everything."""
    before, after = said(resources), said(on_everything(resources))
    violated = {rule for rule, found in before.items() if not all(one.waits for one in found)}
    return violated - after.keys() - ASK_FOR_MORE


def assert_wider_is_not_quieter(resources: list[Registration]) -> None:
    before, narrower = said(resources), WIDER[0]
    for action in WIDER[1:]:
        resources = widened(resources, narrower, action)
        after = said(resources)
        violated = {rule for rule, found in before.items() if not all(one.waits for one in found)}
        assert violated - after.keys() - ASK_FOR_MORE == set(), action
        before, narrower = after, action
