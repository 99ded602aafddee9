"""KMS: limits of values that its model does not state."""

import json
from collections.abc import Sequence

from local.aws_api.constraint import Constraint, Members, between, refused_when, values_at

_API = "kms/latest/APIReference/API_"
_MAC_USES = ("GENERATE_VERIFY_MAC",)
_MOST_TAGS = 50
_LONGEST_CONTEXT = 8192
_CONTEXTS = ("EncryptionContext", "SourceEncryptionContext", "DestinationEncryptionContext")
_WITH_CONTEXT = (
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncrypt",
)
_GRANT_CONTEXTS = ("EncryptionContextEquals", "EncryptionContextSubset")
_MOST_PAIRS, _LONGEST_VALUE = 8, 384


def _one_length(members: Members) -> bool:
    return ("KeySpec" in members) == ("NumberOfBytes" in members)


def _without_usage(members: Members) -> bool:
    return members.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT" and (
        "KeyUsage" not in members
    )


def _other_usage(members: Members) -> bool:
    spec, usage = members.get("KeySpec", "SYMMETRIC_DEFAULT"), members.get("KeyUsage")
    if usage is None:
        return False
    if spec == "SYMMETRIC_DEFAULT":
        return usage != "ENCRYPT_DECRYPT"
    return spec.startswith("HMAC") != (usage in _MAC_USES)


def _repeated_tag(members: Members) -> bool:
    keys = [tag.get("TagKey") for tag in members.get("Tags", ())]
    return len(set(keys)) < len(keys)


def _reserved_alias(members: Members) -> bool:
    return str(members.get("AliasName")).startswith("alias/aws/")


def _long_context(members: Members) -> bool:
    # AWS does not say how the size is counted: here as JSON without white space.
    return any(
        len(json.dumps(context, ensure_ascii=False, separators=(",", ":")).encode())
        > _LONGEST_CONTEXT
        for name in _CONTEXTS
        for context in values_at(members, name)
    )


def _grant_context(members: Members) -> str | None:
    for name in _GRANT_CONTEXTS:
        for pairs in values_at(members, f"Constraints.{name}"):
            if len(pairs) > _MOST_PAIRS:
                found = len(pairs)
                return f"Constraints.{name}: expected {_MOST_PAIRS} pairs at most, found {found}"
            if any(len(str(value)) > _LONGEST_VALUE for value in pairs.values()):
                return f"Constraints.{name}: expected values of {_LONGEST_VALUE} characters at most"
    return None


def _two_grants(members: Members) -> bool:
    token, key, grant = (members.get(name) for name in ("GrantToken", "KeyId", "GrantId"))
    # A token and a key could name two grants, of which only one is asked about.
    return bool(token) == bool(key or grant) or bool(key) != bool(grant)


CONSTRAINTS: Sequence[Constraint] = (
    Constraint(
        "kms",
        ("ScheduleKeyDeletion",),
        "PendingWindowInDays",
        "7 to 30",
        "ValidationException",
        f"{_API}ScheduleKeyDeletion.html",
        between("PendingWindowInDays", 7, 30),
    ),
    Constraint(
        "kms",
        ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext"),
        "KeySpec, NumberOfBytes",
        "exactly one of both",
        "ValidationException",
        f"{_API}GenerateDataKey.html",
        refused_when(_one_length, "Please specify either number of bytes or key spec."),
    ),
    Constraint(
        "kms",
        ("CreateKey",),
        "KeyUsage",
        "required but for symmetric encryption keys",
        "ValidationException",
        f"{_API}CreateKey.html",
        refused_when(
            _without_usage,
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption "
            "keys.",
        ),
    ),
    Constraint(
        "kms",
        ("CreateKey",),
        "KeyUsage",
        "one that the key spec allows",
        "ValidationException",
        f"{_API}CreateKey.html",
        refused_when(_other_usage, "KeyUsage is not compatible with KeySpec."),
    ),
    Constraint(
        "kms",
        ("CreateKey", "TagResource"),
        "Tags.TagKey",
        "each once",
        "TagException",
        f"{_API}Tag.html",
        refused_when(_repeated_tag, "Duplicate tag keys"),
    ),
    Constraint(
        "kms",
        ("CreateKey", "TagResource"),
        "Tags",
        f"{_MOST_TAGS} at most",
        "TagException",
        "kms/latest/developerguide/tagging-keys.html",
        refused_when(lambda members: len(members.get("Tags") or ()) > _MOST_TAGS, "Too many tags"),
    ),
    Constraint(
        "kms",
        ("CreateAlias", "DeleteAlias", "UpdateAlias"),
        "AliasName",
        "not beginning with `alias/aws/`",
        "NotAuthorizedException",
        f"{_API}CreateAlias.html",
        refused_when(
            _reserved_alias, "Aliases that begin with alias/aws/ are reserved for AWS managed keys."
        ),
    ),
    Constraint(
        "kms",
        _WITH_CONTEXT,
        "EncryptionContext",
        f"{_LONGEST_CONTEXT} bytes",
        "ValidationException",
        "kms/latest/developerguide/encrypt_context.html",
        refused_when(_long_context, f"EncryptionContext: exceeds {_LONGEST_CONTEXT} bytes."),
    ),
    Constraint(
        "kms",
        ("CreateGrant",),
        "Constraints",
        f"{_MOST_PAIRS} pairs of {_LONGEST_VALUE} characters at most",
        "ValidationException",
        f"{_API}CreateGrant.html",
        _grant_context,
    ),
    Constraint(
        "kms",
        ("RetireGrant",),
        "GrantToken, KeyId, GrantId",
        "the token, or key and grant",
        "ValidationException",
        f"{_API}RetireGrant.html",
        refused_when(
            _two_grants, "RetireGrant: expected either GrantToken, or both KeyId and GrantId."
        ),
    ),
    Constraint(
        "kms",
        ("CreateAlias", "UpdateAlias"),
        "AliasName",
        "a name behind `alias/`",
        "ValidationException",
        f"{_API}CreateAlias.html",
        refused_when(
            lambda members: members.get("AliasName") == "alias/",
            "AliasName: expected alias/ and a name, found alias/",
        ),
    ),
)
