"""The roles and users that a stack's settings name: KMS and IAM refuse those that do not exist."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from local.aws_api.caller import DeploymentTarget
from local.known_users import developer_policy

_ARN = re.compile(r"arn:[\w-]+:iam::(\d{12}):(role|user)/(?:([^\s\"]+)/)?([\w+=,.@-]+)")


def named(config: Mapping[str, str]) -> list[str]:
    """Return the ARNs of roles and users in a stack's configuration but for its tags, sorted."""
    texts = (value for key, value in config.items() if not key.endswith(":tags"))
    return sorted({match[0] for text in texts for match in _ARN.finditer(text)})


def missing(iam: Any, arns: Iterable[str]) -> list[str]:
    """Return those that do not exist; a role or user under another path is another one."""
    return [arn for arn in arns if not _exists(iam, arn)]


def make(iam: Any, arn: str) -> None:
    """Make a role or user with the rights of the endpoint's developer.

    Whoever in its account may assume roles can assume the role, and so can the endpoint's
    developer, whose own policy allows operator roles only: in one account a trust policy that names
    a user is enough (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage-assume.html).
    """
    account, kind, path, name = _parts(arn)
    place = {"Path": f"/{path}/" if path else "/"}
    policy = json.dumps(developer_policy(DeploymentTarget(account=account)))
    if kind == "user":
        iam.create_user(UserName=name, **place)
        iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=policy)
        return
    own = arn.partition(f":{kind}/")[0]
    developer = f"{own}:user/developer"
    trusted = [f"{own}:root", *([developer] if _exists(iam, developer) else [])]
    trust = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document), **place)
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=policy)


def session(iam: Any, sts: Any, arn: str) -> dict[str, str]:
    """Let a role deploy: give it every right, and return the variables of a session of it."""
    name = _parts(arn)[3]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_role_policy(RoleName=name, PolicyName="Deployment", PolicyDocument=document)
    given = sts.assume_role(RoleArn=arn, RoleSessionName="deployment")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def is_role(text: str) -> bool:
    """Tell whether a text is the ARN of a role."""
    match = _ARN.fullmatch(text)
    return match is not None and match[2] == "role"


def _exists(iam: Any, arn: str) -> bool:
    _, kind, _, name = _parts(arn)
    try:
        if kind == "user":
            return iam.get_user(UserName=name)["User"]["Arn"] == arn
        return iam.get_role(RoleName=name)["Role"]["Arn"] == arn
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchEntity":
            raise
        return False


def _parts(arn: str) -> tuple[str, str, str | None, str]:
    match = _ARN.fullmatch(arn)
    if match is None:
        raise ValueError(f"principal: expected the ARN of a role or user, found {arn!r}")
    return match[1], match[2], match[3], match[4]
