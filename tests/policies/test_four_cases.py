"""Every rule has a case in which it is violated, one in which it is complied with, one in which a
value is unknown, and one to which it is not applicable.

The cases are in the tables and programs of the other tests, which judge them; here none may lack.
"""

import json
from functools import cache

import pytest

from policies.rules.all_rules import RULES
from tests.harness import run_program
from tests.policies.edits import Change, Program, new
from tests.policies.foreign_programs import web_shop
from tests.policies.pack import Judgement, judge, registrations
from tests.policies.test_unknown_values import ADDED, NEVER_UNKNOWN, PLACES
from tests.policies.test_violations import EVERY_VIOLATION, registered

NAMES = [rule.name for rule in RULES]
every_rule = pytest.mark.parametrize("rule", NAMES)
START = "arn:aws:states:::aws-sdk:bedrockagentcore:startBatchEvaluation"
BESIDE_OURS: dict[str, Change] = {
    "other-policies-known": new(
        "aws:iam/role:Role",
        "reader",
        name="reader",
        managedPolicyArns=["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"],
    ),
    "schedule-calls": new(
        "aws:scheduler/schedule:Schedule",
        "second",
        name="second",
        target={"arn": "arn:aws:scheduler:::aws-sdk:kms:listKeys", "input": "{}"},
    ),
    "key-use-recorded": new("aws:cloudtrail/trail:Trail", "trail", name="trail"),
    "evaluation-starts-with-key": new(
        "aws:sfn/stateMachine:StateMachine",
        "machine",
        definition=json.dumps(
            {
                "States": {
                    "Start": {
                        "Type": "Task",
                        "Resource": START,
                        "Arguments": {"KmsKeyArn": "{% $states.input.key %}"},
                    }
                }
            }
        ),
    ),
}
"""What our stacks have not: the compliant case is ours with this beside it."""


@cache
def ours() -> Judgement:
    return judge(registered("prod", preview=False))


@cache
def of_others() -> Judgement:
    return judge(registrations(run_program(web_shop, stack="live")))


@every_rule
def test_a_rule_has_a_violating_case(rule: str) -> None:
    assert any(edit.rule == rule for edit in EVERY_VIOLATION)


@every_rule
def test_a_rule_has_a_compliant_case(rule: str) -> None:
    judgement = ours()
    if rule in BESIDE_OURS:
        assert rule not in judgement.applied, "our stacks have it: the case beside them can go"
        program = Program(registered("prod", preview=False))
        BESIDE_OURS[rule](program)
        judgement = judge(program.resources, only=rule)
    assert rule in judgement.applied
    assert not [report for report in judgement.reports if report.rule == rule]


@every_rule
def test_a_rule_has_an_unknown_case(rule: str) -> None:
    assert (rule in PLACES or rule in ADDED) is not bool(NEVER_UNKNOWN.get(rule))


@every_rule
def test_a_rule_has_a_case_to_which_it_is_not_applicable(rule: str) -> None:
    judgement = of_others()
    assert judgement.inapplicable[rule]
    assert not [report for report in judgement.violations if report.rule == rule]
