"""Programs that are not ours: rules find what they are about, or say that there is nothing."""

import json
from typing import Any

import pulumi_aws as aws
import pytest

from policies.rules import RULES
from tests.harness import ACCOUNT, run_program
from tests.policies.edits import Program
from tests.policies.pack import Judgement, judge, registrations

ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
STORE = "arn:aws:s3:::evaluation-store/*"
EVALUATIONS = f"arn:aws:bedrock-agentcore:eu-central-1:{ACCOUNT}:batch-evaluate/*"


def document(*statements: dict[str, Any]) -> str:
    allowed = [{"Effect": "Allow", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})


def web_shop() -> None:
    """Nothing about evaluations."""
    trust = document({"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = aws.iam.Role("shop", assume_role_policy=trust)
    bucket = aws.s3.Bucket("pictures", force_destroy=True)
    aws.iam.RolePolicy("shop", role=role.id, policy=document({"Action": "s3:*", "Resource": "*"}))
    aws.lambda_.Function(
        "shop", role=role.arn, runtime="python3.13", environment={"variables": {"B": bucket.id}}
    )


def evaluations() -> None:
    """Somebody's evaluations: the key's policy apart, an inline policy, other names."""
    trust = document({"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = aws.iam.Role("run", name="evaluator", assume_role_policy=trust)
    key = aws.kms.Key("secret", enable_key_rotation=True)
    aws.kms.KeyPolicy(
        "who",
        key_id=key.key_id,
        policy=document(
            {
                "Sid": "Service",
                "Principal": {"Service": "bedrock-agentcore.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": "*",
                "Condition": {"ArnLike": {"aws:SourceArn": EVALUATIONS}},
            },
            {"Sid": "Everything", "Principal": ROOT, "Action": "kms:*", "Resource": "*"},
        ),
    )
    store = aws.s3.Bucket("store", bucket="evaluation-store")
    aws.iam.RolePolicy(
        "rights",
        role=role.name,
        policy=document(
            {"Sid": "Start", "Action": "bedrock-agentcore:*", "Resource": "*"},
            {
                "Sid": "Store",
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::evaluation-store/*",
            },
        ),
    )
    aws.lambda_.Function(
        "starter",
        name="starter",
        role=role.arn,
        runtime="python3.13",
        environment={"variables": {"KEY": key.arn, "STORE": store.id}},
    )


def judged(program: Any, preview: bool) -> Judgement:
    return judge(registrations(run_program(program, stack="live", preview=preview)))


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_a_program_without_evaluations_is_left_alone(preview: bool) -> None:
    judgement = judged(web_shop, preview)
    assert judgement.violations == []
    silent = {rule.name for rule in RULES} - judgement.inapplicable.keys()
    assert silent == set()
    about_nothing = {
        name
        for name, reasons in judgement.inapplicable.items()
        if any(not reason.startswith("is about") for reason in reasons)
    }
    whole = {rule.name for rule in RULES if not hasattr(rule, "types")}
    assert whole <= about_nothing


def test_an_empty_program_is_left_alone() -> None:
    judgement = judged(lambda: None, preview=False)
    assert judgement.reports == []


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_somebody_elses_evaluations_are_found_by_what_documents_say(preview: bool) -> None:
    messages: dict[str, str] = {}
    for each in judged(evaluations, preview).violations:
        messages.setdefault(each.rule, each.message)
    expected = {
        "evaluation-key-users": f"anybody else in account {ACCOUNT} may",
        "evaluation-key-service-source": "write StringEquals aws:SourceAccount",
        "evaluation-key-serves-evaluations": "its policy lets no role or user use it",
        "keys-and-bucket-protected": "it is not protected",
        "evaluation-callers": "no evaluation key here lets it use it",
        "caller-role-permissions": "through statement 0 (Start) of rights",
        "role-trust-source": f"write StringEquals aws:SourceAccount {ACCOUNT}",
        "output-bucket-versioning": "store: it has no BucketVersioning",
        "output-bucket-tls": "deny s3:* on bucket and objects",
        "controller-failures": "requests that fail for good are lost",
        "controller-log-first": "LogGroup /aws/lambda/starter",
        "controller-result-logs": "its variables name no log group of the stack",
    }
    found = {rule: messages.get(rule, "") for rule in expected}
    assert {rule for rule, words in expected.items() if words not in found[rule]} == set(), found


def test_a_credential_is_never_repeated() -> None:
    program = Program(registrations(run_program(web_shop, stack="live")))
    (function,) = [each for each in program.resources if each.type.endswith(":Function")]
    function.inputs["environment"]["variables"] = {"DB_PASSWORD": "hunter2-hunter2"}
    (report,) = judge(program.resources, only="function-no-secrets").violations
    assert "DB_PASSWORD" in report.message
    assert "hunter2" not in report.message
