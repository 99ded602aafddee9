"""The deploying principal must be a key administrator: KMS refuses a key that locks it out.

https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html, Policy: the key policy must
allow the caller to make a later PutKeyPolicy request on the key.
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from .deployment_target import Deployment
from .errors import InvalidInput
from .inputs import is_plain, when_known


def with_deployer(
    component: pulumi.Resource, name: str, administrators: Any, deployment: Deployment
) -> Any:
    """Return the administrators, a list or an Output of one, once who deploys is among them."""

    def checked(known: Sequence[str]) -> Sequence[str]:
        _require_deployer(component, name, known, deployment)
        return known

    return (
        checked(administrators) if is_plain(administrators) else when_known(administrators, checked)
    )


def _require_deployer(
    component: pulumi.Resource, name: str, administrators: Sequence[str], deployment: Deployment
) -> None:
    """Raise InvalidInput unless who deploys is among the administrators, where any are named.

    `name` is the input that names them. A preview only warns, and once a list: it may be run by a
    role that reviews and never deploys.
    """
    named = frozenset(administrators)
    if not named or named in deployment.judged or is_among(deployment.caller_arn, administrators):
        return
    deployment.judged.add(named)
    error = InvalidInput(
        name,
        f"{deployment.caller_arn}, who deploys, among them ({_remedy(deployment.caller_arn)}): KMS"
        " refuses a key whose maker could not change its policy afterwards",
        list(administrators),
    )
    if not pulumi.runtime.is_dry_run():
        raise error
    pulumi.log.warn(f"`pulumi up` by this principal would stop: {error}", component)


def is_among(caller_arn: str, principals: Sequence[str]) -> bool:
    """Tell whether a caller is one of the roles and users.

    The ARN of a session names its role without the role's path, and names of roles are unique in
    an account whatever their path (single sign-on makes roles with one):
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html.
    """
    role = role_of(caller_arn)
    if not role:
        return caller_arn in principals
    roles = (arn for arn in principals if arn.split(":", 5)[-1].startswith("role/"))
    return any(arn.rsplit("/", 1)[-1] == role for arn in roles)


def role_of(caller_arn: str) -> str:
    """Return the name of the role that a session's ARN names, empty for a user or the root."""
    kind, _, rest = caller_arn.split(":", 5)[-1].partition("/")
    return rest.split("/")[0] if kind == "assumed-role" else ""


def _remedy(caller_arn: str) -> str:
    role = role_of(caller_arn)
    if role:
        return f"add the ARN of role {role}, with its path, or deploy as one of them"
    if ":user/" in caller_arn:
        return "add it, or deploy as one of them"
    return "deploy as a role or user"
