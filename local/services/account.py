"""Existence and permissions of resources in an account, for the checks of references."""

from typing import Any, Protocol

from local.aws_api.caller import Caller, DeploymentTarget, Principal, ServicePrincipal
from local.aws_api.request_context import RequestContext
from local.aws_api.required_permission import RequiredPermission
from local.moto_backend.identities import IamState
from local.moto_backend.state import MotoState
from local.services.key_use import KeyRefusal, ServiceKeys


class Authority(Protocol):
    """Decides without a call being made. Where policies are off everything is allowed."""

    def may_assume(self, service: ServicePrincipal, role_arn: str) -> bool: ...

    def role_may(self, session: Principal, need: RequiredPermission) -> bool: ...


class Account:
    """The state of the endpoint's accounts, and its decisions."""

    def __init__(
        self,
        place: DeploymentTarget,
        state: MotoState,
        iam: IamState,
        authority: Authority,
        keys: dict[str, ServiceKeys],
    ) -> None:
        self.place = place
        self.state = state
        self.iam = iam
        self._authority = authority
        self._keys = keys
        self.principal_exists = state.principal_exists

    def arn(self, call: RequestContext, service: str, resource: str) -> str:
        """The ARN of a resource of the Region."""
        return f"arn:{self.place.partition}:{service}:{call.region}:{call.account}:{resource}"

    def is_assumable(self, service: str, role_arn: str, source_arn: str) -> bool:
        """Whether a role exists and its trust policy lets a service in, for a resource of ours."""
        source = source_arn.split(":")[4]
        acting = ServicePrincipal(service, source, source_arn, source)
        return self.iam.role_of(role_arn) is not None and self._authority.may_assume(
            acting, role_arn
        )

    def role_may(self, role_arn: str, action: str, resource: str) -> bool:
        """Whether a role's own policies, with its boundary, allow an action."""
        account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
        arn = f"arn:{self.place.partition}:sts::{account}:assumed-role/{name}/check"
        session = Principal(arn, account, "", role_arn)
        return self._authority.role_may(session, RequiredPermission(action, resource))

    def queue_exists(self, arn: str) -> bool:
        """Whether an ARN is that of a queue of the Region."""
        parts = arn.split(":")
        return len(parts) == 6 and self.state.queue_arn(parts[4], parts[5]) == arn

    def ask_kms(
        self, service: str, acting: Caller, action: str, members: dict[str, Any]
    ) -> KeyRefusal | None:
        """What KMS refuses to a service in its caller's name; None when it lets the service."""
        try:
            self._keys[service].ask(acting, action, members)
        except KeyRefusal as refusal:
            return None if refusal.code == "DryRunOperationException" else refusal
        return None
