"""Decisions about calls that nobody makes: what a service checks before it keeps a reference."""

from local.authorization.condition_keys import resource_context, service_context
from local.aws_api.caller import DeploymentTarget, ServicePrincipal
from local.aws_api.caller import Principal as Signer
from local.aws_api.required_permission import RequiredPermission
from local.moto_backend.policies_in_force import PoliciesInForce
from local.runtime.clock import Clock
from policies.iam import Policies, Principal, Request, is_authorized


class PolicyAuthority:
    """Decides by the policies that are stored."""

    def __init__(self, place: DeploymentTarget, clock: Clock, stored: PoliciesInForce) -> None:
        self._place = place
        self._clock = clock
        self._stored = stored

    def may_assume(self, service: ServicePrincipal, role_arn: str) -> bool:
        """Whether a role's trust policy lets a service in."""
        need = RequiredPermission("sts:AssumeRole", role_arn)
        context = service_context(service, self._place, self._clock.now())
        context |= resource_context(need, self._stored.tags(role_arn))
        request = Request(Principal.service(service.service), need.action, role_arn, context)
        trust = self._stored.resource_policy(need.action, role_arn, None)
        return is_authorized(request, Policies(resource=trust)).allowed

    def role_may(self, session: Signer, need: RequiredPermission) -> bool:
        """Whether a role's policies and boundary allow a permission.

        Lambda looks at the role alone: a queue's own policy changes nothing, as its users report.
        """
        identity = self._stored.identity(session)
        if not identity.exists:
            return False
        context = resource_context(need, self._stored.tags(need.resource))
        context |= {f"aws:PrincipalTag/{key}": value for key, value in identity.tags.items()}
        principal = Principal.of(session.arn, issuer_arn=session.role_arn)
        request = Request(principal, need.action, need.resource, context, need.owner)
        policies = Policies(identity=identity.policies, boundary=identity.boundary)
        return is_authorized(request, policies).allowed


class OpenAuthority:
    """Allows everything: policies are off."""

    def may_assume(self, service: ServicePrincipal, role_arn: str) -> bool:
        """Whether a service may assume a role: it may."""
        return True

    def role_may(self, session: Signer, need: RequiredPermission) -> bool:
        """Whether a role has a permission: it has."""
        return True
