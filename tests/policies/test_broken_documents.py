"""What AWS refuses is reported as such, and no other rule fails over it."""

import pytest

from tests.policies.edits import Program
from tests.policies.pack import judge
from tests.policies.test_violations import registered
from tests.policies.violations.own_resources import CONTROLLER, KEY, OPERATIONS

HOLDERS = {
    KEY: "policy",
    OPERATIONS: "policy",
    "output-policy": "policy",
    "controller-failures-policy": "policy",
    CONTROLLER: "policy",
    "roles-operator-role": "assumeRolePolicy",
}
BROKEN = {
    "no JSON": "{'Version': '2012-10-17'}",
    "a list": "[]",
    "a text": '"Allow"',
    "no statement": '{"Version": "2012-10-17"}',
    "statements that are none": '{"Version": "2012-10-17", "Statement": ["Allow", 7, null]}',
    "an empty statement": '{"Version": "2012-10-17", "Statement": {}}',
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("name", HOLDERS)
def test_a_broken_document_is_reported_and_breaks_no_rule(name: str, text: str) -> None:
    program = Program(registered("prod", preview=False))
    resource = program.one(name)
    for values in (resource.inputs, resource.outputs):
        values[HOLDERS[name]] = text
    judgement = judge(program.resources)
    reported = {each.urn for each in judgement.violations if each.rule == "policies-well-formed"}
    assert reported == {resource.urn}


@pytest.mark.parametrize(
    ("name", "path"),
    [(CONTROLLER, "name"), ("controller-failures", "name"), ("output-bucket", "bucket")],
)
def test_a_name_that_is_no_text_breaks_no_rule(name: str, path: str) -> None:
    program = Program(registered("prod", preview=False))
    resource = program.one(name)
    for values in (resource.inputs, resource.outputs):
        values[path] = {"of": "another language"}
    assert judge(program.resources).applied
