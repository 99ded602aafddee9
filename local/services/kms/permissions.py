"""The permissions of KMS's operations, each on the key or alias that it uses.

docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import ForwardAccessSession
from local.aws_api.request_context import RequestContext
from local.aws_api.required_permission import RequiredPermission
from local.moto_backend.grants import RETIRED
from local.moto_backend.policies_in_force import PoliciesInForce

_OF_GRANT = ("GrantToken", "KeyId", "GrantId")
_WITHOUT_KEY = frozenset(
    {"ConnectCustomKeyStore", "CreateCustomKeyStore", "CreateKey", "DeleteCustomKeyStore"}
    | {"DescribeCustomKeyStores", "DisconnectCustomKeyStore", "GenerateRandom", "ListAliases"}
    | {"ListKeys", "UpdateCustomKeyStore"}
)
_MEMBERS = {
    "kms:BypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck",
    "kms:DataKeyPairSpec": "KeyPairSpec",
    "kms:EncryptionAlgorithm": "EncryptionAlgorithm",
    "kms:GranteePrincipal": "GranteePrincipal",
    "kms:RetiringPrincipal": "RetiringPrincipal",
    "kms:ScheduleKeyDeletionPendingWindowInDays": "PendingWindowInDays",
    "kms:SigningAlgorithm": "SigningAlgorithm",
}
_SYMMETRIC = frozenset({"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"})


def needs_of(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    """The permissions of a KMS call.

    Raises NotFoundException for a key of the caller's own account that does not exist, and
    AccessDeniedException for one of another account, about which KMS says nothing.
    """
    given = call.parameters
    if call.action in _WITHOUT_KEY:
        needs = [RequiredPermission(f"kms:{call.action}", context=_context(call, {}))]
        if call.action == "CreateKey" and given.get("Tags"):
            # docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html, Required permissions
            needs.append(RequiredPermission("kms:TagResource"))
        return needs
    if call.action == "ReEncrypt":
        # The ciphertext and not the request says under which key it is.
        source = _maker(call, stored) or given.get("SourceKeyId")
        return [
            *_on_key(call, stored, source, "ReEncryptFrom", given.get("SourceEncryptionContext")),
            *_on_key(
                call,
                stored,
                given.get("DestinationKeyId"),
                "ReEncryptTo",
                given.get("DestinationEncryptionContext"),
            ),
        ]
    if call.action.endswith("Alias"):
        return _on_alias(call, stored)
    if call.action == "RetireGrant":
        return _on_grant(call, stored)
    named = given.get("KeyId")
    if call.action == "Decrypt" and not named:
        named = _maker(call, stored)
    elif not named:
        return [RequiredPermission(f"kms:{call.action}")]
    return _on_key(call, stored, named, call.action, given.get("EncryptionContext"))


def _on_key(
    call: RequestContext,
    stored: PoliciesInForce,
    named: object,
    action: str,
    encryption_context: object = None,
) -> Sequence[RequiredPermission]:
    if not isinstance(named, str):  # the ciphertext is nobody's, about which KMS then says so
        return []
    key = stored.key(call.account, named)
    if key is None:
        if call.account != stored.account_of(call.acting):
            raise AwsError(
                "AccessDeniedException",
                f"User: {stored.arn_of(call.acting)} is not authorized to perform: kms:{action} on "
                f"resource: {named} because the resource does not exist in this Region, no "
                "resource-based policies allow access, or a resource-based policy explicitly "
                "denies access",
            )
        sort = "Alias" if "alias/" in named else "Key"
        raise AwsError("NotFoundException", f"{sort} '{named}' does not exist")
    context = _context(call, key) | _encryption(encryption_context)
    if "alias/" in named:
        context["kms:RequestAlias"] = named[named.index("alias/") :]
    return [RequiredPermission(f"kms:{action}", key["Arn"], context)]


def _on_alias(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    """docs.aws.amazon.com/kms/latest/developerguide/alias-access.html"""
    name = str(call.parameters.get("AliasName"))
    alias = RequiredPermission(f"kms:{call.action}", stored.arn(call, "kms", name))
    keys: list[object] = [call.parameters.get("TargetKeyId")]
    if call.action in ("DeleteAlias", "UpdateAlias"):
        keys.append(name)
    found = [need for key in keys if key for need in _on_key(call, stored, key, call.action)]
    return [alias, *found]


def _on_grant(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    """The grant that RetireGrant names, by token or by key and id, and may be retired by.

    docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html
    """
    token, named, grant_id = (call.parameters.get(name) for name in _OF_GRANT)
    if token:
        found = stored.grants.by_token(call.account, str(token))
        if found is None:
            raise AwsError("InvalidGrantTokenException", "The grant token is not valid.")
        named, grant_id = found.key_arn, found.grant_id
    if not named:
        return [RequiredPermission(f"kms:{call.action}")]
    needs = _on_key(call, stored, named, call.action)
    return [replace(need, context={**need.context, RETIRED: str(grant_id)}) for need in needs]


def _maker(call: RequestContext, stored: PoliciesInForce) -> str | None:
    """The key that made the ciphertext of a request."""
    blob = call.parameters.get("CiphertextBlob")
    return stored.key_of_ciphertext(call.account, blob) if isinstance(blob, str) else None


def _context(call: RequestContext, key: Mapping[str, Any]) -> dict[str, str | list[str]]:
    given = call.parameters
    context: dict[str, str | list[str]] = {
        condition: str(given[member]).lower() if given[member] is True else str(given[member])
        for condition, member in _MEMBERS.items()
        if member in given
    }
    if call.action in ("CreateKey", "PutKeyPolicy"):
        context.setdefault("kms:BypassPolicyLockoutSafetyCheck", "false")
    if call.action in _SYMMETRIC:
        context.setdefault("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
    if call.action == "CreateGrant":
        via_service = isinstance(call.acting, ForwardAccessSession)
        context["kms:GrantIsForAWSResource"] = str(via_service).lower()
        context["kms:GrantOperations"] = [str(one) for one in given.get("Operations") or []]
    source = key or {"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT"} | given
    if key or call.action == "CreateKey":
        context |= {
            "kms:KeyOrigin": str(source.get("Origin", "AWS_KMS")),
            "kms:KeySpec": str(source["KeySpec"]),
            "kms:KeyUsage": str(source["KeyUsage"]),
            "kms:MultiRegion": str(bool(source.get("MultiRegion"))).lower(),
        }
    return context


def _encryption(pairs: object) -> dict[str, str | list[str]]:
    """docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html, encryption context

    Names that differ by case only are one condition key, of which AWS does not say which value it
    has ("do not use multiple encryption context pairs that differ only by case",
    docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html): they are refused.
    """
    if not isinstance(pairs, dict) or not pairs:
        return {}
    if len({str(name).lower() for name in pairs}) < len(pairs):
        raise AwsError(
            "ValidationException",
            "EncryptionContext: expected names that differ by more than case, found "
            f"{', '.join(map(str, pairs))}",
        )
    keys = {f"kms:EncryptionContext:{name}": str(value) for name, value in pairs.items()}
    return {**keys, "kms:EncryptionContextKeys": [str(name) for name in pairs]}
