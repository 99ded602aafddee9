"""KMS as it refuses: states, dry runs, usage, rotation, malformed policies."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from tests.local.conftest import START

Connect = Callable[..., Any]
DAY = 86_400
UNSUPPORTED = "UnsupportedOperationException"
CONTEXT = {"aws:bedrock-agentcore:batchEvaluationArn": "arn:aws:x"}


def code(call: Callable[..., Any], **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value.response["Error"]["Code"]


def uses(kms: Any, key: str, **more: Any) -> dict[str, Callable[[], Any]]:
    """The cryptographic calls of the product, ready to be made."""
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
    blob = made["CiphertextBlob"]
    return {
        "GenerateDataKey": lambda: kms.generate_data_key(
            KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT, **more
        ),
        "GenerateDataKeyWithoutPlaintext": lambda: kms.generate_data_key_without_plaintext(
            KeyId=key, KeySpec="AES_256", **more
        ),
        "Encrypt": lambda: kms.encrypt(KeyId=key, Plaintext=b"x", **more),
        "Decrypt": lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT, **more),
        "ReEncrypt": lambda: kms.re_encrypt(
            CiphertextBlob=blob,
            SourceEncryptionContext=CONTEXT,
            DestinationKeyId=key,
            **more,
        ),
    }


def disable(kms: Any, key: str) -> None:
    kms.disable_key(KeyId=key)


def schedule_deletion(kms: Any, key: str) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def cancel_deletion(kms: Any, key: str) -> None:
    schedule_deletion(kms, key)
    kms.cancel_key_deletion(KeyId=key)


@pytest.mark.parametrize("dry", [False, True], ids=["called", "as a dry run"])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (disable, "DisabledException"),
        (schedule_deletion, "KMSInvalidStateException"),
        (cancel_deletion, "DisabledException"),
    ],
    ids=["disabled", "pending deletion", "after its deletion was cancelled"],
)
def test_a_key_that_is_off_refuses_every_use_and_can_be_described(
    connect: Connect, change: Callable[[Any, str], None], expected: str, dry: bool
) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    calls = uses(kms, key, **({"DryRun": True} if dry else {}))
    change(kms, key)
    assert {name: code(call) for name, call in calls.items()} == dict.fromkeys(calls, expected)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"] is False


def test_a_key_that_is_on_again_works_again(connect: Connect) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    calls = uses(kms, key)
    cancel_deletion(kms, key)
    kms.enable_key(KeyId=key)
    assert all(call()["KeyId"] for call in calls.values())


def test_a_key_that_awaits_material_refuses_use(connect: Connect) -> None:
    kms = connect("kms")
    made = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert (made["KeyState"], made["Enabled"]) == ("PendingImport", False)
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["KeyState"] == "PendingImport"
    assert (
        code(kms.generate_data_key, KeyId=made["KeyId"], KeySpec="AES_256")
        == "KMSInvalidStateException"
    )
    assert code(kms.enable_key, KeyId=made["KeyId"]) == "KMSInvalidStateException"


def test_a_dry_run_always_fails_and_makes_nothing(connect: Connect) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    calls = uses(kms, key, DryRun=True)
    grant = {"KeyId": key, "GranteePrincipal": "arn:aws:iam::111122223333:root"}
    calls["CreateGrant"] = lambda: kms.create_grant(**grant, Operations=["Decrypt"], DryRun=True)
    answers = {name: code(call) for name, call in calls.items()}
    assert answers == dict.fromkeys(calls, "DryRunOperationException")
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_dry_run_of_decrypt_may_leave_the_ciphertext_out(connect: Connect) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]

    def decrypt(**members: Any) -> str:
        return code(kms.decrypt, **members)

    ignore = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    assert decrypt(KeyId=key, **ignore) == "DryRunOperationException"
    missing = "00000000-0000-0000-0000-000000000000"
    assert decrypt(KeyId=missing, **ignore) == "NotFoundException"
    assert decrypt(KeyId=f"alias/{missing}", **ignore) == "NotFoundException"
    assert decrypt(**ignore) == "ValidationException"
    assert decrypt(KeyId=key, DryRunModifiers=["IGNORE_CIPHERTEXT"]) == "ValidationException"
    disable(kms, key)
    assert decrypt(KeyId=key, **ignore) == "DisabledException"


def test_a_dry_run_fails_with_the_calls_own_error(connect: Connect) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=CONTEXT)["CiphertextBlob"]
    assert (
        code(kms.decrypt, CiphertextBlob=blob, EncryptionContext={}, DryRun=True)
        == "InvalidCiphertextException"
    )
    assert code(kms.generate_data_key, KeyId=key, DryRun=True) == "ValidationException"


@pytest.mark.parametrize(
    "members",
    [
        {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"},
        {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
        {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    ],
    ids=["asymmetric", "for signing", "for MACs"],
)
def test_a_key_of_another_kind_makes_no_data_keys(
    connect: Connect, members: dict[str, str]
) -> None:
    kms = connect("kms")
    key = kms.create_key(**members)["KeyMetadata"]["KeyId"]
    assert code(kms.generate_data_key, KeyId=key, KeySpec="AES_256") == "InvalidKeyUsageException"


def test_a_ciphertext_is_decrypted_by_its_own_key_only(connect: Connect) -> None:
    kms = connect("kms")
    key, other = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"] == b"x"
    assert code(kms.decrypt, CiphertextBlob=blob, KeyId=other) == "IncorrectKeyException"


def test_a_key_of_another_region_or_account_is_not_found(connect: Connect) -> None:
    kms = connect("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    for changed in (arn.replace("us-east-1", "eu-west-1"), arn.replace("1111", "9999")):
        assert code(kms.generate_data_key, KeyId=changed, KeySpec="AES_256") == "NotFoundException"


def test_the_rotation_period_comes_back(connect: Connect) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]

    def status() -> Any:
        return kms.get_key_rotation_status(KeyId=key["KeyId"])

    assert status()["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key["KeyId"])
    assert status()["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key["Arn"], RotationPeriodInDays=90)
    assert (status()["KeyRotationEnabled"], status()["RotationPeriodInDays"]) == (True, 90)
    kms.disable_key_rotation(KeyId=key["KeyId"])
    assert "RotationPeriodInDays" not in status()


@pytest.mark.parametrize("days", [0, 89, 2561])
def test_a_rotation_period_out_of_bounds_is_refused(connect: Connect, days: int) -> None:
    key = connect("kms").create_key()["KeyMetadata"]["KeyId"]
    kms = connect("kms", parameter_validation=False)
    enable = kms.enable_key_rotation
    assert code(enable, KeyId=key, RotationPeriodInDays=days) == "ValidationException"
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_the_next_rotation_is_a_period_after_rotation_was_enabled(
    cloud: LocalCloud, connect: Connect
) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert "NextRotationDate" not in kms.get_key_rotation_status(KeyId=key)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)

    def next_rotation() -> float:
        return kms.get_key_rotation_status(KeyId=key)["NextRotationDate"].timestamp()

    assert next_rotation() == START + 90 * DAY
    cloud.advance(89 * DAY)
    assert next_rotation() == START + 90 * DAY
    cloud.advance(DAY)
    assert next_rotation() == START + 180 * DAY


def test_rotation_pauses_while_a_key_is_pending_deletion(connect: Connect) -> None:
    """docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html"""
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    paused = kms.get_key_rotation_status(KeyId=key)
    assert not paused["KeyRotationEnabled"]
    assert not {"NextRotationDate", "RotationPeriodInDays"} & paused.keys()
    kms.cancel_key_deletion(KeyId=key)
    restored = kms.get_key_rotation_status(KeyId=key)
    assert (restored["KeyRotationEnabled"], restored["RotationPeriodInDays"]) == (True, 90)


@pytest.mark.parametrize(
    ("members", "enable", "rotate"),
    [
        ({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}, UNSUPPORTED, UNSUPPORTED),
        ({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, UNSUPPORTED, UNSUPPORTED),
        ({"Origin": "EXTERNAL"}, "KMSInvalidStateException", "KMSInvalidStateException"),
    ],
    ids=["asymmetric", "HMAC", "imported material"],
)
def test_keys_whose_material_kms_does_not_rotate(
    connect: Connect, members: dict[str, str], enable: str, rotate: str
) -> None:
    kms = connect("kms")
    key = kms.create_key(**members)["KeyMetadata"]["KeyId"]
    assert code(kms.enable_key_rotation, KeyId=key) == enable
    assert code(kms.rotate_key_on_demand, KeyId=key) == rotate


@pytest.mark.parametrize("days", [6, 31])
def test_a_window_of_deletion_out_of_bounds_leaves_the_key_as_it_is(
    connect: Connect, days: int
) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    schedule = kms.schedule_key_deletion
    assert code(schedule, KeyId=key, PendingWindowInDays=days) == "ValidationException"
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


@pytest.mark.parametrize(("window", "days"), [({}, 30), ({"PendingWindowInDays": 7}, 7)])
def test_a_scheduled_deletion_is_told_by_the_endpoints_clock(
    connect: Connect, window: dict[str, int], days: int
) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]
    answer = kms.schedule_key_deletion(KeyId=key["KeyId"], **window)
    assert (answer["KeyId"], answer["KeyState"]) == (key["Arn"], "PendingDeletion")
    assert answer["PendingWindowInDays"] == days
    described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["DeletionDate"]
    assert answer["DeletionDate"].timestamp() == described.timestamp() == START + days * DAY


def test_a_deletion_is_scheduled_once_and_cancelled_once(connect: Connect) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]
    assert code(kms.cancel_key_deletion, KeyId=key["KeyId"]) == "KMSInvalidStateException"
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    again = kms.schedule_key_deletion
    for days in (7, 30):
        refused = code(again, KeyId=key["KeyId"], PendingWindowInDays=days)
        assert refused == "KMSInvalidStateException"
    assert kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"


def test_a_multi_region_key_has_an_id_that_evaluations_take(connect: Connect) -> None:
    kms = connect("kms")
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]
    assert re.fullmatch("mrk-[0-9a-f]{32}", key["KeyId"])
    made = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["KeyId"] == key["Arn"]
    assert code(kms.replicate_key, KeyId=key["Arn"], ReplicaRegion="us-west-2") == "NotImplemented"


def policy(principal: Any = "arn:aws:iam::111122223333:root", **statement: Any) -> str:
    full = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "kms:*",
        "Resource": "*",
        **statement,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [full]})


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        "{}",
        json.dumps({"Version": "2012-10-17", "Statement": []}),
        json.dumps({"Version": "2012-10-17", "Statement": ["x"]}),
        policy(Effect="allow"),
        policy(Principal=None),
        policy(Principal={"Aws": "*"}),
        policy("arn:aws:iam::111122223333:role/missing"),
        policy(["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/missing"]),
        policy("arn:aws:sts::111122223333:assumed-role/missing/session"),
        policy("arn:aws-cn:iam::111122223333:root"),
        policy("AROAEXAMPLEOFADELETEDROLE"),
        policy("arn:aws:iam::111122223333:group/g"),
    ],
)
def test_a_malformed_policy_or_unknown_principal_is_refused(
    connect: Connect, document: str
) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    assert (
        code(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=document)
        == "MalformedPolicyDocumentException"
    )
    assert code(kms.create_key, Policy=document) == "MalformedPolicyDocumentException"
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == before
    assert len(kms.list_keys()["Keys"]) == 1


def test_a_policy_for_principals_that_exist_is_taken(
    connect: Connect, role: Callable[[str], str]
) -> None:
    kms = connect("kms")
    known = [
        "*",
        "111122223333",
        "arn:aws:iam::444455556666:role/of-another-account",
        "arn:aws:iam::111122223333:user/deployer",
        role("known"),
        "arn:aws:sts::111122223333:assumed-role/known/session",
    ]
    document = policy(known)
    key = kms.create_key(Policy=document)["KeyMetadata"]["KeyId"]
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == document


def test_motos_own_reading_of_policies_decides_nothing(connect: Connect) -> None:
    """It knows no conditions: this Deny concerns calls without TLS, and would concern all."""
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    document = policy("*", Effect="Deny", Condition=condition)
    kms, s3 = connect("kms"), connect("s3")
    key = kms.create_key(Policy=document)["KeyMetadata"]["KeyId"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"] is True
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_policy(Bucket="bucket", Policy=document.replace("kms:*", "s3:*"))
    s3.put_object(Bucket="bucket", Key="key", Body=b"data")
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"data"
