"""KMS's own safety check, and principals that will not be there.

https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from .. import documents
from ..frameworks import nist
from ..resource import Resource
from ..rule import About, ResourceRule, Settings
from .evaluation_key import TYPES

PAGE = "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"
PRINCIPALS = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
)


def lockout_check(key: Resource, _: Settings) -> Iterator[str]:
    """Whether the check is left out."""
    if key.flag("bypassPolicyLockoutSafetyCheck"):
        yield "bypassPolicyLockoutSafetyCheck is true; take it out"


def sessions(key: Resource, _: Settings) -> Iterator[str]:
    """Principals that are sessions: they end, and are not the role."""
    policy = documents.of(key)
    for statement in policy.statements if policy else ():
        for name in statement.principals.names if statement.principals else ():
            if ":sts:" in name.value:
                role = name.value.replace(":sts:", ":iam:").replace(":assumed-role/", ":role/")
                yield f"{statement} names {name.value}; write {role.rpartition('/')[0]}"


KEY_LOCKOUT_CHECK = ResourceRule(
    About(
        "key-lockout-check",
        "KMS checks that a new key policy can still be changed.",
        Severity.CRITICAL,
        "Leave bypassPolicyLockoutSafetyCheck out, and let the deploying role administer the key.",
        PAGE,
        controls=nist("SC-12"),
    ),
    TYPES,
    lockout_check,
)
KEY_PRINCIPALS = ResourceRule(
    About(
        "key-principals",
        "Key policies name roles and users, not sessions of roles.",
        Severity.HIGH,
        "Name the role; which role and account a session has does not last.",
        PRINCIPALS,
        controls=nist("AC-3"),
    ),
    TYPES,
    sessions,
    lambda key: "" if documents.of(key) else "it has no policy of its own",
)
