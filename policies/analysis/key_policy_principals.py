"""The principals in a key policy: roles and users one by one, permission sets by patterns."""

import re

from ..iam import Policy, Principal
from ..model.resource import Resource
from ..model.stack import known_text
from .evaluation_access import ANYWHERE, DeploymentTarget

_KEY = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[\w-]+")


def own_arn(key: Resource, policy: Policy | None, target: DeploymentTarget) -> str:
    """The ARN of a key, if it or its policy's resource says it, else one that it may have.

    A key policy names its own key by `*` or by its ARN, and another key to no effect:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    """
    known = known_text(key, "arn") or known_text(key, "keyId")
    if _KEY.fullmatch(known):
        return known
    named = written_arns(policy) if policy is not None else []
    of_it = [arn for arn in named if not known or arn.endswith(f"/{known}")]
    region = "us-east-1" if target.region == ANYWHERE else target.region
    may_be = f"arn:{target.partition}:kms:{region}:{target.account}:key/{known or 'this'}"
    return (of_it or [may_be])[0]


def written_arns(policy: Policy) -> list[str]:
    """The ARNs of keys that the statements of a key policy are about, in full."""
    return [
        pattern.text
        for statement in policy.statements
        for pattern in (statement.resources.patterns if statement.resources else ())
        if _KEY.fullmatch(pattern.text)
    ]


def named(policy: Policy, account: str) -> tuple[str, ...]:
    """The ARNs of roles and users of an account that the statements of a policy name."""
    names = {
        name.value
        for statement in policy.statements
        if statement.principals is not None
        for name in statement.principals.names
    }
    kinds = (f":iam::{account}:role/", f":iam::{account}:user/")
    return tuple(sorted(name for name in names if any(kind in name for kind in kinds)))


def accounts(policy: Policy) -> list[str]:
    """The accounts that a key may be of: those that statements about changing its policy speak of,
    since nobody of another account can."""
    written: list[str] = []
    for statement in policy.on("kms:putkeypolicy")[1]:
        principals = statement.principals
        written += () if principals is None else (name.value for name in principals.names)
        written += (text for condition in statement.conditions for text in condition.texts)
    return sorted({account for text in written for account in re.findall(r"\b\d{12}\b", text)})


def permission_sets(policy: Policy, account: str) -> tuple[str, ...]:
    """The patterns with which conditions name roles of IAM Identity Center, each by the whole name
    of its permission set: https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
    """
    one = re.compile(
        rf"arn:[\w-]+:iam::{account}:role/aws-reserved/sso\.amazonaws\.com/([\w-]+/|\*/?)?"
        r"AWSReservedSSO_[\w+=,.@-]+_(\*|\?{16}|[0-9a-f]{16})"
    )
    texts = {
        text
        for statement in policy.statements
        for condition in statement.conditions
        if condition.folded_key == "aws:principalarn"
        for text in condition.texts
    }
    return tuple(sorted(filter(one.fullmatch, texts)))


def principal_of(arn: str) -> Principal:
    """A user, or a session of a role, by the ARN of the user or role."""
    if ":user/" in arn:
        return Principal.of(arn)
    session = arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    start, _, path = session.partition(":assumed-role/")
    name = path.rpartition("/")[2]
    return Principal.of(f"{start}:assumed-role/{name}/evaluation", issuer_arn=arn)
