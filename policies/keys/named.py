"""Whom a key policy names: roles and users one by one, and permission sets by patterns."""

import re

from ..access import Policy, Principal


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
