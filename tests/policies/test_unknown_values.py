"""A value that only an update will know is waited for by name: no rule passes without it.

The value is the one that a violation changes: there the rule has to look. Where a violation adds a
resource, the value is one that the resource gets.
"""

from dataclasses import replace
from typing import Any

import pytest

from tests.policies.edits import Change, Program, new
from tests.policies.pack import UNKNOWN, Registration, judge
from tests.policies.test_violations import EVERY_VIOLATION, registered
from tests.policies.violations.added_resources import ROLE, policy_text

MAKER = "urn:pulumi:prod::agentcore-batch-evaluation::random:index:Maker::batch-evaluation-maker"
FUNCTION = "batch-evaluation-controller-function"
ELSEWHERE = {
    "controller-log-first": ("batch-evaluation-controller-log-group", "name"),
    "key-principals-first": ("batch-evaluation-evaluation-key-key", "policy"),
}
ADDED: dict[str, tuple[Change, str]] = {
    "evaluation-key-no-grants": (
        new("aws:kms/grant:Grant", "grant", {"keyId": "maker.id"}, operations=["Decrypt"]),
        "batch-evaluation-grant: keyId",
    ),
    "controller-reach": (
        new(
            "aws:lambda/permission:Permission",
            "permission",
            {"function": "controller-function.name", "principal": "maker.arn"},
            action="lambda:InvokeFunction",
        ),
        "batch-evaluation-permission: principal",
    ),
    "log-copies": (
        new(
            "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
            "siem",
            {"logGroup": "maker.name"},
            filterPattern="",
        ),
        "batch-evaluation-siem: logGroup",
    ),
    "schedule-calls": (
        new(
            "aws:scheduler/schedule:Schedule",
            "second",
            {"target.input": "maker.id"},
            name="second",
            target={"arn": "arn:aws:scheduler:::aws-sdk:kms:disableKey"},
        ),
        "batch-evaluation-second: target.input",
    ),
    "other-policies-known": (
        new(ROLE, "deployer", {"managedPolicyArns": "maker.arn"}, name="deployer"),
        "batch-evaluation-deployer: managedPolicyArns",
    ),
    "key-use-recorded": (
        new("aws:cloudtrail/trail:Trail", "trail", {"enableLogging": "maker.id"}, name="trail"),
        "batch-evaluation-trail: enableLogging",
    ),
}
for _rule, _action in (
    ("evaluation-readers", "bedrock-agentcore:GetBatchEvaluation"),
    ("result-log-readers", "logs:GetLogEvents"),
    ("failure-queue-readers", "sqs:ReceiveMessage"),
):
    ADDED[_rule] = (
        new(
            "aws:iam/rolePolicy:RolePolicy",
            "reader",
            {"role": "maker.name"},
            policy=policy_text(Action=_action, Resource="*"),
        ),
        "batch-evaluation-reader: role",
    )
NEVER_UNKNOWN = {
    "keys-and-bucket-protected": "protect is an option, which the program knows when it registers",
    "changes-not-ignored": "ignoreChanges is an option, which the program knows when it registers",
}


def changed_properties() -> dict[str, tuple[str, str]]:
    """For each rule, the resource and property that its first such violation changes."""
    found: dict[str, tuple[str, str]] = {}
    for edit in EVERY_VIOLATION:
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


PLACES = {**changed_properties(), **ELSEWHERE}


def unknown(resource: Registration, path: str, maker: str = MAKER) -> Registration:
    """The resource with a property that another resource makes."""
    values: dict[str, Any] = {path: UNKNOWN}
    return replace(
        resource,
        inputs={**resource.inputs, **values},
        outputs={**resource.outputs, **values},
        links={**resource.links, path: [maker]},
    )


@pytest.mark.parametrize(
    ("rule", "name", "path"),
    [(rule, *place) for rule, place in PLACES.items()],
    ids=[f"{rule} waits for {path}" for rule, (_, path) in PLACES.items()],
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


@pytest.mark.parametrize(
    ("variable", "waits"),
    [
        ("API_KEY_NAME", True),
        ("AWS_ACCESS_KEY_ID", True),
        ("DATABASE_URL", True),
        ("DB_PASSWORD", True),
        ("DB_PASSWORD_ARN", True),
        ("dbPasswordArn", True),
        ("GREETING", True),
        ("TOKEN_PATH", True),
        ("TABLE_NAME", False),
        ("TOPIC_ARN", False),
        ("queueName", False),
    ],
)
def test_a_variable_is_waited_for_unless_it_refers_to_no_credential(
    variable: str, waits: bool
) -> None:
    program = Program(registered("prod", preview=True))
    function = program.one("controller-function")
    function.inputs["environment"]["variables"][variable] = UNKNOWN
    judgement = judge(program.resources, only="function-no-secrets")
    assert judgement.violations == []
    said = [f"{FUNCTION}: environment.variables.{variable}" in w.message for w in judgement.waiting]
    assert said == [True] * waits


@pytest.mark.parametrize("type_", ["aws:ssm/parameter:Parameter", "random:index:Maker"])
@pytest.mark.parametrize(
    ("name", "path", "rules"),
    [
        ("output-encryption", "bucket", {"output-bucket-key"}),
        ("output-lifecycle", "bucket", {"output-bucket-expiration", "output-bucket-lifecycle"}),
        ("output-ownership", "bucket", {"output-bucket-ownership"}),
        ("output-public-access", "bucket", {"output-bucket-public-access"}),
        ("output-versioning", "bucket", {"output-bucket-versioning"}),
        (
            "output-policy",
            "bucket",
            {"output-bucket-others", "output-bucket-puts", "output-bucket-tls"},
        ),
        ("controller-invoke-config", "functionName", {"controller-failures"}),
        ("roles-controller-attachment", "role", {"evaluation-callers"}),
    ],
)
def test_what_may_be_there_is_not_reported_missing(
    name: str, path: str, rules: set[str], type_: str
) -> None:
    urn = f"urn:pulumi:prod::agentcore-batch-evaluation::{type_}::batch-evaluation-maker"
    program = Program([Registration(type_, urn, {}, {}), *registered("prod", preview=True)])
    program.swap(program.one(name), unknown(program.one(name), path, urn))
    for rule in rules:
        judgement = judge(program.resources, only=rule)
        assert judgement.violations == []
        assert f"{path} is not known until batch-evaluation-maker" in judgement.waiting[0].message


@pytest.mark.parametrize("rule", ADDED)
def test_a_rule_waits_for_what_a_resource_beside_ours_names(rule: str) -> None:
    change, words = ADDED[rule]
    maker = Registration("random:index:Maker", MAKER, {}, {})
    program = Program([maker, *registered("prod", preview=True)])
    change(program)
    judgement = judge(program.resources, only=rule)
    assert judgement.waiting, judgement
    assert words in judgement.waiting[0].message
