"""Principals of a key policy exist before the key: KMS refuses names that it cannot find.

https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ..environment import Environment
from ..frameworks import nist
from ..holders import ROLE
from ..resource import Resource
from ..rule import About, Settings, StackRule

PAGE = "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html"


def late_roles(key: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Roles of the stack that the policy names and that may be made after it."""
    holder = environment.policy_holder(key)
    policy = environment.key_policy(key)
    for statement in policy.statements if policy else ():
        for name in statement.principals.names if statement.principals else ():
            for role in environment.called(name.value.rpartition("/")[2], ROLE):
                if ":role/" in name.value and not holder.waits_for(role):
                    yield (
                        f"{statement} names {name.value}, and nothing makes {role.name} first; "
                        "write dependsOn"
                    )


PRINCIPALS_FIRST = StackRule(
    About(
        "key-principals-first",
        "Roles that a key policy names are made before the key.",
        Severity.MEDIUM,
        "Let the key depend on the roles, and never a role on the key.",
        PAGE,
        controls=nist("CP-9"),
    ),
    lambda environment: environment.keys,
    "no KMS key is made here",
    late_roles,
)
