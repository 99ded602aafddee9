"""What is too wide is one finding: one message of a rule, with a list of all that it opens."""

from collections import Counter

import pytest

from tests.harness import ACCOUNT
from tests.policies.edits import Change, Program, allow, new
from tests.policies.pack import judge
from tests.policies.test_violations import registered
from tests.policies.violations.own_resources import KEY

EVERYBODY = {"Principal": "*"}
QUEUE_POLICY = "controller-failures-policy"


def messages(*changes: Change) -> Counter[tuple[str, str]]:
    """How many messages each rule has about each resource of stack prod after changes."""
    program = Program(registered("prod", preview=False))
    for change in changes:
        change(program)
    return Counter((each.rule, each.urn) for each in judge(program.resources).violations)


@pytest.mark.parametrize("actions", [("*",), ("iam:*", "kms:*", "s3:*"), ("NotAction",)], ids=str)
def test_a_wide_role_is_one_message_of_a_rule(actions: tuple[str, ...]) -> None:
    wide = (
        allow("roles-controller-policy", NotAction="ec2:*", Action=None)
        if actions == ("NotAction",)
        else allow("roles-controller-policy", *actions)
    )
    found = messages(wide)
    assert {rule for rule, _ in found} >= {"role-escalation", "caller-role-permissions"}
    assert {key: count for key, count in found.items() if count > 1} == {}


def test_the_message_lists_each_action_and_the_statement() -> None:
    program = Program(registered("prod", preview=False))
    allow("roles-controller-policy", "iam:*", "kms:*")(program)
    (report,) = judge(program.resources, only="role-escalation").violations
    assert f"iam:PutRolePolicy on arn:aws:iam::{ACCOUNT}:role/" in report.message
    assert "through statement 10 (Added) of batch-evaluation-roles-controller-policy:" in (
        report.message
    )


@pytest.mark.parametrize(
    "change",
    [
        allow(KEY, "kms:*", **EVERYBODY),
        allow(KEY, "kms:Decrypt", **EVERYBODY),
        allow(QUEUE_POLICY, "sqs:*", **EVERYBODY),
        allow("output-policy", "s3:*", **EVERYBODY),
        allow("roles-controller-role", "sts:*", path="assumeRolePolicy", **EVERYBODY),
        allow("roles-schedule-role", "sts:*", path="assumeRolePolicy", **EVERYBODY),
        allow("roles-operator-role", "sts:*", path="assumeRolePolicy", **EVERYBODY),
        new(
            "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
            "everybody",
            policyDocument='{"Version": "2012-10-17", "Statement": {"Effect": "Allow", '
            '"Principal": "*", "Action": "logs:*", "Resource": "*"}}',
        ),
        new(
            "aws:lambda/permission:Permission",
            "everybody",
            {"function": "controller-function.name"},
            principal="*",
            action="lambda:InvokeFunction",
        ),
    ],
    ids=["key", "Decrypt", "queue", "bucket", "trust", "schedule", "operator", "logs", "invoke"],
)
def test_everybody_in_one_statement_is_one_message_of_a_rule(change: Change) -> None:
    found = messages(change)
    assert found
    assert {key: count for key, count in found.items() if count > 1} == {}
