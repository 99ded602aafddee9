"""KMS's own safety check, and principals that will not be there.

https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.evaluation_key_policy import TYPES
from ...framework.controls import nist
from ...framework.rule import About, ResourceRule, Settings
from ...model import policy_documents
from ...model.resource import Resource

PAGE = "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"
UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
PRINCIPALS = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
)


def lockout_check(key: Resource, _: Settings) -> Iterator[str]:
    """Whether the check is left out."""
    if key.flag("bypassPolicyLockoutSafetyCheck"):
        yield "bypassPolicyLockoutSafetyCheck is true; remove it"


def sessions(key: Resource, _: Settings) -> Iterator[str]:
    """Principals that are sessions, which end, or unique ids, which AWS writes in the place of a
    role or user that was deleted: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    policy = policy_documents.of(key)
    for statement in policy.statements if policy else ():
        for name in statement.principals.names if statement.principals else ():
            if ":sts:" in name.value:
                role = name.value.replace(":sts:", ":iam:").replace(":assumed-role/", ":role/")
                yield f"{statement} names {name.value}; write {role.rpartition('/')[0]}"
            elif UNIQUE_ID.fullmatch(name.value):
                yield f"{statement} names {name.value}, a unique id; write the role's or user's ARN"


KEY_LOCKOUT_CHECK = ResourceRule(
    About(
        "key-lockout-check",
        "KMS checks that a new key policy can still be changed.",
        Severity.CRITICAL,
        "Remove bypassPolicyLockoutSafetyCheck, and let the deploying role administer the key.",
        PAGE,
        controls=nist("SC-12"),
    ),
    TYPES,
    lockout_check,
)
KEY_PRINCIPALS = ResourceRule(
    About(
        "key-principals",
        "Key policies name roles and users by ARN, not sessions or unique ids.",
        Severity.HIGH,
        "Name the role by its ARN: a session ends, and a unique id is of a principal that is gone.",
        PRINCIPALS,
        controls=nist("AC-3"),
    ),
    TYPES,
    sessions,
    lambda key: "" if policy_documents.of(key) else "it has no policy of its own",
)
