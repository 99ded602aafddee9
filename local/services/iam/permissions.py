"""The permissions of IAM's operations.

docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from moto.core.utils import get_service_model

from local.aws_api.request_context import RequestContext
from local.aws_api.required_permission import RequiredPermission
from local.moto_backend.policies_in_force import PoliciesInForce

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
    ("SSHPublicKey", "UserName", "user"),
    ("ServerCertificate", "ServerCertificateName", "server-certificate"),
    ("ServiceSpecificCredential", "UserName", "user"),
    ("SigningCertificate", "UserName", "user"),
    ("CreatePolicy", "PolicyName", "policy"),
)
# Members that are the resource's ARN.
_ARNS = ("OpenIDConnectProviderArn", "PolicySourceArn", "SAMLProviderArn", "SerialNumber")
# What is tagged when it is made takes the right to tag it too.
# docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
_TAGGING = {
    "CreateInstanceProfile": "TagInstanceProfile",
    "CreateOpenIDConnectProvider": "TagOpenIDConnectProvider",
    "CreatePolicy": "TagPolicy",
    "CreateRole": "TagRole",
    "CreateSAMLProvider": "TagSAMLProvider",
    "CreateUser": "TagUser",
    "CreateVirtualMFADevice": "TagMFADevice",
    "UploadServerCertificate": "TagServerCertificate",
}


def needs_of(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    """The permissions of an IAM call."""
    needs = _needs(call, stored)
    tagging = _TAGGING.get(call.action)
    if tagging is None or not any(name.startswith("Tags.") for name in call.parameters):
        return needs
    return [*needs, replace(needs[0], action=f"iam:{tagging}")]


def _needs(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    given, action = call.parameters, f"iam:{call.action}"
    context: dict[str, str | list[str]] = {}
    if "PolicyArn" in given and call.action.startswith(("Attach", "Detach")):
        context["iam:PolicyARN"] = str(given["PolicyArn"])
    if "PermissionsBoundary" in given:
        context["iam:PermissionsBoundary"] = str(given["PermissionsBoundary"])
    if "AccessKeyId" in given and "UserName" not in given:
        owner = stored.key_owner(call.account, str(given["AccessKeyId"]))
        if owner is not None:
            return [RequiredPermission(action, _arn(call, stored, "user", owner), context)]
    for part, member, kind in _RESOURCES:
        if part in call.action and member in given and "PolicyVersion" not in call.action:
            return [
                RequiredPermission(action, _arn(call, stored, kind, str(given[member])), context),
                *_more(call, stored, kind),
            ]
    if "Policy" in call.action and "PolicyArn" in given:
        return [RequiredPermission(action, str(given["PolicyArn"]), context)]
    for member in _ARNS:
        if str(given.get(member)).startswith("arn:"):
            return [RequiredPermission(action, str(given[member]), context)]
    if _takes_user(call.action) and "UserName" not in given:
        return [RequiredPermission(action, stored.arn_of(call.acting), context)]
    return [RequiredPermission(action, context=context)]


@cache
def _takes_user(action: str) -> bool:
    """Whether an operation is about a user: without a name about whoever calls."""
    shape: Any = get_service_model("iam").operation_model(action).input_shape
    return action == "ChangePassword" or (shape is not None and "UserName" in shape.members)


def _more(call: RequestContext, stored: PoliciesInForce, kind: str) -> list[RequiredPermission]:
    """What a call does beside its first resource: the new name, the role that is given away.

    Sources: docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html,
    API_UpdateGroup.html, API_AddRoleToInstanceProfile.html
    """
    given = call.parameters
    renamed = given.get(f"New{kind.capitalize()}Name")
    if renamed is not None:
        return [RequiredPermission(f"iam:{call.action}", _arn(call, stored, kind, str(renamed)))]
    if call.action == "AddRoleToInstanceProfile":
        role = _arn(call, stored, "role", str(given.get("RoleName")))
        return [
            RequiredPermission("iam:PassRole", role, {"iam:PassedToService": "ec2.amazonaws.com"})
        ]
    return []


def _arn(call: RequestContext, stored: PoliciesInForce, kind: str, name: str) -> str:
    """The ARN of what exists under a name, else of what would be made."""
    path = stored.iam_path(call.account, kind, name) or str(call.parameters.get("Path", "/"))
    return stored.global_arn(call, "iam", f"{kind}{path}{name}")
