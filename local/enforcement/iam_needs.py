"""The permissions of IAM's operations.

docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from collections.abc import Sequence

from local.call import Call
from local.enforcement.need import Need
from local.enforcement.stored import Stored

# What an operation's name says it is about, the member that names it, and its kind in ARNs. The
# operation decides and not the members, because a request may have more members than it needs.
_RESOURCES = (
    ("InstanceProfile", "InstanceProfileName", "instance-profile"),
    ("Group", "GroupName", "group"),
    ("Role", "RoleName", "role"),
    ("User", "UserName", "user"),
    ("AccessKey", "UserName", "user"),
    ("LoginProfile", "UserName", "user"),
    ("MFADevice", "UserName", "user"),
    ("CreatePolicy", "PolicyName", "policy"),
)
_OWN_USER = frozenset(
    {"ChangePassword", "CreateAccessKey", "DeleteAccessKey", "GetUser", "ListAccessKeys"}
    | {"UpdateAccessKey"}
)


def needs_of(call: Call, stored: Stored) -> Sequence[Need]:
    """The permissions of an IAM call."""
    given, action = call.parameters, f"iam:{call.action}"
    context: dict[str, str | list[str]] = {}
    if "PolicyArn" in given and call.action.startswith(("Attach", "Detach")):
        context["iam:PolicyARN"] = str(given["PolicyArn"])
    if "PermissionsBoundary" in given:
        context["iam:PermissionsBoundary"] = str(given["PermissionsBoundary"])
    if "AccessKeyId" in given and "UserName" not in given:
        owner = stored.key_owner(call.account, str(given["AccessKeyId"]))
        if owner is not None:
            return [Need(action, _arn(call, stored, "user", owner), context)]
    for part, member, kind in _RESOURCES:
        if part in call.action and member in given and "PolicyVersion" not in call.action:
            return [
                Need(action, _arn(call, stored, kind, str(given[member])), context),
                *_more(call, stored, kind),
            ]
    if "Policy" in call.action and "PolicyArn" in given:
        return [Need(action, str(given["PolicyArn"]), context)]
    if call.action in _OWN_USER:
        return [Need(action, stored.arn_of(call.acting), context)]
    return [Need(action, context=context)]


def _more(call: Call, stored: Stored, kind: str) -> list[Need]:
    """What a call does beside its first resource: the new name, the role that is given away.

    Sources: docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html,
    API_UpdateGroup.html, API_AddRoleToInstanceProfile.html
    """
    given = call.parameters
    renamed = given.get(f"New{kind.capitalize()}Name")
    if renamed is not None:
        return [Need(f"iam:{call.action}", _arn(call, stored, kind, str(renamed)))]
    if call.action == "AddRoleToInstanceProfile":
        role = _arn(call, stored, "role", str(given.get("RoleName")))
        return [Need("iam:PassRole", role, {"iam:PassedToService": "ec2.amazonaws.com"})]
    return []


def _arn(call: Call, stored: Stored, kind: str, name: str) -> str:
    """The ARN of what exists under a name, else of what would be made."""
    path = stored.iam_path(call.account, kind, name) or str(call.parameters.get("Path", "/"))
    return stored.global_arn(call, "iam", f"{kind}{path}{name}")
