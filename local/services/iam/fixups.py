"""IAM: names that are in use, what moto lets be deleted while in use, and what it forgets.

Deleting: docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html, API_DeletePolicy.html
Boundaries: docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.identities import IamState

# Of each operation that gives a name: the kind of what it names, and the members with the new name
# and the one before. "Names are not distinguished by case",
# docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html and its likes
_NAMING = {
    "CreateGroup": ("Group", "GroupName", ""),
    "CreateInstanceProfile": ("InstanceProfile", "InstanceProfileName", ""),
    "CreatePolicy": ("Policy", "PolicyName", ""),
    "CreateRole": ("Role", "RoleName", ""),
    "CreateUser": ("User", "UserName", ""),
    "UpdateGroup": ("Group", "NewGroupName", "GroupName"),
    "UpdateUser": ("User", "NewUserName", "UserName"),
}
_EXISTS = {
    "InstanceProfile": "Instance Profile {name} already exists.",
    "Policy": "A policy called {name} already exists. Duplicate names are not allowed.",
}


class IdentityRules:
    """The layer in front of moto's IAM."""

    def __init__(self, iam: IamState) -> None:
        self._iam = iam

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a call of IAM; raises AwsError as IAM does."""
        boundary = call.parameters.get("PermissionsBoundary")
        if boundary is not None:
            self._check_boundary(call, str(boundary))
        if call.action in _NAMING:
            self._check_name(call)
        if call.action == "DeletePolicy":
            arn = str(call.parameters.get("PolicyArn"))
            if self._iam.is_attached(call.account, arn):
                raise _conflict("Cannot delete a policy attached to entities.")
        if call.action == "DeleteUser":
            self._check_leaving(call, str(call.parameters.get("UserName")))
        if call.action not in ("DeleteRole", "DeleteUser"):
            return next_handler(call)
        kind = call.action.removeprefix("Delete")
        leaver = self._iam.find(call.account, kind, str(call.parameters.get(f"{kind}Name")))
        response = next_handler(call)
        if leaver is not None and response.status < 300:
            self._iam.break_off(*leaver)
        return response

    def _check_boundary(self, call: RequestContext, arn: str) -> None:
        if call.action in ("CreateUser", "PutUserPermissionsBoundary"):
            raise AwsError(
                "InvalidInput",
                "PermissionsBoundary: expected none, because the local endpoint keeps those of "
                "roles only",
            )
        if not self._iam.policy_exists(call.account, arn):
            raise AwsError(
                "NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404
            )

    def _check_name(self, call: RequestContext) -> None:
        kind, given, old = _NAMING[call.action]
        name = call.parameters.get(given)
        used = self._iam.name_in_use(call.account, kind, str(name)) if name else None
        # A user or group may change the case of its own name.
        if used is not None and used != call.parameters.get(old):
            text = _EXISTS.get(kind, "{kind} with name {name} already exists.")
            raise AwsError("EntityAlreadyExists", text.format(kind=kind, name=name), 409)

    def _check_leaving(self, call: RequestContext, name: str) -> None:
        # A key that outlived its user would open for the next user of that name.
        if self._iam.has_access_keys(call.account, name):
            raise _conflict("Cannot delete entity, must delete access keys first.")
        if self._iam.is_member(call.account, name):
            raise _conflict("Cannot delete entity, must remove users from group first.")


def _conflict(message: str) -> AwsError:
    return AwsError("DeleteConflict", message, 409)
