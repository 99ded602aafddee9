"""STS: a role must exist to be assumed.

moto gives credentials for any ARN. AWS answers AccessDenied, so that nobody learns which roles
exist (docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
"""

from local.call import Answer, Call
from local.faults import AwsError
from local.moto_state import MotoState
from local.principals import Forwarded, Principal
from local.wire import Response


class AssumableRoles:
    """The layer in front of moto's STS."""

    def __init__(self, state: MotoState) -> None:
        self._state = state

    def __call__(self, call: Call, onward: Answer) -> Response:
        """Answer a call of STS."""
        role = call.parameters.get("RoleArn")
        if call.action == "AssumeRole" and not self._state.role_exists(str(role)):
            acting = call.acting.principal if isinstance(call.acting, Forwarded) else call.acting
            who = acting.arn if isinstance(acting, Principal) else acting.service
            raise AwsError(
                "AccessDenied",
                f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {role}",
                403,
            )
        return onward(call)
