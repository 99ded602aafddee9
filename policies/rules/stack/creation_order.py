"""Principals of a key policy exist before the key: KMS refuses names that it cannot find.

https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.identities import ROLE
from ...analysis.key_policy_principals import accounts
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource
from ...model.stack import account_in

PAGE = "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html"


def late_roles(key: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Roles of the stack that the policy names and that may be made after it."""
    holder = environment.keys.policy_holder(key)
    policy = environment.keys.key_policy(key)
    if policy is None:
        return
    by_name: dict[str, list[str]] = {}
    for statement in policy.statements:
        for name in statement.principals.names if statement.principals else ():
            by_name.setdefault(name.value, []).append(str(statement))
    own = accounts(policy)
    for name, statements in by_name.items():
        if ":role/" not in name or (own and account_in(name) not in own):
            continue  # a role of another account may be called the same
        for role in environment.stack.called(name.rpartition("/")[2], ROLE):
            if not holder.waits_for(role):
                yield (
                    f"{name} is named by {' and '.join(statements)}, and nothing makes "
                    f"{role.name} first; write dependsOn"
                )


PRINCIPALS_FIRST = StackRule(
    About(
        "key-principals-first",
        "Roles that a key policy names are created before the key.",
        Severity.MEDIUM,
        "Let the key depend on the roles, and never a role on the key.",
        PAGE,
        controls=nist("CP-9"),
    ),
    lambda environment: environment.keys.all,
    "no KMS key is made here",
    late_roles,
)
