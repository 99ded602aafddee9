"""IAM: sizes of documents. What several documents of one identity add up to is the identity's.

Sizes leave white space out: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from collections.abc import Sequence

from local.aws_api.constraint import Constraint, Members, values_at

_QUOTAS = "IAM/latest/UserGuide/reference_iam-quotas.html"
_MANAGED, _TRUST = 6144, 2048
_RESERVED_PATHS = ("/aws-service-role/", "/aws-reserved/")


def size(document: object) -> int:
    """The characters of a policy document that count against a quota."""
    return len("".join(str(document).split()))


def _managed(members: Members) -> str | None:
    if size(members.get("PolicyDocument", "")) > _MANAGED:
        return f"Cannot exceed quota for PolicySize: {_MANAGED}"
    return None


def _trust(members: Members) -> str | None:
    document = members.get("AssumeRolePolicyDocument") or members.get("PolicyDocument", "")
    return f"Cannot exceed quota for ACLSizePerRole: {_TRUST}" if size(document) > _TRUST else None


def _reserved_path(members: Members) -> str | None:
    # Roles there are made by services and by IAM Identity Center only. AWS documents the paths,
    # and not the sentence.
    path = str(members.get("Path", ""))
    reserved = [start for start in _RESERVED_PATHS if path.lower().startswith(start)]
    return f"Path: {reserved[0]} is reserved for roles of AWS, found {path}" if reserved else None


def _tag_keys(members: Members) -> list[str]:
    return [str(key).lower() for key in values_at(members, "Tags.Key")]


def _repeated_tag(members: Members) -> str | None:
    keys = _tag_keys(members)
    if len(set(keys)) == len(keys):
        return None
    return "Duplicate tag keys found. Please note that Tag keys are case insensitive."


CONSTRAINTS: Sequence[Constraint] = (
    Constraint(
        "iam",
        ("CreatePolicy", "CreatePolicyVersion"),
        "PolicyDocument",
        "6,144 characters without white space",
        "LimitExceeded",
        _QUOTAS,
        _managed,
        409,
    ),
    Constraint(
        "iam",
        ("CreateRole", "UpdateAssumeRolePolicy"),
        "AssumeRolePolicyDocument, PolicyDocument",
        "2,048 characters without white space",
        "LimitExceeded",
        _QUOTAS,
        _trust,
        409,
    ),
    Constraint(
        "iam",
        ("CreateRole",),
        "Path",
        "not under /aws-service-role/ or /aws-reserved/",
        "InvalidInput",
        "IAM/latest/UserGuide/reference_identifiers.html",
        _reserved_path,
    ),
    Constraint(
        "iam",
        ("*",),
        "Tags.Key",
        "each once, whatever its case",
        "InvalidInput",
        "IAM/latest/UserGuide/id_tags.html",
        _repeated_tag,
    ),
)
