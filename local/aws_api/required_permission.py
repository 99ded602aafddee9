"""One permission that a call takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RequiredPermission:
    """An IAM action on a resource: its ARN, or `*` for an action that takes none.

    `context` holds condition keys of this action alone. `owner` is the account of a resource whose
    ARN has none (S3).
    """

    action: str
    resource: str = "*"
    context: Mapping[str, str | list[str]] = field(default_factory=dict[str, str | list[str]])
    owner: str | None = None


def pass_role(role: str, service: str) -> RequiredPermission:
    """The permission to hand a role to a service.

    docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    return RequiredPermission("iam:PassRole", role, {"iam:PassedToService": service})
