"""STS: which roles can be assumed, for how long, and whose sessions come of it.

moto gives credentials for any ARN and any time, and a session to whoever has the role's name. AWS
answers AccessDenied for a missing role, so that nobody learns which roles exist.
Sources: docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html,
docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html (role chaining)
"""

import re

import xmltodict

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import ForwardAccessSession, Principal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.identities import IamState

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_HOUR = 3600
_FEDERATED = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})


class AssumableRoles:
    """The layer in front of moto's STS."""

    def __init__(self, iam: IamState) -> None:
        self._iam = iam

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer a call of STS."""
        if call.action in _FEDERATED:
            # moto would believe any token.
            raise AwsError("InvalidIdentityToken", "The local endpoint has no identity provider")
        if call.action != "AssumeRole":
            return next_handler(call)
        acting = (
            call.acting.principal if isinstance(call.acting, ForwardAccessSession) else call.acting
        )
        arn = str(call.parameters.get("RoleArn"))
        role = self._iam.role_of(arn)
        if role is None:
            who = acting.arn if isinstance(acting, Principal) else acting.service
            raise AwsError(
                "AccessDenied",
                f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                403,
            )
        _check_members(
            call,
            int(role.max_session_duration or _HOUR),
            chained=isinstance(acting, Principal) and acting.role_arn is not None,
        )
        response = next_handler(call)
        if response.status < 300:
            answer = xmltodict.parse(response.body)["AssumeRoleResponse"]["AssumeRoleResult"]
            self._iam.bind_session(answer["Credentials"]["AccessKeyId"], role.id)
        return response


def _check_members(call: RequestContext, longest: int, *, chained: bool) -> None:
    name = str(call.parameters.get("RoleSessionName", ""))
    if not _SESSION_NAME.fullmatch(name):
        raise AwsError(
            "ValidationError",
            f"RoleSessionName: expected 2 to 64 letters, digits and _+=,.@-, found {name!r}",
        )
    duration = str(call.parameters.get("DurationSeconds", _HOUR))
    seconds = int(duration) if re.fullmatch(r"[0-9]{1,6}", duration) else 0
    if seconds < 900 or seconds > longest:
        raise AwsError(
            "ValidationError",
            f"DurationSeconds: expected 900 to the role's {longest}, found {duration}: The "
            "requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    if chained and seconds > _HOUR:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining.",
        )
