"""Taking any right out of any document of a stack is reported by whom it keeps from its work."""

import json
from collections.abc import Iterator

import pytest

from tests.harness import ACCOUNT
from tests.policies.edits import Program, document, new, point
from tests.policies.pack import judge
from tests.policies.test_violations import registered
from tests.policies.violations.own_resources import CONTROLLER, OPERATIONS, OPERATOR, SCHEDULED

RULES = ("controller-work", "controller-invocation", "failures-delivered")
# Rights that nothing fails without, and the rules that other ones of these documents break first.
SPARED = {
    "xray:PutTelemetryRecords": "the service accepts traces without telemetry about them",
    "AllowReadersThroughQueues": "nobody who reads is part of the work",
    "AllowDescribeThroughLogs": "the page lists it, and no request of the stack asks for it",
    "AllowLogsService": "operations-key-serves-logs reports it",
    "AllowKeyAdministration": "administering is no part of the work",
    "kms:Encrypt": "through logs, a caller needs to decrypt only",
    "kms:ReEncrypt*": "through logs, a caller needs to decrypt only",
    "kms:GenerateDataKey*": "through logs, a caller needs to decrypt only",
}
DOCUMENTS = (CONTROLLER, OPERATOR, SCHEDULED, OPERATIONS)


def rights() -> Iterator[tuple[str, str, str]]:
    """Each action of each statement of each document."""
    for name in DOCUMENTS:
        policy = json.loads(Program(registered("prod", preview=False)).one(name).inputs["policy"])
        for statement in policy["Statement"]:
            actions = statement["Action"]
            for action in actions if isinstance(actions, list) else [actions]:
                if not {action, statement["Sid"]} & SPARED.keys():
                    yield name, statement["Sid"], action


@pytest.mark.parametrize(("name", "sid", "action"), [*rights()])
def test_a_right_that_is_taken_away_is_missed(name: str, sid: str, action: str) -> None:
    def change(whole: dict) -> None:
        for statement in whole["Statement"]:
            if statement["Sid"] == sid:
                actions = statement["Action"]
                listed = actions if isinstance(actions, list) else [actions]
                statement["Action"] = [each for each in listed if each != action]
        whole["Statement"] = [each for each in whole["Statement"] if each["Action"]]

    program = Program(registered("prod", preview=False))
    document(name, change)(program)
    found = [report for rule in RULES for report in judge(program.resources, only=rule).violations]
    assert any(f"is refused {action}" in each.message for each in found) or any(
        f"and {action}" in each.message for each in found
    ), found


def bounds() -> Iterator[tuple[str, str]]:
    """Each role with each action that it needs; the use of keys is in their policies alone."""
    roles = {CONTROLLER: "controller", OPERATOR: "operator", SCHEDULED: "schedule"}
    found = {(roles[name], action): None for name, _, action in rights() if name in roles}
    yield from found
    yield from (("controller", action) for action in ("kms:Decrypt", "kms:GenerateDataKey"))


@pytest.mark.parametrize("how", ["denies", "leaves out"])
@pytest.mark.parametrize(("role", "action"), [*bounds()])
def test_a_right_that_a_boundary_takes_away_is_missed(role: str, action: str, how: str) -> None:
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": action, "Resource": "*"},
    ]
    if how == "leaves out":
        statements = [{"Effect": "Allow", "NotAction": action, "Resource": "*"}]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    arn = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    program = Program(registered("prod", preview=False))
    new("aws:iam/policy:Policy", "boundary", name="boundary", arn=arn, policy=text)(program)
    point(f"roles-{role}-role", "permissionsBoundary", "boundary")(program)
    messages = [
        each.message
        for rule in RULES
        for each in judge(program.resources, only=rule).violations
        if f"roles-{role}-role is refused" in each.message and action in each.message
    ]
    assert messages
    write = "remove the Deny" if how == "denies" else "in the boundary"
    assert all("batch-evaluation-boundary" in each and write in each for each in messages)


def test_the_message_names_who_is_refused_what_and_what_to_write() -> None:
    program = Program(registered("prod", preview=False))

    def change(whole: dict) -> None:
        whole["Statement"] = [s for s in whole["Statement"] if s["Sid"] != "AllowFailureReports"]

    document(SCHEDULED, change)(program)
    (report,) = judge(program.resources, only="failures-delivered").violations
    assert report.message.endswith(
        "batch-evaluation-controller-function: batch-evaluation-controller-schedule: "
        "batch-evaluation-roles-schedule-role is refused sqs:SendMessage on "
        "batch-evaluation-controller-schedule-failures, allowed by no statement of "
        "batch-evaluation-roles-schedule-policy (identity-based policy); allow sqs:SendMessage on "
        "batch-evaluation-controller-schedule-failures"
    )
