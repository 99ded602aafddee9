"""AWS IAM: roles with their own policies, customer managed policies and their attachment."""

import json
from typing import Any

from pulumi_aws import iam

from .aws_clients import Cloud, found
from .fields import Field, document_text, from_aws, policy_meaning, tag_list, tag_map, to_aws
from .resource import ResourceType, Values

ABSENT = "NoSuchEntity"

ROLE = {
    "name": Field("RoleName", replaces=True),
    "path": Field("Path", default="/", replaces=True),
    "assumeRolePolicy": Field(
        "AssumeRolePolicyDocument",
        alike=policy_meaning,
        send=document_text,
        receive=json.dumps,
    ),
    "description": Field("Description", default=""),
    "maxSessionDuration": Field("MaxSessionDuration", default=3600, allowed=range(3600, 43201)),
    "permissionsBoundary": Field(
        "PermissionsBoundary", receive=lambda boundary: boundary["PermissionsBoundaryArn"]
    ),
    "tags": Field("Tags", send=tag_list, receive=tag_map),
}


def _create_role(cloud: Cloud, inputs: Values) -> str:
    cloud.when_ready(
        "iam",
        lambda: cloud.client("iam").create_role(**to_aws(ROLE, inputs)),
        "Invalid principal in policy",
    )
    return inputs["name"]


def _read_role(cloud: Cloud, name: str) -> dict[str, Any] | None:
    answer = found(lambda: cloud.client("iam").get_role(RoleName=name), ABSENT)
    if answer is None:
        return None
    role = answer["Role"]
    return {
        **from_aws(ROLE, role),
        "arn": role["Arn"],
        "uniqueId": role["RoleId"],
        "createDate": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _update_role(cloud: Cloud, name: str, inputs: Values, changed: frozenset[str]) -> None:
    client = cloud.client("iam")
    if "assumeRolePolicy" in changed:
        document = document_text(inputs["assumeRolePolicy"])
        cloud.when_ready(
            "iam",
            lambda: client.update_assume_role_policy(RoleName=name, PolicyDocument=document),
            "Invalid principal in policy",
        )
    if changed & {"description", "maxSessionDuration"}:
        client.update_role(
            RoleName=name,
            Description=inputs["description"],
            MaxSessionDuration=inputs["maxSessionDuration"],
        )
    if "permissionsBoundary" in changed:
        if boundary := inputs.get("permissionsBoundary"):
            client.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        else:
            client.delete_role_permissions_boundary(RoleName=name)
    if "tags" in changed:
        tags = inputs.get("tags", {})
        present = tag_map(client.list_role_tags(RoleName=name)["Tags"])
        if gone := sorted(present.keys() - tags.keys()):
            client.untag_role(RoleName=name, TagKeys=gone)
        if tags:
            client.tag_role(RoleName=name, Tags=tag_list(tags))


def _delete_role(cloud: Cloud, name: str, _state: Values) -> None:
    found(lambda: cloud.client("iam").delete_role(RoleName=name), ABSENT)


POLICY = {
    "name": Field("PolicyName", replaces=True),
    "path": Field("Path", default="/", replaces=True),
    "description": Field("Description", default="", replaces=True),
    "policy": Field("PolicyDocument", alike=policy_meaning, send=document_text),
    "tags": Field("Tags", send=tag_list, receive=tag_map),
}


def _create_policy(cloud: Cloud, inputs: Values) -> str:
    return cloud.client("iam").create_policy(**to_aws(POLICY, inputs))["Policy"]["Arn"]


def _read_policy(cloud: Cloud, arn: str) -> dict[str, Any] | None:
    client = cloud.client("iam")
    answer = found(lambda: client.get_policy(PolicyArn=arn), ABSENT)
    if answer is None:
        return None
    policy = answer["Policy"]
    version = client.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    return {
        **from_aws(POLICY, policy),
        "policy": json.dumps(version["PolicyVersion"]["Document"]),
        "arn": arn,
        "policyId": policy["PolicyId"],
        "attachmentCount": policy["AttachmentCount"],
    }


def _update_policy(cloud: Cloud, arn: str, inputs: Values, changed: frozenset[str]) -> None:
    """Make a new default version; the oldest goes when there are five, the most that IAM keeps.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
    """
    client = cloud.client("iam")
    if "policy" in changed:
        versions = client.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) >= 5:
            others = [version for version in versions if not version["IsDefaultVersion"]]
            oldest = min(others, key=lambda version: version["CreateDate"])
            client.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
        document = document_text(inputs["policy"])
        client.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    if "tags" in changed:
        tags = inputs.get("tags", {})
        present = tag_map(client.list_policy_tags(PolicyArn=arn)["Tags"])
        if gone := sorted(present.keys() - tags.keys()):
            client.untag_policy(PolicyArn=arn, TagKeys=gone)
        if tags:
            client.tag_policy(PolicyArn=arn, Tags=tag_list(tags))


def _delete_policy(cloud: Cloud, arn: str, _state: Values) -> None:
    client = cloud.client("iam")
    answer = found(lambda: client.list_policy_versions(PolicyArn=arn), ABSENT)
    if answer is None:
        return
    for version in answer["Versions"]:
        if not version["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    client.delete_policy(PolicyArn=arn)


ATTACHMENT = {
    "role": Field("RoleName", replaces=True),
    "policyArn": Field("PolicyArn", replaces=True),
}


def _create_attachment(cloud: Cloud, inputs: Values) -> str:
    cloud.client("iam").attach_role_policy(**to_aws(ATTACHMENT, inputs))
    return f"{inputs['role']}/{inputs['policyArn']}"


def _read_attachment(cloud: Cloud, attachment: str) -> dict[str, Any] | None:
    role, _, arn = attachment.partition("/")
    pages = cloud.client("iam").get_paginator("list_attached_role_policies").paginate(RoleName=role)
    attached = found(lambda: [p["PolicyArn"] for q in pages for p in q["AttachedPolicies"]], ABSENT)
    return {"role": role, "policyArn": arn} if arn in (attached or ()) else None


def _delete_attachment(cloud: Cloud, attachment: str, _state: Values) -> None:
    role, _, arn = attachment.partition("/")
    found(lambda: cloud.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn), ABSENT)


ROLE_POLICY = {
    "name": Field("PolicyName", replaces=True),
    "role": Field("RoleName", replaces=True),
    "policy": Field("PolicyDocument", alike=policy_meaning, send=document_text, receive=json.dumps),
}


def _create_role_policy(cloud: Cloud, inputs: Values) -> str:
    cloud.client("iam").put_role_policy(**to_aws(ROLE_POLICY, inputs))
    return f"{inputs['role']}:{inputs['name']}"  # as AWS's provider has it, for imports


def _read_role_policy(cloud: Cloud, policy: str) -> dict[str, Any] | None:
    role, _, name = policy.partition(":")
    client = cloud.client("iam")
    answer = found(lambda: client.get_role_policy(RoleName=role, PolicyName=name), ABSENT)
    return None if answer is None else from_aws(ROLE_POLICY, answer)


def _update_role_policy(cloud: Cloud, policy: str, inputs: Values, changed: frozenset[str]) -> None:
    if changed:
        cloud.client("iam").put_role_policy(**to_aws(ROLE_POLICY, inputs))


def _delete_role_policy(cloud: Cloud, policy: str, _state: Values) -> None:
    role, _, name = policy.partition(":")
    client = cloud.client("iam")
    found(lambda: client.delete_role_policy(RoleName=role, PolicyName=name), ABSENT)


TYPES = (
    ResourceType(
        declared=iam.Role,
        fields=ROLE,
        service="iam",
        name="name",
        create=_create_role,
        read=_read_role,
        update=_update_role,
        delete=_delete_role,
    ),
    ResourceType(
        declared=iam.Policy,
        fields=POLICY,
        service="iam",
        name="name",
        create=_create_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
    ),
    ResourceType(
        declared=iam.RolePolicyAttachment,
        fields=ATTACHMENT,
        service="iam",
        create=_create_attachment,
        read=_read_attachment,
        delete=_delete_attachment,
    ),
    ResourceType(
        declared=iam.RolePolicy,
        fields=ROLE_POLICY,
        service="iam",
        name="name",
        create=_create_role_policy,
        read=_read_role_policy,
        update=_update_role_policy,
        delete=_delete_role_policy,
    ),
)
