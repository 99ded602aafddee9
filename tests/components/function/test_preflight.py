"""What a start would need of the key is found out before the start, and explained."""

from typing import Any

import pytest

CONTEXT = "aws:bedrock-agentcore:batchEvaluationArn"


def context_arn(evaluation_id: str) -> str:
    return f"arn:aws:bedrock-agentcore:us-east-1:111122223333:batch-evaluate/{evaluation_id}"


def test_a_start_asks_kms_three_things_without_making_a_data_key(cloud: Any, team: Any) -> None:
    team.start("weekly")

    assert [operation for operation, _ in cloud.kms.calls] == [
        "DescribeKey",
        "GenerateDataKey",
        "Decrypt",
    ]
    _, generate, decrypt = (parameters for _, parameters in cloud.kms.calls)
    context = {CONTEXT: context_arn("weekly-0000000000")}
    key = team.settings.evaluation_key_arn
    assert generate == {
        "KeyId": key,
        "KeySpec": "AES_256",
        "EncryptionContext": context,
        "DryRun": True,
    }
    assert decrypt == {
        "KeyId": key,
        "EncryptionContext": context,
        "DryRun": True,
        "DryRunModifiers": ["IGNORE_CIPHERTEXT"],
    }


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("KeyState", "Disabled", "KeyState: expected Enabled, found Disabled"),
        ("KeyState", "PendingDeletion", "KeyState: expected Enabled, found PendingDeletion"),
        ("KeyState", "NotFound", "KeyState: expected Enabled, there is no key"),
        ("KeySpec", "RSA_2048", "KeySpec: expected SYMMETRIC_DEFAULT, found RSA_2048"),
        ("KeyUsage", "SIGN_VERIFY", "KeyUsage: expected ENCRYPT_DECRYPT, found SIGN_VERIFY"),
        ("KeyManager", "AWS", "KeyManager: expected CUSTOMER, found AWS"),
        (
            "Arn",
            "arn:aws:kms:eu-west-1:1:key/x",
            "Arn: expected arn:aws:kms:us-east-1:111122223333",
        ),
    ],
    ids=[
        "disabled",
        "to be deleted",
        "gone",
        "asymmetric",
        "for signatures",
        "AWS's own",
        "another key than asked for",
    ],
)
def test_a_key_that_cannot_serve_stops_the_start_before_any_cost(
    cloud: Any, team: Any, member: str, value: str, message: str
) -> None:
    cloud.kms.metadata[member] = value

    with pytest.raises(Exception, match="is not usable") as raised:
        team.start()

    assert type(raised.value).__name__ == "ValidationException"
    assert message in str(raised.value)
    assert cloud.evaluations.calls == []
    assert team.listing() == []


@pytest.mark.parametrize(
    ("denied", "sids"),
    [
        pytest.param({"DescribeKey"}, ["AllowCallerAccess"], id="DescribeKey"),
        pytest.param({"GenerateDataKey"}, ["AllowCallerCryptoOps"], id="GenerateDataKey"),
        pytest.param({"Decrypt"}, ["AllowCallerCryptoOps"], id="Decrypt"),
        pytest.param(
            {"DescribeKey", "GenerateDataKey", "Decrypt"},
            ["AllowCallerAccess", "AllowCallerCryptoOps", "AllowCallerCryptoOps"],
            id="all three at once",
        ),
    ],
)
def test_each_missing_permission_is_named_with_the_statement_that_grants_it(
    cloud: Any, team: Any, denied: set[str], sids: list[str]
) -> None:
    cloud.kms.denied = denied

    with pytest.raises(Exception, match="missing permission") as raised:
        team.start()
    checked = team.invoke("CheckKey")["controller"]

    assert type(raised.value).__name__ == "AccessDeniedException"
    for action in denied:
        assert f"kms:{action} (key policy statement " in str(raised.value)
    assert [gap["statement"]["Sid"] for gap in checked["missingPermissions"]] == sids
    assert {gap["action"] for gap in checked["missingPermissions"]} == {
        f"kms:{action}" for action in denied
    }
    assert checked["usable"] is False
    assert cloud.evaluations.calls == []


def test_an_explicit_deny_is_told_as_no_statement_helps_against_it(cloud: Any, team: Any) -> None:
    """docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    text = "not authorized to perform: kms:Decrypt with an explicit deny in a resource-based policy"
    for _ in range(2):
        cloud.kms.faults.next("Decrypt", "AccessDeniedException", 400, text)

    (gap,) = team.invoke("CheckKey")["controller"]["missingPermissions"]
    with pytest.raises(Exception, match=r"kms:Decrypt \(a policy denies it explicitly\)"):
        team.start()
    cloud.kms.denied = {"Decrypt"}
    (missing,) = team.invoke("CheckKey")["controller"]["missingPermissions"]

    assert (gap["explicitDeny"], missing["explicitDeny"]) == (True, False)


@pytest.mark.parametrize(
    "bound",
    [
        "permissions boundary",
        "resource control policy",
        "service control policy",
        "session policy",
        "VPC endpoint policy",
    ],
)
def test_what_bounds_the_role_is_named_as_no_statement_of_the_key_policy_reaches_beyond_it(
    cloud: Any, team: Any, bound: str
) -> None:
    """docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    for _ in range(2):
        text = f"not authorized to perform: kms:Decrypt because no {bound} allows the kms:Decrypt"
        cloud.kms.faults.next("Decrypt", "AccessDeniedException", 400, text)

    (gap,) = team.invoke("CheckKey")["controller"]["missingPermissions"]
    with pytest.raises(Exception, match=rf"kms:Decrypt \(no {bound} allows it\)$"):
        team.start()
    text = "not authorized to perform: kms:Decrypt because no resource-based policy allows it"
    cloud.kms.faults.next("Decrypt", "AccessDeniedException", 400, text)
    (missing,) = team.invoke("CheckKey")["controller"]["missingPermissions"]

    assert (gap["barrier"], missing["barrier"]) == (f"no {bound} allows it", None)


def test_a_change_that_only_some_hosts_of_kms_know_is_the_state_that_is_told(
    cloud: Any, team: Any
) -> None:
    """docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency"""
    cloud.kms.faults.next("GenerateDataKey", "DisabledException")

    checked = team.invoke("CheckKey")["controller"]

    assert checked["keyState"] == "Disabled"
    assert checked["faults"] == ["KeyState: expected Enabled, KMS answered DisabledException"]


def test_a_statement_to_add_is_complete_and_bound_to_the_name_scope(cloud: Any) -> None:
    scoped = cloud.environment("scoped", name_prefixes=("dev_", "a_"))
    cloud.kms.denied = {"Decrypt"}

    (gap,) = scoped.invoke("CheckKey")["controller"]["missingPermissions"]

    identity = cloud.clients.sts.get_caller_identity()["Arn"]
    assert gap["statement"] == {
        "Sid": "AllowCallerCryptoOps",
        "Effect": "Allow",
        "Principal": {"AWS": identity},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {
            "StringLike": {
                f"kms:EncryptionContext:{CONTEXT}": [context_arn("a_*"), context_arn("dev_*")]
            }
        },
    }


def test_a_sessions_role_is_the_principal_to_grant_to(cloud: Any, team: Any) -> None:
    cloud.kms.denied = {"DescribeKey"}
    session = {"Arn": "arn:aws:sts::111122223333:assumed-role/team-controller/team"}
    team.clients.__dict__["sts"], real = _Sts(session), team.clients.sts
    try:
        (gap,) = team.invoke("CheckKey")["controller"]["missingPermissions"]
    finally:
        team.clients.__dict__["sts"] = real

    assert gap["statement"]["Principal"] == {
        "AWS": "arn:aws:iam::111122223333:role/team-controller"
    }


class _Sts:
    def __init__(self, identity: dict[str, str]) -> None:
        self._identity = identity

    def get_caller_identity(self) -> dict[str, str]:
        return self._identity


def test_check_key_reports_a_good_key_and_what_it_cannot_prove(cloud: Any, team: Any) -> None:
    checked = team.invoke("CheckKey", options={"name": "weekly"})["controller"]

    assert checked == {
        "keyArn": team.settings.evaluation_key_arn,
        "keyState": "Enabled",
        "key": {
            "KeyState": "Enabled",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyManager": "CUSTOMER",
            "Region": "us-east-1",
            "Account": "111122223333",
        },
        "usable": True,
        "faults": [],
        "missingPermissions": [],
        "servicePermissions": "unproved until StartBatchEvaluation",
    }
    arn = cloud.kms.calls[1][1]["EncryptionContext"][CONTEXT]
    assert arn == context_arn("weekly-0000000000")


def test_check_key_without_a_name_stays_in_the_name_scope(cloud: Any) -> None:
    scoped = cloud.environment("scoped", name_prefixes=("dev_",))

    scoped.invoke("CheckKey")

    arn = cloud.kms.calls[1][1]["EncryptionContext"][CONTEXT]
    assert arn == context_arn("dev_preflight-0000000000")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("prod_1", "options.name: expected to begin with dev_, found"),
        ("dev-1", "options.name: expected a match of"),
        ("dev_" + "a" * 45, "options.name: expected a match of"),
        (7, "options.name: expected a string, found 7"),
    ],
)
def test_check_key_holds_its_name_to_the_pattern_and_to_the_scope(
    cloud: Any, name: Any, message: str
) -> None:
    scoped = cloud.environment("scoped", name_prefixes=("dev_",))

    with pytest.raises(Exception, match=message) as raised:
        scoped.invoke("CheckKey", options={"name": name})

    assert type(raised.value).__name__ == "ValidationException"
    assert cloud.kms.calls == []


def test_an_answer_that_says_nothing_about_the_key_is_passed_on(cloud: Any, team: Any) -> None:
    cloud.kms.faults.next("GenerateDataKey", "InvalidGrantTokenException")

    with pytest.raises(Exception, match=r"^GenerateDataKey: InvalidGrantTokenException$") as raised:
        team.start()

    assert type(raised.value).__name__ == "InvalidGrantTokenException"
