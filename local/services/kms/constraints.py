"""KMS: limits of values that its model does not state."""

from collections.abc import Sequence

from local.aws_api.constraint import Constraint, Members, between, refused_when

_API = "kms/latest/APIReference/API_"
_MAC_USES = ("GENERATE_VERIFY_MAC",)


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


def _aws_tag(members: Members) -> bool:
    return any(str(tag.get("TagKey")).lower().startswith("aws:") for tag in members.get("Tags", ()))


def _repeated_tag(members: Members) -> bool:
    keys = [tag.get("TagKey") for tag in members.get("Tags", ())]
    return len(set(keys)) < len(keys)


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
        "not beginning with `aws:`",
        "TagException",
        f"{_API}TagResource.html",
        refused_when(_aws_tag, "Tags that begin with aws: cannot be edited or deleted."),
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
)
