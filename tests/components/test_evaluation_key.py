"""EvaluationKey by itself, as another team's program uses it."""

import json
import runpy
from typing import Any

import pulumi
import pytest

from components import EvaluationKey, InvalidInput, InvalidInputs, KeyNotUsable, LookupFailed
from components.config.deployment_target import DeploymentTarget
from components.iam import key_policies
from tests.harness import ACCOUNT, PROJECT, ROOT, Run, run_program, run_stack, stack_config

TARGET = DeploymentTarget("aws", "us-east-1", ACCOUNT)
CALLER = TARGET.iam_arn("role/Evaluators")
EXISTING = TARGET.arn("kms", "key/9999abcd-12ab-34cd-56ef-1234567890ab")
WANTED = key_policies.evaluation_key_policy(TARGET, [CALLER])


def key_program(**args: Any) -> Any:
    def program() -> None:
        key = EvaluationKey("mine", {"caller_arns": [CALLER], **args})  # pyright: ignore[reportArgumentType]
        pulumi.export("key_arn", key.key_arn)

    return program


def stack_program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def policy_of(run: Run) -> Any:
    return json.loads(run.one("aws:kms/key:Key").inputs["policy"])


def test_one_caller_is_enough() -> None:
    run = run_program(key_program())
    inputs = run.one("aws:kms/key:Key").inputs
    assert json.loads(inputs["policy"]) == WANTED
    assert {name: value for name, value in inputs.items() if name != "policy"} == {
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "deletionWindowInDays": 30,
        "description": "Encrypts Amazon Bedrock AgentCore batch evaluations",
        "enableKeyRotation": True,
        "keyUsage": "ENCRYPT_DECRYPT",
        "multiRegion": False,
        "rotationPeriodInDays": 365,
    }
    assert run.one("aws:kms/key:Key").protect
    assert run.types() == {"aws:kms/key:Key": 1}


def test_a_caller_that_the_program_makes_comes_before_the_key() -> None:
    def program() -> None:
        import pulumi_aws as aws

        role = aws.iam.Role("caller", name="Evaluators", assume_role_policy="{}")
        EvaluationKey("mine", {"caller_arns": [role.arn]})

    run = run_program(program)
    assert policy_of(run) == WANTED
    assert run.leads_to(run.one("aws:kms/key:Key"), run.one("aws:iam/role:Role"))


def test_what_is_wrong_is_said_though_the_callers_are_not_known_yet() -> None:
    """Else a preview would pass, and the update fail half way."""

    def program() -> None:
        import pulumi_aws as aws

        role = aws.iam.Role("caller", name="Evaluators", assume_role_policy="{}")
        EvaluationKey(
            "mine",
            {"caller_arns": [role.arn], "administrator_arns": ["*"], "name_prefixes": ["bad"]},
        )

    with pytest.raises(InvalidInputs) as caught:
        run_program(program, preview=True)
    named = [error.name for error in caught.value.errors]
    assert named == ["administrator_arns[0]", "name_prefixes[0]"]


def test_dependencies_of_the_component_reach_the_key() -> None:
    def program() -> None:
        import pulumi_aws as aws

        role = aws.iam.Role("caller", name="Evaluators", assume_role_policy="{}")
        EvaluationKey("mine", {"caller_arns": [CALLER]}, pulumi.ResourceOptions(depends_on=[role]))

    run = run_program(program)
    assert run.leads_to(run.one("aws:kms/key:Key"), run.one("aws:iam/role:Role"))


def test_several_callers_and_prefixes_share_one_scope_in_three_statements() -> None:
    callers = [TARGET.iam_arn("user/eve"), CALLER]
    run = run_program(
        key_program(
            caller_arns=callers, name_prefixes=["b_", "a_"], evaluation_ids=["z-ABC1234567"]
        )
    )
    statements = policy_of(run)["Statement"]
    assert [s["Sid"] for s in statements] == [
        "AllowCallerAccess",
        "AllowCallerCryptoOps",
        "AllowServicePrincipalAccess",
        "AllowKeyAdministration",
    ]
    scope = [TARGET.evaluation_arn(pattern) for pattern in ("a_*", "b_*", "z-ABC1234567")]
    assert statements[0]["Principal"]["AWS"] == sorted(callers)
    (context,) = statements[1]["Condition"]["StringLike"].values()
    assert context == scope
    assert statements[2]["Condition"]["ArnLike"]["aws:SourceArn"] == scope


BAD = [
    ({"caller_arns": []}, "caller_arns: expected at least one role or user"),
    ({"caller_arns": ["*"]}, "caller_arns[0]: expected the ARN of a role or user"),
    ({"caller_arns": CALLER}, "caller_arns: expected a list"),
    ({"administrator_arns": [TARGET.account_principal]}, "administrator_arns[0]: expected"),
    ({"name_prefixes": ["a"]}, "name_prefixes[0]: expected a name prefix"),
    ({"evaluation_ids": ["z-ABC1234567"]}, "evaluation_ids: expected name prefixes beside it"),
    ({"alias": "mine"}, "alias: expected alias/ and letters"),
    ({"alias": "alias/aws/s3"}, "alias: expected alias/ and letters"),
    ({"deletion_window_in_days": 3}, "deletion_window_in_days: expected a whole number from 7"),
    ({"deletion_window_in_days": 10**400}, "deletion_window_in_days: expected a whole number from"),
    ({"rotation_period_in_days": 30.5}, "rotation_period_in_days: expected a whole number"),
    (
        {"existing_key_arn": EXISTING.replace("us-east-1", "eu-west-1")},
        "existing_key_arn: expected",
    ),
]


@pytest.mark.parametrize(("args", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_input_is_named_before_any_resource(args: Any, message: str) -> None:
    runs: list[Run] = []
    with pytest.raises((InvalidInput, InvalidInputs)) as caught:
        run_program(key_program(**args), into=runs)
    assert message in str(caught.value)
    assert runs[0].types() == {}


def test_a_bad_caller_that_is_known_late_still_stops_the_key() -> None:
    def program() -> None:
        EvaluationKey("mine", {"caller_arns": [pulumi.Output.from_input("*")]})

    runs: list[Run] = []
    with pytest.raises(InvalidInput, match=r"caller_arns\[0\]: expected"):
        run_program(program, into=runs)
    assert runs[0].types() == {}


def test_whole_floats_are_whole_numbers() -> None:
    run = run_program(key_program(deletion_window_in_days=7.0))
    assert run.one("aws:kms/key:Key").inputs["deletionWindowInDays"] == 7


# --- an existing key ---------------------------------------------------------------------------


def existing(policy: Any, **state: Any) -> dict[str, Any]:
    return {"policy": json.dumps(policy), **state}


def without(sid: str) -> dict[str, Any]:
    statements = [s for s in WANTED["Statement"] if s["Sid"] != sid]
    return {**WANTED, "Statement": statements}


def test_a_key_that_fits_is_used_as_it_is() -> None:
    run = run_program(key_program(existing_key_arn=EXISTING), key=existing(WANTED))
    assert run.exports["key_arn"] == EXISTING
    assert run.types() == {}


SIDS = ["AllowCallerAccess", "AllowCallerCryptoOps", "AllowServicePrincipalAccess"]


@pytest.mark.parametrize("sid", SIDS)
def test_up_stops_with_the_statement_to_add(sid: str) -> None:
    with pytest.raises(KeyNotUsable) as caught:
        run_program(key_program(existing_key_arn=EXISTING), key=existing(without(sid)))
    (reason,) = caught.value.reasons
    statement = next(s for s in WANTED["Statement"] if s["Sid"] == sid)
    assert json.loads(reason[reason.index("{") :]) == statement


def test_a_preview_warns_and_goes_on_so_that_up_can_make_the_roles() -> None:
    run = run_program(
        key_program(existing_key_arn=EXISTING), key=existing(without(SIDS[0])), preview=True
    )
    (warning,) = run.warnings
    assert EXISTING in warning
    assert "AllowCallerAccess" in warning


STATES = [
    ({"keyState": "Disabled"}, "key_state: expected Enabled, got Disabled"),
    ({"keyState": "PendingDeletion"}, "key_state: expected Enabled, got PendingDeletion"),
    ({"keySpec": "RSA_2048"}, "key_spec: expected SYMMETRIC_DEFAULT, got RSA_2048"),
    ({"keyUsage": "SIGN_VERIFY"}, "key_usage: expected ENCRYPT_DECRYPT, got SIGN_VERIFY"),
    ({"keyManager": "AWS"}, "key_manager: expected CUSTOMER, got AWS"),
    ({"multiRegion": True}, "multi_region: expected False, got True"),
]


@pytest.mark.parametrize(("state", "message"), STATES, ids=[message for _, message in STATES])
def test_a_key_of_another_kind_or_state_is_refused(state: Any, message: str) -> None:
    with pytest.raises(KeyNotUsable) as caught:
        run_program(key_program(existing_key_arn=EXISTING), key=existing(WANTED, **state))
    assert caught.value.reasons == (message,)


def edited(sid: str, **changes: Any) -> dict[str, Any]:
    statements = [{**s, **changes} if s["Sid"] == sid else s for s in WANTED["Statement"]]
    return {**WANTED, "Statement": statements}


COVERING = {
    "other Sids": edited(SIDS[0], Sid="Whatever"),
    "more principals": edited(SIDS[0], Principal={"AWS": [CALLER, TARGET.iam_arn("role/Other")]}),
    "more actions": edited(SIDS[0], Action=["kms:DescribeKey", "kms:ListGrants"]),
    "an action wildcard": edited(SIDS[0], Action="kms:Describe*"),
    "Resource as a list": edited(SIDS[0], Resource=["*"]),
    "values as lists": edited(
        SIDS[2],
        Condition={
            "StringEquals": {"aws:SourceAccount": [ACCOUNT]},
            "ArnLike": {"aws:SourceArn": [TARGET.evaluation_arn("*")]},
        },
    ),
    "the key's own ARN": edited(SIDS[0], Resource=EXISTING),
    "an action a statement": {
        **WANTED,
        "Statement": [
            {**s, "Sid": f"{s['Sid']}{number}", "Action": action}
            for s in WANTED["Statement"]
            for number, action in enumerate(
                [s["Action"]] if isinstance(s["Action"], str) else s["Action"]
            )
        ],
    },
    "everybody under a condition that names the caller": edited(
        SIDS[0], Principal="*", Condition={"ArnEquals": {"aws:PrincipalArn": CALLER}}
    ),
    "a wider scope": edited(
        SIDS[1],
        Condition={
            "StringLike": {"kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn": "*"}
        },
    ),
    "another operator": edited(
        SIDS[2],
        Condition={
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "StringLike": {"aws:SourceArn": TARGET.evaluation_arn("*")},
        },
    ),
    "a condition that every caller fulfils": edited(
        SIDS[0],
        Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "kms:CallerAccount": ACCOUNT}},
    ),
}
NOT_COVERING = {
    "another principal": edited(SIDS[0], Principal={"AWS": TARGET.iam_arn("role/Other")}),
    "the account root": edited(SIDS[0], Principal={"AWS": TARGET.account_principal}),
    "a Deny": edited(SIDS[0], Effect="Deny"),
    "another action": edited(SIDS[0], Action="kms:ListGrants"),
    "one action of two": edited(SIDS[1], Action="kms:Decrypt"),
    "another key as resource": edited(SIDS[0], Resource=TARGET.arn("kms", "key/" + "0" * 36)),
    "an element that nobody can read": edited(SIDS[0], Surplus="x"),
    "no statement": {**WANTED, "Statement": []},
    "a condition that was not there": edited(
        SIDS[0], Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    ),
    "another Region": edited(
        SIDS[1],
        Condition=json.loads(
            json.dumps(WANTED["Statement"][1]["Condition"]).replace("us-east-1", "eu-west-1")
        ),
    ),
}


@pytest.mark.parametrize("policy", COVERING.values(), ids=COVERING)
def test_a_statement_covers_what_is_needed_with(policy: Any) -> None:
    run = run_program(key_program(existing_key_arn=EXISTING), key=existing(policy))
    assert run.exports["key_arn"] == EXISTING


@pytest.mark.parametrize("policy", NOT_COVERING.values(), ids=NOT_COVERING)
def test_a_statement_does_not_cover_what_is_needed_with(policy: Any) -> None:
    with pytest.raises(KeyNotUsable):
        run_program(key_program(existing_key_arn=EXISTING), key=existing(policy))


def with_deny(**members: Any) -> dict[str, Any]:
    whole = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", **members}
    return {**WANTED, "Statement": [*WANTED["Statement"], whole]}


def not_principal(*arns: str) -> dict[str, Any]:
    statement = with_deny(NotPrincipal={"AWS": list(arns)})
    del statement["Statement"][-1]["Principal"]
    return statement


def not_action(*actions: str) -> dict[str, Any]:
    statement = with_deny(NotAction=list(actions))
    del statement["Statement"][-1]["Action"]
    return statement


SERVICE = "bedrock-agentcore.amazonaws.com"
OTHER = TARGET.iam_arn("role/Other")
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/{CALLER.rpartition('/')[2]}/session"
SCOPE_KEY = "kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn"
SPARING_CALLERS = {"ArnNotEquals": {"aws:PrincipalArn": [CALLER, OTHER]}}
SPARING_SERVICE = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
HITTING = {
    "everybody and everything": (with_deny(), (CALLER, SERVICE)),
    "an action with a wildcard": (with_deny(Action="KMS:Gen*Key"), (CALLER, SERVICE)),
    "one action of a list": (with_deny(Action=["s3:*", "kms:DescribeKey"]), (CALLER,)),
    "the caller by name": (with_deny(Principal={"AWS": CALLER}), (CALLER,)),
    "the caller among others": (with_deny(Principal={"AWS": [OTHER, CALLER]}), (CALLER,)),
    "the caller's account by ARN": (
        with_deny(Principal={"AWS": TARGET.account_principal}),
        (CALLER,),
    ),
    "the caller's account by number": (with_deny(Principal={"AWS": ACCOUNT}), (CALLER,)),
    "a session of the caller": (with_deny(Principal={"AWS": SESSION}), (CALLER,)),
    "the service": (with_deny(Principal={"Service": [SERVICE]}), (SERVICE,)),
    "all but another principal": (not_principal(OTHER), (CALLER, SERVICE)),
    # NotPrincipal spares a role only with its account beside it, and none with a boundary.
    "all but the caller": (not_principal(CALLER), (CALLER, SERVICE)),
    "all but other actions": (not_action("kms:List*"), (CALLER, SERVICE)),
    "a condition that cannot be judged": (
        with_deny(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-example"}}),
        (CALLER, SERVICE),
    ),
    "a condition that spares callers only": (with_deny(Condition=SPARING_CALLERS), (SERVICE,)),
    "a condition that spares the service only": (with_deny(Condition=SPARING_SERVICE), (CALLER,)),
    "a condition that names the caller": (
        with_deny(Condition={"ArnEquals": {"aws:PrincipalArn": CALLER}}),
        (CALLER,),
    ),
    "callers of other accounts, among which the service counts": (
        with_deny(
            Principal={"AWS": "*"}, Condition={"StringNotEquals": {"kms:CallerAccount": ACCOUNT}}
        ),
        (SERVICE,),
    ),
    "a condition on another scope": (
        with_deny(
            Condition={"StringNotLike": {SCOPE_KEY: TARGET.evaluation_arn("team_*")}},
            Principal={"AWS": CALLER},
        ),
        (CALLER,),
    ),
}
SPARING = {
    "other actions": with_deny(Action=["kms:ScheduleKeyDeletion", "kms:Encrypt"]),
    "another principal": with_deny(Principal={"AWS": OTHER}),
    "another service": with_deny(Principal={"Service": "s3.amazonaws.com"}),
    "a role whose name begins alike": with_deny(Principal={"AWS": f"{CALLER}2"}),
    "all but the needed actions": not_action("kms:DescribeKey", "kms:Generate*", "kms:Decrypt"),
    "plain HTTP": with_deny(Condition={"Bool": {"aws:SecureTransport": "false"}}),
    "callers and service by two conditions": with_deny(
        Condition={
            "ArnNotLikeIfExists": {"aws:PrincipalArn": TARGET.iam_arn("role/*")},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        }
    ),
    "callers of other accounts, but no service": with_deny(
        Condition={
            "StringNotEquals": {"kms:CallerAccount": ACCOUNT},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        },
    ),
    "evaluations in scope, to the service": with_deny(
        Principal={"Service": SERVICE},
        Condition={"ArnNotLike": {"aws:SourceArn": TARGET.evaluation_arn("*")}},
    ),
    "this account, to the service": with_deny(
        Principal={"Service": SERVICE},
        Condition={"StringNotEquals": {"aws:SourceAccount": ACCOUNT}},
    ),
}


@pytest.mark.parametrize(("policy", "hit"), HITTING.values(), ids=HITTING)
def test_a_deny_is_a_reason_when_it_hits(policy: Any, hit: tuple[str, ...]) -> None:
    with pytest.raises(KeyNotUsable) as caught:
        run_program(key_program(existing_key_arn=EXISTING), key=existing(policy))
    (reason,) = caught.value.reasons
    assert f"expected no Deny that may keep {', '.join(hit)} from kms:" in reason
    statement = policy["Statement"][-1]
    assert json.dumps(statement, separators=(",", ":")) in reason


@pytest.mark.parametrize("policy", SPARING.values(), ids=SPARING)
def test_a_deny_is_no_reason_when_it_spares(policy: Any) -> None:
    run = run_program(key_program(existing_key_arn=EXISTING), key=existing(policy))
    assert run.exports["key_arn"] == EXISTING


# --- an existing key that KMS does not show, or that leaves its use to the account -------------

ANSWER = (
    "invocation of aws:kms/getKey:getKey returned an error:"
    " aws:kms/getKey:getKey: An error occurred (NotFoundException) when calling the DescribeKey"
    f" operation (reached max retries: 0): Key '{EXISTING}' does not exist\n"
)


@pytest.mark.parametrize("preview", [False, True])
def test_a_key_that_kms_does_not_show_stops_in_one_line_before_any_resource(preview: bool) -> None:
    runs: list[Run] = []
    for program, name in (
        (key_program(existing_key_arn=EXISTING), "existing_key_arn"),
        (stack_program, "existingKeyArn"),
    ):
        with pytest.raises(LookupFailed) as caught:
            run_program(
                program,
                config=stack_config("dev") | {f"{PROJECT}:existingKeyArn": EXISTING},
                key={"refused": ANSWER},
                preview=preview,
                into=runs,
            )
        assert str(caught.value) == (
            f"aws.kms.get_key failed: NotFoundException: Key '{EXISTING}' does not exist;"
            f" check {name}"
        )
        assert runs[-1].types() == {}


@pytest.mark.parametrize("preview", [False, True])
def test_a_key_of_the_wrong_kind_stops_before_there_are_roles(preview: bool) -> None:
    """No role makes it fit, so there is nothing to go on for."""
    runs: list[Run] = []
    with pytest.raises(KeyNotUsable, match="key_state: expected Enabled, got PendingDeletion"):
        run_stack(
            "dev",
            existingKeyArn=EXISTING,
            key=existing(WANTED, keyState="PendingDeletion"),
            preview=preview,
            into=runs,
        )
    assert runs[0].types() == {}


def root(action: Any, **others: Any) -> dict[str, Any]:
    """The wanted policy with one more statement for the account."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": TARGET.account_principal},
        "Action": action,
        "Resource": "*",
        **others,
    }
    statements = [s for s in WANTED["Statement"] if s["Sid"] != "AllowKeyAdministration"]
    return {**WANTED, "Statement": [*statements, statement]}


OPEN = {
    "AWS's default policy": root("kms:*"),
    "a list": root(["kms:*"]),
    "every action": root("*"),
    "one action": root(["kms:DescribeKey", "kms:decrypt"]),
    "a pattern": root("kms:Re*"),
    "all but some": {**root("x"), "Statement": [*WANTED["Statement"], {
        "Effect": "Allow", "Principal": {"AWS": TARGET.account_principal},
        "NotAction": "kms:CreateGrant", "Resource": "*"}]},
    "the account by number": root("kms:*", Principal={"AWS": [ACCOUNT]}),
    "everybody": root("kms:*", Principal="*"),
}  # fmt: skip
CLOSED = {
    "administration only": WANTED,
    "a named role": root("kms:*", Principal={"AWS": TARGET.iam_arn("role/Owner")}),
    "a condition": root("kms:*", Condition={"StringEquals": {"kms:ViaService": "s3"}}),
    "a denial": root("kms:CreateGrant", Effect="Deny"),
}


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("policy", OPEN.values(), ids=OPEN)
def test_a_key_whose_use_is_left_to_the_account_is_warned_about(policy: Any, preview: bool) -> None:
    run = run_program(key_program(existing_key_arn=EXISTING), key=existing(policy), preview=preview)
    assert run.exports["key_arn"] == EXISTING
    (warning,) = run.warnings
    assert "IAM policies of the account, so that whoever they allow can use the key" in warning


@pytest.mark.parametrize("policy", CLOSED.values(), ids=CLOSED)
def test_another_key_is_not_warned_about(policy: Any) -> None:
    assert run_program(key_program(existing_key_arn=EXISTING), key=existing(policy)).warnings == []


@pytest.mark.parametrize("preview", [False, True])
def test_a_key_that_is_pending_deletion_is_told_of_before_another_takes_its_alias(
    preview: bool,
) -> None:
    for state, warned in (("PendingDeletion", 2), ("Enabled", 0)):
        run = run_stack("dev", key={"keyState": state, "arn": EXISTING}, preview=preview)
        told = [w for w in run.warnings if f"key {EXISTING} is pending deletion" in w]
        assert len(told) == warned
        assert {w.split(":")[0] for w in told} <= {
            "alias/agentcore-eval-dev-evaluation",
            "alias/agentcore-eval-dev-operations",
        }


def test_without_an_alias_no_earlier_key_is_asked_for() -> None:
    assert not any("getKey" in function for function, _ in run_program(key_program()).asked)
