"""A value that only an update will know is waited for by name: no rule passes without it.

The value is the one that a weakening changes: there the rule has to look.
"""

from dataclasses import replace
from typing import Any

import pytest

from tests.policies.edits import Program
from tests.policies.pack import UNKNOWN, Registration, judge
from tests.policies.test_weakenings import registered
from tests.policies.weakenings import WEAKENINGS

MAKER = "urn:pulumi:prod::agentcore-batch-evaluation::random:index:Maker::batch-evaluation-maker"


def changed_properties() -> dict[str, tuple[str, str]]:
    """For each rule, the resource and property that its first such weakening changes."""
    found: dict[str, tuple[str, str]] = {}
    for edit in WEAKENINGS:
        before = {each.urn: each for each in registered(edit.stack, preview=False)}
        program = Program(before.values())
        for change in edit.changes:
            change(program)
        for resource in program.resources:
            old = before.get(resource.urn)
            keys = {**(old.inputs if old else {}), **resource.inputs}
            differing = [
                key
                for key in keys
                if old is not None and old.inputs.get(key) != resource.inputs.get(key)
            ]
            if differing and edit.stack == "prod":
                found.setdefault(edit.rule, (resource.name, differing[0]))
    return found


def unknown(resource: Registration, path: str) -> Registration:
    """The resource with a property that another resource makes."""
    values: dict[str, Any] = {path: UNKNOWN}
    return replace(
        resource,
        inputs={**resource.inputs, **values},
        outputs={**resource.outputs, **values},
        links={**resource.links, path: [MAKER]},
    )


@pytest.mark.parametrize(
    ("rule", "name", "path"),
    [(rule, *place) for rule, place in changed_properties().items()],
    ids=[f"{rule} waits for {path}" for rule, (_, path) in changed_properties().items()],
)
def test_a_rule_waits_by_name(rule: str, name: str, path: str) -> None:
    maker = Registration("random:index:Maker", MAKER, {}, {})
    resources = [
        unknown(each, path) if each.name == name else each
        for each in registered("prod", preview=True)
    ]
    judgement = judge([maker, *resources], only=rule)
    assert judgement.waiting, judgement
    assert f"{name}: {path}" in judgement.waiting[0].message
