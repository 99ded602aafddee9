"""The key `iam:PermissionsBoundary` in requests about a role or user: whose boundary it names.

Of what changes the policies of a role or user it is the boundary that the role or user has, of what
makes one or gives it a boundary the one that is given; no other request has it. Of a role or user
that the stack does not have any boundary is assumed, so that no escalation is passed over.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from collections.abc import Mapping
from dataclasses import replace

from ..iam import Policy, Statement

KEY = "iam:PermissionsBoundary"
_OF_TARGET = frozenset(
    f"iam:{verb}{sort}policy"
    for verb in ("attach", "delete", "detach", "put")
    for sort in ("role", "user")
) | {"iam:deleterolepermissionsboundary", "iam:deleteuserpermissionsboundary"}
_OF_REQUEST = frozenset(
    {
        "iam:createrole",
        "iam:createuser",
        "iam:putrolepermissionsboundary",
        "iam:putuserpermissionsboundary",
    }
)


def given(action: str, boundary: str | None) -> Mapping[str, str]:
    """The key in a request for an action (in lower case) about a role or user with a boundary, as
    far as it is known."""
    return {KEY: boundary} if boundary and action in _OF_TARGET else {}


def is_absent(action: str, boundary: str | None) -> bool:
    """Whether a request has no such key: the target has no boundary, or the action no such key."""
    if not action.startswith("iam:") or action in _OF_REQUEST:
        return False
    return boundary == "" if action in _OF_TARGET else True


def without_key(policy: Policy) -> Policy:
    """A policy as requests without the key meet it: itself if it does not ask for the key."""
    if not any(
        each.folded_key == KEY.lower() for one in policy.statements for each in one.conditions
    ):
        return policy
    kept = (_met(each) for each in policy.statements)
    return replace(policy, statements=tuple(each for each in kept if each is not None))


def _met(statement: Statement) -> Statement | None:
    """A statement without its conditions on the key, or nothing if one of them fails."""
    about = [each for each in statement.conditions if each.folded_key == KEY.lower()]
    if not about:
        return statement
    if not all(each.holds({}) for each in about):
        return None
    left = tuple(each for each in statement.conditions if each not in about)
    return replace(statement, conditions=left)
