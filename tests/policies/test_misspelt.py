"""Misspelt actions: named with what was meant, and no reason to judge a key less."""

from typing import Any

import pulumi_aws as aws
import pytest

from policies.iam import meant_action, parse_policy, unknown_actions
from policies.iam.language.policy_types import PolicyType
from tests.harness import run_program
from tests.policies.foreign_programs import KMS_DEFAULT, document, trust
from tests.policies.pack import judge, registrations
from tests.policies.small_programs import caller, function, key, nightly

START = "bedrock-agentcore:StartBatchEvaluation"
MISSPELT = {
    "bedrock-agentcore:StartBatchEvaluations": START,
    "bedrock-agentcore:startBatchEvalution": START,
    "bedrock-agentcore:StartBatchEvaluations*": START,
    "bedrock-agentcore-control:StartBatchEvaluation": START,
    "bedrock-agent-core:StartBatchEvaluation": START,
    "bedrockagentcore:StartBatchEvaluation": START,
    "bedrock-agentcor:StartBatchEvaluation": START,
    "bedrock:StartBatchEvaluation": START,
    "bedrockagentcore:*": "bedrock-agentcore:*",
    "kms:Decypt": "kms:Decrypt",
    "kms:GenerateDatakeys": "kms:GenerateDataKey",
    "s3:GenerateDataKey": "kms:GenerateDataKey",
    "logs:PutLogEvent": "logs:PutLogEvents",
    "s3:ListBuckets": "s3:ListBucket",
    "sqs:Frobnicate": "",
}
# Actions that there are, and services of which nothing is known here.
RIGHT = (
    *(START, "BEDROCK-AGENTCORE:startbatchevaluation", "bedrock-agentcore:*Batch*", "*", "kms:*"),
    *(
        "bedrock:InvokeModel",
        "bedrock:*",
        "bedrock-mantle:CreateInference",
        "s3express:CreateSession",
    ),
    *("s3-object-lambda:GetObject", "sns:Publish", "ses:SendEmail", "sts:AssumeRole", "ssm:Get*"),
    *("bedrock-runtime:Anything", "agentcore:Anything", "lambda:Get?unction"),
)


def identity(*actions: str) -> str:
    return document({"Sid": "Act", "Action": list(actions), "Resource": "*"})


@pytest.mark.parametrize(("action", "meant"), MISSPELT.items())
def test_a_misspelt_action_is_named_with_what_was_meant(action: str, meant: str) -> None:
    policy = parse_policy(identity(action), PolicyType.IDENTITY, name="")
    assert list(unknown_actions(policy)) == [action]
    assert meant_action(action) == meant


@pytest.mark.parametrize("action", RIGHT)
def test_nothing_is_said_of_an_action_that_may_be_one(action: str) -> None:
    policy = parse_policy(identity(action), PolicyType.IDENTITY, name="")
    assert unknown_actions(policy) == {}


def said(resource: Any) -> list[str]:
    """The messages about documents that have no effect."""
    reports = judge(registrations(run_program(resource)), only="policies-effective").violations
    return [each.message.partition("\n")[2] for each in reports]


def test_the_message_asks_what_was_meant() -> None:
    assert said(
        lambda: nightly({"Action": "bedrock-agentcore:StartBatchEvaluations", "Resource": "*"})
    ) == [
        "nightly: statement 0 names bedrock-agentcore:StartBatchEvaluations, which is no action; "
        f"correct the name; did you mean {START}?"
    ]


def test_a_policy_within_a_role_is_read_too() -> None:
    def program() -> None:
        inline = aws.iam.RoleInlinePolicyArgs(name="acts", policy=identity("kms:Decypt"))
        aws.iam.Role(
            "run", assume_role_policy=trust("lambda.amazonaws.com"), inline_policies=[inline]
        )

    assert said(program) == [
        "run: inlinePolicies[0], statement 0 (Act) names kms:Decypt, which is no action; correct "
        "the name; did you mean kms:Decrypt?"
    ]


def test_a_key_policy_allows_actions_on_keys_alone() -> None:
    arn = "arn:aws:iam::111122223333:role/nightly"
    assert said(lambda: key(KMS_DEFAULT, caller(arn, START, "kms:Decrypt"))) == [
        f"key: statement 1 (Caller) names {START}, which no key policy allows or denies; remove it"
    ]


def test_a_misspelt_start_silences_no_rule_about_the_key() -> None:
    def program(action: str) -> set[str]:
        def made() -> None:
            role = nightly({"Action": action, "Resource": "*"})
            function(role, KEY=key(KMS_DEFAULT).arn)

        resources = registrations(run_program(made, stack="live"))
        rules = {each.rule for each in judge(resources).violations}
        return {each for each in rules if each.startswith("evaluation-key-")}

    assert program("bedrock-agentcore:StartBatchEvaluations") == program(START)
