"""The users of each group.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups_manage_add-remove-users.html
"""

from collections.abc import Iterator

from ..model.resource import Resource
from .environment import Environment
from .identities import GROUP, USER

OF_GROUP = "aws:iam/groupMembership:GroupMembership"
OF_USER = "aws:iam/userGroupMembership:UserGroupMembership"


def members(environment: Environment, group: Resource) -> list[Resource]:
    """The users of the stack that belong to a group."""
    return list(dict.fromkeys(user for user, each in _pairs(environment) if each is group))


def groups_of(environment: Environment, user: Resource) -> list[Resource]:
    """The groups of the stack that a user belongs to."""
    return list(dict.fromkeys(group for each, group in _pairs(environment) if each is user))


def _pairs(environment: Environment) -> Iterator[tuple[Resource, Resource]]:
    for each in environment.stack.of(OF_GROUP, OF_USER):
        users, groups = ("users", "group") if each.type == OF_GROUP else ("user", "groups")
        for group in environment.stack.referred(each, groups, GROUP):
            for user in environment.stack.referred(each, users, USER):
                yield user, group
