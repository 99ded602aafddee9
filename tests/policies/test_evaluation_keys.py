"""Which keys are evaluation keys: by who works with them, however wide a policy is."""

import json
from collections.abc import Callable
from typing import Any

import pulumi_aws as aws
import pytest

from tests.harness import run_program
from tests.policies.foreign_programs import KMS_DEFAULT, document, trust
from tests.policies.pack import judge, registrations
from tests.policies.small_programs import BY_WILDCARD, WIDER, exporting, function, nightly, under
from tests.policies.test_foreign_programs import evaluations

ABOUT_THE_KEY = {
    "evaluation-key-grants",
    "evaluation-key-minimum",
    "evaluation-key-serves-evaluations",
    "evaluation-key-users",
}
LOGS = {
    "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
    "Resource": "*",
}
OF_MEMORIES = {
    "Principal": {"Service": "bedrock-agentcore.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
    "Resource": "*",
    "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:bedrock-agentcore:*:*:memory/*"}},
}
Made = Callable[[], None]


def violated(program: Made, preview: bool = False, without: str = "") -> set[str]:
    """The rules that a program violates, once resources of a type are taken out."""
    resources = registrations(run_program(program, stack="live", preview=preview))
    left = [each for each in resources if not without or not each.type.endswith(without)]
    assert bool(without) is (len(left) < len(resources))
    return {each.rule for each in judge(left).violations}


@pytest.mark.parametrize("program", BY_WILDCARD, ids=lambda each: each.__name__)
def test_a_key_that_a_wildcard_and_its_work_show_is_judged(program: Made) -> None:
    assert violated(program) >= ABOUT_THE_KEY


@pytest.mark.parametrize("statements", [(), (KMS_DEFAULT,)], ids=["default", "written"])
@pytest.mark.parametrize("action", WIDER)
def test_a_key_is_known_as_soon_as_its_policy_and_place_are(
    action: str, statements: tuple[dict[str, object], ...]
) -> None:
    resources = registrations(
        run_program(exporting(action, *statements), stack="live", preview=True)
    )
    judgement = judge(resources)
    said = {each.rule for each in judgement.reports}
    assert said >= ABOUT_THE_KEY
    assert "evaluation-key-judged" in judgement.applied


def test_a_key_without_its_policy_resource_is_still_judged() -> None:
    assert violated(evaluations, without=":KeyPolicy") >= ABOUT_THE_KEY


def runner(sort: str) -> Made:
    """A build, task or state machine under a role that may do everything, and is given the key."""

    def program() -> None:
        role = nightly({"Action": "*", "Resource": "*"})
        arn = aws.kms.Key("key", enable_key_rotation=True).arn
        if sort == "build":
            aws.codebuild.Project(
                "run",
                service_role=role.arn,
                artifacts={"type": "NO_ARTIFACTS"},
                source={"type": "NO_SOURCE", "buildspec": "version: 0.2"},
                environment={
                    "compute_type": "BUILD_GENERAL1_SMALL",
                    "image": "aws/codebuild/standard:7.0",
                    "type": "LINUX_CONTAINER",
                    "environment_variables": [{"name": "KEY", "value": arn}],
                },
            )
        elif sort == "task":
            text = arn.apply(
                lambda key: json.dumps([{"environment": [{"name": "KEY", "value": key}]}])
            )
            aws.ecs.TaskDefinition(
                "run", family="run", task_role_arn=role.arn, container_definitions=text
            )
        else:
            text = arn.apply(lambda key: json.dumps({"States": {"Run": {"Parameters": [key]}}}))
            aws.sfn.StateMachine("run", role_arn=role.arn, definition=text)

    return program


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("sort", ["build", "task", "state machine"])
def test_whatever_runs_code_with_a_key_shows_it(sort: str, preview: bool) -> None:
    resources = registrations(run_program(runner(sort), stack="live", preview=preview))
    said = {each.rule for each in judge(resources).reports}
    assert said >= ABOUT_THE_KEY


def administrator() -> None:
    """A role that may do everything, keys, and a function of somebody else with its bucket."""
    for name, service in (("admin", "ec2.amazonaws.com"), ("shop", "lambda.amazonaws.com")):
        role = aws.iam.Role(name, name=name, assume_role_policy=trust(service))
        action = "*" if name == "admin" else "s3:*"
        rights = document({"Action": action, "Resource": "*"})
        aws.iam.RolePolicy(name, role=role.name, policy=rights)
    made = aws.kms.Key("shop", enable_key_rotation=True, policy=document(KMS_DEFAULT))
    aws.kms.Key("spare", enable_key_rotation=True)
    bucket = under(made)
    aws.lambda_.Function(
        "shop",
        name="shop",
        role=role.arn,
        runtime="python3.13",
        environment={"variables": {"BUCKET": bucket.bucket, "KEY": made.arn}},
    )


def idle() -> None:
    """A function that may do everything, and a key that it is not given."""
    function(nightly({"Action": "*", "Resource": "*"}))
    aws.kms.Key("data", enable_key_rotation=True, policy=document(KMS_DEFAULT))


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize(
    "program",
    [
        administrator,
        idle,
        exporting("*", LOGS | {"Sid": "Logs"}),
        exporting("bedrock-agentcore:*", KMS_DEFAULT, OF_MEMORIES),
    ],
    ids=["administrator", "idle", "of logs", "of memories"],
)
def test_a_key_for_something_else_is_left_alone(program: Made, preview: bool) -> None:
    assert not {rule for rule in violated(program, preview) if rule.startswith("evaluation-")}


@pytest.mark.parametrize(
    ("key_policy", "rights", "says"),
    [
        (None, "kms:*", "key's policy leaves the key's use to IAM policies, of which statement 1"),
        (KMS_DEFAULT, "*", "key's policy leaves the key's use to IAM policies, of which statement"),
        (None, "s3:GetObject", "no evaluation key here lets it use it, so that they fail"),
        ({**KMS_DEFAULT, "Principal": "*"}, "s3:GetObject", "key's policy lets everybody use the"),
        (LOGS, "kms:*", "no evaluation key here lets it use it, so that they fail"),
    ],
    ids=["default", "written", "without rights", "everybody", "named alone"],
)
def test_what_is_said_of_a_caller_that_no_key_names_is_true(
    key_policy: dict[str, Any] | None, rights: str, says: str
) -> None:
    """A key policy that delegates to IAM lets a role use the key by the role's own policies."""

    def program() -> None:
        start = {"Action": WIDER[0], "Resource": "*"}
        role = nightly(start, {"Action": rights, "Resource": "*"})
        policy = document(key_policy) if key_policy else None
        function(role, KEY=aws.kms.Key("key", policy=policy).arn)

    resources = registrations(run_program(program, stack="live"))
    (report,) = judge(resources, only="evaluation-callers").violations
    assert says in report.message


def test_a_caller_by_a_policy_of_aws_is_named_with_that_policy() -> None:
    def program() -> None:
        role = nightly({"Action": "s3:PutObject", "Resource": "*"})
        aws.iam.RolePolicyAttachment(
            "all", role=role.name, policy_arn="arn:aws:iam::aws:policy/AdministratorAccess"
        )
        function(role, KEY=aws.kms.Key("key").arn)

    resources = registrations(run_program(program, stack="live"))
    (report,) = judge(resources, only="evaluation-callers").violations
    assert "through statement 0 of AdministratorAccess, and key's policy leaves" in report.message
