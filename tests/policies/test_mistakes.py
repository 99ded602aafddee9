"""Ordinary mistakes of a first program: each is reported, and its message says what to write."""

from collections.abc import Callable
from typing import Any

import pulumi_aws as aws
import pytest

from tests.harness import ACCOUNT, run_program
from tests.policies.foreign_programs import ROOT, document
from tests.policies.messages import MADE_UP
from tests.policies.pack import judge, registrations
from tests.policies.small_programs import (
    BOUND,
    CONTEXT,
    EVALUATIONS,
    ROLE,
    SERVICE,
    START,
    caller,
    function,
    nightly,
    under,
)

ADMINISTERS = {
    "Principal": ROOT,
    "Action": ["kms:DescribeKey", "kms:PutKeyPolicy"],
    "Resource": "*",
}
DESCRIBES, USES = caller(ROLE, "kms:DescribeKey"), caller(ROLE, Condition={"StringLike": CONTEXT})
SERVES = SERVICE | {"Condition": BOUND}
PUT = {"Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::exports/*"}


def made(
    *statements: dict[str, Any], encrypted: bool = True, rights: Any = START, **more: Any
) -> Callable[[], None]:
    """A program as one writes it from AWS's page, with other statements of the key's policy."""
    variables = more.pop("variables", {})

    def program() -> None:
        role = nightly(rights, PUT)
        policy = document(ADMINISTERS, *(statements or (DESCRIBES, USES, SERVES)))
        key = aws.kms.Key("key", **{"enable_key_rotation": True, **more}, policy=policy)
        bucket = under(key) if encrypted else aws.s3.Bucket("exports", bucket="exports")
        function(role, KEY=key.arn, BUCKET=bucket.bucket, **variables)

    return program


def of_service(name: str) -> dict[str, Any]:
    return {**SERVES, "Principal": {"Service": name}}


def under_context(operator: str, key: str = "", value: str = EVALUATIONS) -> dict[str, Any]:
    return caller(ROLE, Condition={operator: {key or next(iter(CONTEXT)): value}})


SPELT = "; did you mean bedrock-agentcore.amazonaws.com?"
NO_WILDCARDS = "(StringEquals has no wildcards; StringLike has)"
MISTAKES: dict[str, tuple[Callable[[], None], str, str]] = {
    "a misspelt evaluator": (
        made(variables={"EVALUATORS": "Builtin.Helpfullness,Builtin.Correctness"}),
        "evaluators-known",
        "environment names Builtin.Helpfullness, no evaluator of AgentCore; write "
        "Builtin.Helpfulness",
    ),
    "the service of Bedrock": (
        made(DESCRIBES, USES, of_service("bedrock.amazonaws.com")),
        "evaluation-key-serves-evaluations",
        f"statement 3 (Service) names bedrock.amazonaws.com{SPELT}",
    ),
    "a misspelt service": (
        made(DESCRIBES, USES, of_service("bedrockagentcore.amazonaws.com")),
        "evaluation-key-serves-evaluations",
        f"names bedrockagentcore.amazonaws.com{SPELT}",
    ),
    "no context": (
        made(DESCRIBES, caller(ROLE), SERVES),
        "evaluation-key-caller-context",
        f"write StringLike {next(iter(CONTEXT))} {EVALUATIONS}",
    ),
    "a misspelt context": (
        made(DESCRIBES, under_context("StringLike", f"{next(iter(CONTEXT))}s"), SERVES),
        "evaluation-key-serves-evaluations",
        "kms:Decrypt and kms:GenerateDataKey in an evaluation, kept out of statement 2",
    ),
    "an operator without wildcards": (
        made(DESCRIBES, under_context("StringEquals"), SERVES),
        "evaluation-key-serves-evaluations",
        NO_WILDCARDS,
    ),
    "a service that callers do not come through": (
        made(
            DESCRIBES, under_context("StringEquals", "kms:ViaService", "s3.amazonaws.com"), SERVES
        ),
        "evaluation-key-serves-evaluations",
        "kms:ViaService wants",
    ),
    "no GenerateDataKey": (
        made(DESCRIBES, {**USES, "Action": "kms:Decrypt"}, SERVES),
        "evaluation-key-serves-evaluations",
        "is refused kms:GenerateDataKey in an evaluation, allowed by no statement",
    ),
    "another account's evaluations": (
        made(
            DESCRIBES,
            under_context("StringLike", value=EVALUATIONS.replace(ACCOUNT, "999988887777")),
            SERVES,
        ),
        "evaluation-key-caller-context",
        f"write StringLike {next(iter(CONTEXT))} {EVALUATIONS}",
    ),
    "everybody": (
        made(caller("*", Condition={"StringLike": CONTEXT}), SERVES),
        "evaluation-key-users",
        "name the roles and users that start evaluations one by one",
    ),
    "a bucket without encryption": (
        made(encrypted=False),
        "output-bucket-key",
        "make one and write sseAlgorithm aws:kms and the evaluation key's ARN",
    ),
    "a key that is not rotated": (
        made(enable_key_rotation=False),
        "key-rotation",
        "enableKeyRotation is false; write true",
    ),
    "a key of another kind": (
        made(customer_master_key_spec="RSA_2048"),
        "evaluation-key-kind",
        "write SYMMETRIC_DEFAULT",
    ),
    "a misspelt right": (
        made(rights={**START, "Action": "bedrock-agentcore:StartBatchEvaluations"}),
        "policies-effective",
        "did you mean bedrock-agentcore:StartBatchEvaluation?",
    ),
    "every right": (
        made(rights={**START, "Action": "bedrock-agentcore:*"}),
        "caller-role-permissions",
        "what it needs of bedrock-agentcore is",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_with_what_to_write(name: str) -> None:
    program, rule, words = MISTAKES[name]
    resources = registrations(run_program(program, stack="live"))
    messages = [each.message for each in judge(resources, only=rule).violations]
    assert any(words in each for each in messages), messages
    assert [found for each in messages for found in MADE_UP.findall(each)] == []


@pytest.mark.parametrize("rule", sorted({rule for _, rule, _ in MISTAKES.values()}))
def test_the_program_without_mistakes_has_no_report_of_these_rules(rule: str) -> None:
    resources = registrations(run_program(made(), stack="live"))
    reports = judge(resources, only=rule).violations
    assert rule == "caller-role-permissions" or reports == []


def test_what_is_refused_for_one_reason_is_one_message() -> None:
    program = made(DESCRIBES, USES, of_service("bedrock.amazonaws.com"))
    resources = registrations(run_program(program, stack="live"))
    (report,) = judge(resources, only="evaluation-key-serves-evaluations").violations
    assert "is refused kms:Decrypt and kms:GenerateDataKey for an evaluation" in report.message


@pytest.mark.parametrize(
    "name", ["Builtin.Helpfulness", "Builtin.Newest", "ThirdParty.Helpfullness", "Built a tool"]
)
def test_an_evaluator_that_may_be_one_is_not_reported(name: str) -> None:
    resources = registrations(run_program(made(variables={"EVALUATORS": name}), stack="live"))
    judgement = judge(resources, only="evaluators-known")
    assert judgement.violations == []
    assert "evaluators-known" in judgement.applied
