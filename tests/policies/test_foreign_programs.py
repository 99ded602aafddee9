"""Programs that are not ours: rules find what they are about, or say that there is nothing."""

from typing import Any

import pulumi_aws as aws
import pytest

from policies.rules.all_rules import RULES
from tests.harness import ACCOUNT, run_program
from tests.policies.edits import Program
from tests.policies.foreign_programs import (
    CONSOLE_KEY,
    ROOT,
    administrators,
    agent_memory,
    agent_platform,
    agent_runtime,
    console_key,
    data_lake,
    document,
    loose_key,
    orders,
    permission_sets,
    public_site,
    settings,
    shared_key,
    team_key,
    trust,
    web_shop,
)
from tests.policies.pack import Judgement, judge, registrations
from tests.policies.test_violations import registered
from tests.policies.violations.added_resources import managed

EVALUATIONS = f"arn:aws:bedrock-agentcore:eu-central-1:{ACCOUNT}:batch-evaluate/*"
EVERY_KEY = {"key-principals-first"}  # judges every KMS key, whatever it is for
WITHOUT_EVALUATIONS = [
    web_shop,
    administrators,
    public_site,
    data_lake,
    agent_runtime,
    agent_memory,
    agent_platform,
    permission_sets,
    settings,
    shared_key,
]


def evaluations() -> None:
    """Somebody's evaluations: the key's policy apart, an inline policy, other names."""
    role = aws.iam.Role("run", name="evaluator", assume_role_policy=trust("lambda.amazonaws.com"))
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


when = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])


@when
@pytest.mark.parametrize(
    "program", WITHOUT_EVALUATIONS, ids=[p.__name__ for p in WITHOUT_EVALUATIONS]
)
def test_a_program_without_evaluations_is_left_alone(program: Any, preview: bool) -> None:
    judgement = judged(program, preview)
    assert judgement.violations == []
    silent = {rule.name for rule in RULES} - judgement.inapplicable.keys()
    assert silent <= EVERY_KEY
    about_nothing = {
        name
        for name, reasons in judgement.inapplicable.items()
        if any(not reason.startswith("is about") for reason in reasons)
    }
    whole = {rule.name for rule in RULES if not hasattr(rule, "types")}
    assert whole - silent <= about_nothing


@when
def test_evaluations_under_a_key_of_the_console_pass_and_are_judged(preview: bool) -> None:
    judgement = judged(console_key, preview)
    (unjudged,) = judgement.violations
    assert (unjudged.rule, unjudged.mandatory) == ("evaluation-key-judged", False)
    assert f"its variables name {CONSOLE_KEY}, whose policy is not judged here" in unjudged.message
    assert judgement.waiting == []
    applied = {
        rule.name for rule in RULES if not hasattr(rule, "types")
    } - judgement.inapplicable.keys()
    assert {
        "caller-role-permissions",
        "role-trust-source",
        "controller-key",
        "controller-failures",
        "failure-queue-requests",
        "log-encryption",
    } <= applied
    about = {name for name in applied if name.startswith(("evaluation-key", "output-bucket"))}
    assert about == {"evaluation-key-judged"}


def test_one_rule_waits_for_a_policy_that_may_let_evaluations_start() -> None:
    judgement = judged(orders, preview=True)
    assert judgement.violations == []
    about_the_document = {"policies-effective", "policies-well-formed"}
    assert {each.rule for each in judgement.waiting} == {"evaluation-callers", *about_the_document}
    waits = "orders: policy is not known until orders is there"
    for rule in RULES:
        if not hasattr(rule, "types") and rule.name != "evaluation-callers":
            (reason,) = judgement.inapplicable[rule.name]
            assert reason.endswith(f"evaluation-callers waits for what may show some: {waits}")


def test_rules_that_read_policies_wait_beside_a_known_evaluation_key() -> None:
    def program() -> None:
        evaluations()
        orders()

    waits = "orders: policy is not known until orders is there"
    waiting = {each.rule for each in judged(program, preview=True).waiting if waits in each.message}
    assert waiting == {
        "caller-role-permissions",
        "controller-invocation",
        "evaluation-callers",
        "evaluation-readers",
        "invoker-role-permissions",
        "output-bucket-roles",
        "role-escalation",
    }


@when
def test_a_caller_may_be_named_by_a_key_policy_that_is_not_known_yet(preview: bool) -> None:
    judgement = judged(team_key, preview)
    assert judgement.violations == []
    waits = "team-key: policy is not known until team is there"
    from_the_account_on = {"caller-role-permissions", "evaluation-callers", "role-trust-principals"}
    waiting = {each.rule for each in judgement.waiting if waits in each.message}
    assert waiting >= from_the_account_on if preview else not waiting


def test_an_empty_program_is_left_alone() -> None:
    judgement = judged(lambda: None, preview=False)
    assert judgement.reports == []


@when
def test_somebody_elses_evaluations_are_found_by_what_documents_say(preview: bool) -> None:
    messages: dict[str, str] = {}
    for each in judged(evaluations, preview).violations:
        messages.setdefault(each.rule, each.message)
    expected = {
        "evaluation-key-users": (
            f"anybody else in account {ACCOUNT} and the root user of account {ACCOUNT} may"
        ),
        "evaluation-key-service-source": "write StringEquals aws:SourceAccount",
        "evaluation-key-serves-evaluations": "its policy names no role or user as a caller, and",
        "keys-and-bucket-protected": "it is not protected",
        "evaluation-callers": "no evaluation key here lets it use it, so that they fail",
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


@when
def test_a_key_is_for_evaluations_if_somebody_who_starts_them_uses_it(preview: bool) -> None:
    found = {each.rule for each in judged(loose_key, preview).violations}
    assert {"evaluation-key-serves-evaluations", "key-deletion-window"} <= found
    assert "controller-key" not in found


def queue_without_key() -> None:
    """The same, with a queue of failures that is under no key."""
    loose_key()
    queue = aws.sqs.Queue("failures", name="failures")
    aws.lambda_.FunctionEventInvokeConfig(
        "nightly",
        function_name="nightly",
        destination_config={"on_failure": {"destination": queue.arn}},
    )


def test_a_key_that_names_agentcore_is_not_asked_to_be_the_operations_key() -> None:
    found = {each.rule for each in judged(queue_without_key, preview=False).violations}
    assert {"evaluation-key-serves-evaluations", "failure-queue-key"} <= found
    assert "operations-key-bound" not in found


def test_a_credential_is_never_repeated() -> None:
    program = Program(registrations(run_program(web_shop, stack="live")))
    (function,) = [each for each in program.resources if each.type.endswith(":Function")]
    function.inputs["environment"]["variables"] = {"DB_PASSWORD": "hunter2-hunter2"}
    (report,) = judge(program.resources, only="function-no-secrets").violations
    assert "DB_PASSWORD" in report.message
    assert "hunter2" not in report.message


def test_a_policy_of_aws_is_called_by_its_name() -> None:
    program = Program(registered("prod", preview=False))
    for change in managed("PowerUserAccess"):
        change(program)
    for rule in ("evaluation-readers", "failure-queue-readers", "output-bucket-roles"):
        reports = judge(program.resources, only=rule).violations
        assert reports
        for report in reports:
            assert "through statement 0 of PowerUserAccess" in report.message
