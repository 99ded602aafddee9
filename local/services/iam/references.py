"""IAM and STS: principals in trust policies, policies and boundaries, and what adds up."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.aws_api.request_context import RequestContext
from local.services.account import Account
from local.services.iam.constraints import size
from local.services.reference import Members, Reference, wrong_principal

_API = "IAM/latest/APIReference/API_"
_QUOTAS = "IAM/latest/UserGuide/reference_iam-quotas.html"
_PRINCIPALS = "IAM/latest/UserGuide/reference_policies_elements_principal.html"
_INLINE: Mapping[str, tuple[str, int]] = {
    "PutGroupPolicy": ("group", 5120),
    "PutRolePolicy": ("role", 10240),
    "PutUserPolicy": ("user", 2048),
}
_MOST_ATTACHED = 10
_KINDS = {"AttachGroupPolicy": "Group", "AttachRolePolicy": "Role", "AttachUserPolicy": "User"}


def _trust(call: RequestContext, members: Members, account: Account) -> str | None:
    document = members.get("AssumeRolePolicyDocument") or members.get("PolicyDocument")
    wrong = wrong_principal(document, account)
    return f"Invalid principal in policy: {wrong}" if wrong else None


def _inline(call: RequestContext, members: Members, account: Account) -> str | None:
    kind, most = _INLINE[call.action]
    name = str(members.get(f"{kind.capitalize()}Name"))
    stored: Any = account.iam.inline_policies(call.account, kind, name)
    if stored is None:
        return None
    kept = {**stored, members["PolicyName"]: members["PolicyDocument"]}
    if sum(map(size, kept.values())) <= most:
        return None
    return f"Maximum policy size of {most} bytes exceeded for {kind} {name}"


def _attached(call: RequestContext, members: Members, account: Account) -> str | None:
    kind = _KINDS[call.action]
    name = str(members.get(f"{kind}Name"))
    attached = account.iam.attached_policies(call.account, kind.lower(), name)
    if attached is None or len({*attached, members.get("PolicyArn")}) <= _MOST_ATTACHED:
        return None
    return f"Cannot exceed quota for PoliciesPer{kind}: {_MOST_ATTACHED}"


REFERENCES: Sequence[Reference] = (
    Reference(
        "iam",
        ("CreateRole", "UpdateAssumeRolePolicy"),
        "Principal of the trust policy",
        "exists",
        "MalformedPolicyDocument",
        "Invalid principal in policy",
        _PRINCIPALS,
        _trust,
    ),
    Reference(
        "iam",
        ("AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy"),
        "PolicyArn",
        "exists",
        "NoSuchEntity",
        "does not exist or is not attachable.",
        f"{_API}AttachRolePolicy.html",
        status=404,
    ),
    Reference(
        "iam",
        ("AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy"),
        "PolicyArn",
        "no more than 10 to one identity",
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPer",
        _QUOTAS,
        _attached,
        409,
    ),
    Reference(
        "iam",
        ("PutGroupPolicy", "PutRolePolicy", "PutUserPolicy"),
        "PolicyDocument",
        "with the identity's other inline policies 5,120 characters of a group, 10,240 of a role, "
        "2,048 of a user",
        "LimitExceeded",
        "Maximum policy size of",
        _QUOTAS,
        _inline,
        409,
    ),
    Reference(
        "iam",
        ("CreateRole", "PutRolePermissionsBoundary"),
        "PermissionsBoundary",
        "exists",
        "NoSuchEntity",
        "does not exist or is not attachable.",
        f"{_API}PutRolePermissionsBoundary.html",
        status=404,
    ),
    Reference(
        "iam",
        ("AddUserToGroup",),
        "GroupName, UserName",
        "exist",
        "NoSuchEntity",
        "",
        f"{_API}AddUserToGroup.html",
        status=404,
    ),
    Reference(
        "iam",
        ("CreatePolicyVersion",),
        "PolicyArn",
        "has fewer than 5 versions",
        "LimitExceeded",
        "A managed policy can have up to 5 versions.",
        f"{_API}CreatePolicyVersion.html",
        status=409,
    ),
    Reference(
        "sts",
        ("AssumeRole",),
        "RoleArn",
        "exists and trusts the caller",
        "AccessDenied",
        "is not authorized to perform: sts:AssumeRole on resource:",
        "STS/latest/APIReference/API_AssumeRole.html",
        status=403,
    ),
)
