"""Grants as KMS refuses them: operations that a key does not have, constraints, unknown grants.

docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html and
docs.aws.amazon.com/kms/latest/developerguide/grants.html, "Grant operations"
"""

from collections.abc import Mapping
from typing import Any

from local.aws_api.aws_error import AwsError
from local.moto_backend.grants import Grants

_OF_EVERY_KEY = frozenset({"CreateGrant", "DescribeKey", "RetireGrant"})
_SYMMETRIC = _OF_EVERY_KEY | {
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
}
_BY_USAGE: Mapping[str, frozenset[str]] = {
    "ENCRYPT_DECRYPT": _OF_EVERY_KEY
    | {"Decrypt", "Encrypt", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo"},
    "GENERATE_VERIFY_MAC": _OF_EVERY_KEY | {"GenerateMac", "VerifyMac"},
    "KEY_AGREEMENT": _OF_EVERY_KEY | {"DeriveSharedSecret", "GetPublicKey"},
    "SIGN_VERIFY": _OF_EVERY_KEY | {"GetPublicKey", "Sign", "Verify"},
}


def check_new_grant(key: Mapping[str, Any], members: Mapping[str, Any]) -> None:
    """Raise ValidationException for a grant that this kind of key cannot have."""
    symmetric = key["KeySpec"] == "SYMMETRIC_DEFAULT"
    allowed = _SYMMETRIC if symmetric else _BY_USAGE[key["KeyUsage"]]
    given = members.get("Operations") or ()
    if not given:
        raise AwsError("ValidationException", "Operations: expected at least one")
    wrong = [operation for operation in given if operation not in allowed]
    if wrong:
        raise AwsError(
            "ValidationException",
            f"Operations: {', '.join(wrong)} not supported by a key of key spec {key['KeySpec']} "
            f"and usage {key['KeyUsage']}; expected {', '.join(sorted(allowed))}",
        )
    if not symmetric and any((members.get("Constraints") or {}).values()):
        raise AwsError(
            "ValidationException",
            "Constraints: expected none, because operations with this key have no encryption "
            "context",
        )


def check_retired_grant(
    account: str, key: Mapping[str, Any] | None, members: Mapping[str, Any], grants: Grants
) -> None:
    """Raise KMS's error for a grant that does not exist; moto lets any name retire nothing."""
    token, grant_id = members.get("GrantToken"), str(members.get("GrantId"))
    if token and grants.by_token(account, str(token)) is None:
        raise AwsError("InvalidGrantTokenException", "The grant token is not valid.")
    if not token and key is not None and not grants.exists(account, key["KeyId"], grant_id):
        raise AwsError("NotFoundException", f"Grant ID {grant_id} not found")
