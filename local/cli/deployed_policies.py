"""The policies in force in an account, read through its APIs.

docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from policies.iam import Policy, PolicyType, parse_policy


@dataclass
class Identities:
    """The users and roles of an account, by ARN.

    `held` are the policies of each, those of a user's groups included; `trusts` those that say who
    takes a role on; `changed_through` the ARNs of groups and customer managed policies by which
    each can be given more.
    """

    held: dict[str, tuple[Policy, ...]] = field(default_factory=dict[str, tuple[Policy, ...]])
    trusts: dict[str, Policy] = field(default_factory=dict[str, Policy])
    changed_through: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def identities(iam: Any) -> Identities:
    """Read all users and roles, with their groups and managed policies."""
    managed: dict[str, Any] = {}
    groups: dict[str, Mapping[str, Any]] = {}
    entries: list[Mapping[str, Any]] = []
    for page in iam.get_paginator("get_account_authorization_details").paginate():
        entries += [*page["UserDetailList"], *page["RoleDetailList"]]
        groups |= {group["GroupName"]: group for group in page["GroupDetailList"]}
        for policy in page["Policies"]:
            versions = {each["VersionId"]: each["Document"] for each in policy["PolicyVersionList"]}
            managed[policy["Arn"]] = versions[policy["DefaultVersionId"]]
    found = Identities()
    for entry in entries:
        joined = [groups[name] for name in entry.get("GroupList", [])]
        documents: list[Any] = []
        through = [group["Arn"] for group in joined]
        for holder in (entry, *joined):
            for inline in ("UserPolicyList", "RolePolicyList", "GroupPolicyList"):
                documents += [each["PolicyDocument"] for each in holder.get(inline, [])]
            attached = [each["PolicyArn"] for each in holder["AttachedManagedPolicies"]]
            documents += [managed[arn] for arn in attached]
            through += [arn for arn in attached if ":iam::aws:" not in arn]
        arn = entry["Arn"]
        found.held[arn] = tuple(_parsed(document, PolicyType.IDENTITY) for document in documents)
        found.changed_through[arn] = tuple(through)
        if "AssumeRolePolicyDocument" in entry:
            found.trusts[arn] = _parsed(entry["AssumeRolePolicyDocument"], PolicyType.TRUST)
    return found


def key_policy(kms: Any, key: str) -> Policy:
    """The policy of a key."""
    text = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    return _parsed(text, PolicyType.KEY)


def bucket_policy(s3: Any, bucket: str, arn: str) -> Policy:
    """The policy of a bucket; `arn` is the bucket's."""
    text = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    return parse_policy(text, PolicyType.BUCKET, bucket_arn=arn)


def function_policy(functions: Any, arn: str) -> Policy | None:
    """The policy of a function, None when it has none."""
    try:
        text = functions.get_policy(FunctionName=arn)["Policy"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return _parsed(text, PolicyType.RESOURCE)


def _parsed(document: Any, kind: PolicyType) -> Policy:
    text = document if isinstance(document, str) else json.dumps(document)
    return parse_policy(text, kind)
