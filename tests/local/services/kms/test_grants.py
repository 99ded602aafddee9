"""Grants: what they allow, under which constraints, and who may retire which."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from tests.local.account import ACCOUNT, ROOT, LocalAccount, allow, trust

GRANTEE, RETIRING, OTHER = (
    f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("grantee", "retiring", "other")
)
HMAC = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
SIGNING = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}


@dataclass
class Granting:
    """A key whose policy names nobody but the account, and calls about its grants."""

    account: LocalAccount
    key: str

    def kms(self, role: str | None = None) -> Any:
        return self.account.client("kms", session=role or "")

    def grant(self, *operations: str, **members: Any) -> tuple[str, str]:
        made = self.kms().create_grant(
            KeyId=self.key, GranteePrincipal=GRANTEE, Operations=list(operations), **members
        )
        return made["GrantId"], made["GrantToken"]

    def ids(self) -> list[str]:
        return [one["GrantId"] for one in self.kms().list_grants(KeyId=self.key)["Grants"]]

    def encrypt(self, role: str, **context: str) -> str:
        return code(
            self.kms(role).encrypt, KeyId=self.key, Plaintext=b"x", EncryptionContext=context
        )


def code(operation: Any, **members: Any) -> str:
    try:
        operation(**members)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"


@pytest.fixture(scope="module")
def account() -> Iterator[LocalAccount]:
    with LocalCloud(clock=ManualClock(1_790_000_000.0)) as cloud:
        made = LocalAccount(cloud)
        for name in ("grantee", "retiring", "other"):
            made.role(name, trust({"AWS": ROOT}))
        yield made


@pytest.fixture
def granting(account: LocalAccount) -> Granting:
    return Granting(account, account.key())


def test_a_grant_allows_its_operations_to_its_grantee_alone(granting: Granting) -> None:
    assert granting.encrypt(GRANTEE) == "AccessDeniedException"
    granting.grant("Encrypt")
    assert granting.encrypt(GRANTEE) == "done"
    assert granting.encrypt(OTHER) == "AccessDeniedException"
    wanted = {"KeyId": granting.key, "KeySpec": "AES_256"}
    assert code(granting.kms(GRANTEE).generate_data_key, **wanted) == "AccessDeniedException"


def test_a_denial_of_the_key_policy_stands_against_a_grant(account: LocalAccount) -> None:
    denial = allow("kms:Encrypt", Principal={"AWS": "*"}) | {"Effect": "Deny"}
    granting = Granting(account, account.key(denial))
    granting.grant("Encrypt")
    assert granting.encrypt(GRANTEE) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("constraints", "right", "wrong"),
    [
        (
            {"EncryptionContextSubset": {"Job": "one"}},
            [{"Job": "one"}, {"job": "one", "more": "x"}],
            [{}, {"Job": "ONE"}, {"more": "x"}],
        ),
        (
            {"EncryptionContextEquals": {"Job": "one", "b": "2"}},
            [{"Job": "one", "b": "2"}, {"job": "one", "B": "2"}],
            [{}, {"Job": "one"}, {"Job": "one", "b": "2", "c": "3"}, {"Job": "one", "b": "3"}],
        ),
    ],
    ids=["subset", "equals"],
)
def test_a_constraint_binds_cryptographic_operations(
    granting: Granting,
    constraints: dict[str, Any],
    right: list[dict[str, str]],
    wrong: list[dict[str, str]],
) -> None:
    granting.grant("Encrypt", "DescribeKey", Constraints=constraints)
    assert [granting.encrypt(GRANTEE, **context) for context in right] == ["done"] * len(right)
    assert {granting.encrypt(GRANTEE, **context) for context in wrong} == {"AccessDeniedException"}
    assert code(granting.kms(GRANTEE).describe_key, KeyId=granting.key) == "done"


def test_a_grantee_hands_on_no_more_than_it_has(granting: Granting) -> None:
    granting.grant("Decrypt", "CreateGrant")
    wanted = {"KeyId": granting.key, "GranteePrincipal": OTHER}
    create = granting.kms(GRANTEE).create_grant
    assert code(create, **wanted, Operations=["Encrypt"]) == "AccessDeniedException"
    assert code(create, **wanted, Operations=["Decrypt", "Encrypt"]) == "AccessDeniedException"
    assert code(create, **wanted, Operations=["Decrypt"]) == "done"


@pytest.mark.parametrize("by", ["token", "id"])
def test_a_grant_is_retired_by_those_whom_it_names(granting: Granting, by: str) -> None:
    kept, kept_token = granting.grant("Decrypt")
    grant, token = granting.grant("Encrypt", RetiringPrincipal=RETIRING)

    def names(grant: str, token: str) -> dict[str, str]:
        return {"GrantToken": token} if by == "token" else {"KeyId": granting.key, "GrantId": grant}

    for role in (GRANTEE, OTHER):
        assert code(granting.kms(role).retire_grant, **names(grant, token)) == (
            "AccessDeniedException"
        )
    # The retiring principal of one grant is not that of another on the same key.
    mine = granting.kms(RETIRING).retire_grant
    assert code(mine, **names(kept, kept_token)) == "AccessDeniedException"
    assert code(mine, **names(grant, token), DryRun=True) == "DryRunOperationException"
    assert sorted(granting.ids()) == sorted([kept, grant])
    assert code(mine, **names(grant, token)) == "done"
    assert granting.ids() == [kept]
    assert granting.encrypt(GRANTEE) == "AccessDeniedException"


def test_a_grantee_retires_its_grant_if_it_may(granting: Granting) -> None:
    _, token = granting.grant("Decrypt", "RetireGrant")
    assert code(granting.kms(GRANTEE).retire_grant, GrantToken=token) == "done"
    assert granting.ids() == []


def test_a_grant_that_does_not_exist_is_not_retired(granting: Granting) -> None:
    retire = granting.kms().retire_grant
    assert code(retire, GrantToken="zzz") == "InvalidGrantTokenException"
    assert code(retire, KeyId=granting.key, GrantId="a" * 64) == "NotFoundException"
    _, token = granting.grant("Decrypt")
    other = granting.account.key()
    assert code(retire, GrantToken=token, KeyId=other, GrantId="a" * 64) == "ValidationException"
    assert len(granting.ids()) == 1


@pytest.mark.parametrize(
    ("key", "operation", "constraints"),
    [
        ({}, "Sign", {}),
        ({}, "GenerateMac", {}),
        ({}, "GetPublicKey", {}),
        ({}, "DeriveSharedSecret", {}),
        (HMAC, "Decrypt", {}),
        (SIGNING, "Encrypt", {}),
        (HMAC, "GenerateMac", {"EncryptionContextEquals": {"a": "b"}}),
    ],
)
def test_a_grant_has_operations_of_its_key_only(
    account: LocalAccount, key: dict[str, str], operation: str, constraints: dict[str, Any]
) -> None:
    granting = Granting(account, account.key(**key))
    with pytest.raises(ClientError, match=r"Operations: |Constraints: ") as caught:
        granting.grant(operation, Constraints=constraints)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    granting.grant("DescribeKey")


def test_a_retry_with_a_name_makes_no_second_grant(granting: Granting) -> None:
    bound = {"Constraints": {"EncryptionContextSubset": {"a": "b"}}, "RetiringPrincipal": RETIRING}
    first = granting.grant("Decrypt", "Encrypt", Name="one", **bound)
    assert granting.grant("Encrypt", "Decrypt", Name="one", **bound)[0] == first[0]
    others = [
        granting.grant("Decrypt", "Encrypt", Name="two", **bound),
        granting.grant("Decrypt", Name="one", **bound),
        granting.grant("Decrypt", "Encrypt", Name="one"),
        granting.grant("Decrypt", "Encrypt", **bound),
        granting.grant("Decrypt", "Encrypt", **bound),
    ]
    assert sorted(granting.ids()) == sorted([first[0], *(each[0] for each in others)])
    assert len(set(granting.ids())) == 6
