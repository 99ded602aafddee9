"""The summary: a run in which nothing was judged, or something waits, says so."""

from collections.abc import Callable
from typing import Any

import pulumi_aws as aws
import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer  # pyright: ignore[reportPrivateUsage]

from policies.rules.all_rules import POLICIES, RULES
from policies.rules_table import README
from tests.harness import ACCOUNT, run_program
from tests.policies.edits import Program, statement
from tests.policies.foreign_programs import (
    KMS_DEFAULT,
    agent_memory,
    console_key,
    document,
    orders,
    team_key,
    trust,
    web_shop,
)
from tests.policies.pack import PACK, Registration, judge, registrations
from tests.policies.small_programs import CONTEXT, PROGRAMS, START, caller, nightly
from tests.policies.test_foreign_programs import evaluations
from tests.policies.test_violations import registered
from tests.policies.violations.own_resources import ADMINISTERS, KEY

when = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])


def summary(resources: list[Registration]) -> list[str]:
    """The lines of the one advisory, none if there is nothing to say."""
    servicer = _PolicyAnalyzerServicer(PACK, "0", [POLICIES[-1]], EnforcementLevel.MANDATORY)
    together = [each.as_resource() for each in resources]
    answer = servicer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=together), None)
    assert all(each.enforcementLevel == analyzer_pb2.ADVISORY for each in answer.diagnostics)
    if not answer.diagnostics:
        return []
    (one,) = answer.diagnostics
    return one.message.splitlines()[1:]


def of(program: Callable[[], None], preview: bool = False) -> list[str]:
    """The same of a program."""
    return summary(registrations(run_program(program, stack="live", preview=preview)))


def test_the_pack_is_its_rules_and_the_summary() -> None:
    assert POLICIES[:-1] == RULES
    assert POLICIES[-1].name == "summary"


@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod"])
def test_a_stack_of_ours_that_was_judged_has_none(stack: str) -> None:
    assert summary(list(registered(stack, preview=False))) == []


def test_a_first_preview_says_in_one_line_what_waits() -> None:
    assert summary(list(registered("prod", preview=True))) == [
        "6 rules wait for what is not known yet, and will be judged in the update, at its end at "
        "the latest: batch-evaluation-output-policy: policy is not known until "
        "batch-evaluation-evaluation-key-key is there"
    ]


@pytest.mark.parametrize(
    ("program", "because"),
    [
        (web_shop, "nobody in this stack may start batch evaluations"),
        (console_key, "evaluations are under a key that is not in the stack"),
        (
            agent_memory,
            "nothing here names batch evaluations; deploy and agents may start them by a wildcard, "
            "and memory may be for them: if so, write bedrock-agentcore:StartBatchEvaluation into "
            "the policy of who starts them, and the evaluations into the key's",
        ),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_program_without_an_evaluation_key_says_why(
    program: Callable[[], None], because: str
) -> None:
    resources = registrations(run_program(program, stack="live"))
    whole = {rule.name for rule in RULES if not hasattr(rule, "types")}
    idle = len(whole & judge(resources).inapplicable.keys())
    assert summary(resources) == [
        f"no evaluation key found in this stack: {idle} rules had nothing to judge, because "
        f"{because}"
    ]


def test_a_key_policy_that_is_not_known_yet_is_said_to_wait() -> None:
    def program() -> None:
        role = nightly(START)
        policy = role.arn.apply(
            lambda arn: document(caller(arn, Condition={"StringLike": CONTEXT}))
        )
        aws.kms.Key("key", enable_key_rotation=True, policy=policy)

    resources = registrations(run_program(program, stack="live", preview=True))
    nothing, waits = summary(resources)
    unknown = "key: policy is not known until nightly is there"
    assert f"because what may show one is not known yet ({unknown})" in nothing
    assert waits.endswith(f"in the update, at its end at the latest: {unknown}")
    assert judge(resources).violations == []


@pytest.mark.parametrize(("program", "rules"), [(orders, 3), (team_key, 10)])
def test_policies_that_are_not_known_yet_are_named(program: Callable[[], None], rules: int) -> None:
    nothing, waits = of(program, preview=True)
    name = "orders" if program is orders else "team-key"
    assert f"because what may show one is not known yet ({name}: policy is not known" in nothing
    assert waits.startswith(f"{rules} rules wait for what is not known yet")
    assert waits.endswith(f"{name}: policy is not known until {name.removesuffix('-key')} is there")


def test_a_role_with_unknown_inline_policies_lets_no_more_rules_wait_than_a_role_policy() -> None:
    def known_later(inline: bool) -> Callable[[], None]:
        def program() -> None:
            queue = aws.sqs.Queue("orders", name="orders")
            text = queue.arn.apply(
                lambda arn: document({"Action": "sqs:SendMessage", "Resource": arn})
            )
            role = aws.iam.Role(
                "orders",
                name="orders",
                assume_role_policy=trust("lambda.amazonaws.com"),
                inline_policies=[{"name": "orders", "policy": text}] if inline else None,
            )
            if not inline:
                aws.iam.RolePolicy("orders", role=role.name, policy=text)

        return program

    def waiting(*programs: Callable[[], None]) -> set[str]:
        def program() -> None:
            for each in programs:
                each()

        resources = registrations(run_program(program, stack="live", preview=True))
        return {each.rule for each in judge(resources).waiting}

    for others in ([], [PROGRAMS[0]]):
        of_inline = waiting(*others, known_later(inline=True))
        assert of_inline == waiting(*others, known_later(inline=False))
        assert "evaluation-callers" in of_inline


@pytest.mark.parametrize("policy", [None, KMS_DEFAULT], ids=["default", "written"])
def test_a_key_that_only_a_wildcard_could_show_is_named(policy: dict[str, Any] | None) -> None:
    """No function is given the key, and nothing in the program speaks of evaluations."""

    def program() -> None:
        nightly({"Action": "bedrock-agentcore:*", "Resource": "*"})
        aws.kms.Key("secret", policy=document(policy) if policy else None)

    (line,) = of(program)
    assert "nightly may start them by a wildcard, and secret may be for them: if so, write" in line


def test_a_key_that_only_a_wildcard_shows_is_explained() -> None:
    """Without its policy the key is known by the function that works with it."""
    resources = registrations(run_program(evaluations, stack="live"))
    left = [each for each in resources if not each.type.endswith(":KeyPolicy")]
    assert len(left) == len(resources) - 1
    assert summary(left) == [
        "secret is taken for an evaluation key: run may start batch evaluations by a wildcard, and "
        "what runs under it is given the key, or writes to a bucket under it; if the key is for "
        "something else, write the actions that run needs instead of the wildcard"
    ]


def test_the_message_in_the_readme_is_what_the_summary_says() -> None:
    (line,) = of(web_shop)
    assert line in " ".join(README.read_text("utf-8").split())


@when
def test_what_binds_the_administration_of_a_key_is_said(preview: bool) -> None:
    program = Program(registered("prod", preview))
    condition = {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}
    statement(KEY, ADMINISTERS, Condition=condition)(program)
    assert judge(program.resources, only="key-administered").violations == []
    assert summary(program.resources)[-1] == (
        "batch-evaluation-evaluation-key-key is administered only with aws:MultiFactorAuthAge = "
        "3599: make sure that somebody can"
    )


def test_administration_by_anybody_of_the_account_binds_nothing() -> None:
    def program() -> None:
        aws.kms.Key("key", enable_key_rotation=True, policy=document(KMS_DEFAULT))

    (line,) = of(program)
    assert ACCOUNT not in line
    assert "administered" not in line
