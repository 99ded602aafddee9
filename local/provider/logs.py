"""Amazon CloudWatch Logs: log groups."""

from typing import Any

from pulumi_aws import cloudwatch

from .aws_clients import Cloud, found
from .fields import Field, from_aws, to_aws
from .resource import ResourceType, Values

FOR_EVER = 0
# The only periods that PutRetentionPolicy takes:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTIONS = (
    FOR_EVER, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192,
    2557, 2922, 3288, 3653,
)  # fmt: skip

GROUP = {
    "name": Field("logGroupName", replaces=True),
    "kmsKeyId": Field("kmsKeyId"),
    "logGroupClass": Field(
        "logGroupClass",
        filled=True,
        allowed=("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"),
        replaces=True,
    ),
    "tags": Field("tags"),
    "retentionInDays": Field(default=FOR_EVER, allowed=RETENTIONS),
}


def _create(cloud: Cloud, inputs: Values) -> str:
    """Create the group; a key whose policy has just been written may not serve it at once."""
    # CreateLogGroup takes one tag or more, or none of the member.
    sent = {name: value for name, value in to_aws(GROUP, inputs).items() if value != {}}
    cloud.when_ready(
        "logs",
        lambda: cloud.client("logs").create_log_group(**sent),
        "not allowed to be used with Arn",
    )
    return inputs["name"]


def _read(cloud: Cloud, name: str) -> dict[str, Any] | None:
    client = cloud.client("logs")
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    groups = (group for page in pages for group in page["logGroups"])
    group = next((group for group in groups if group["logGroupName"] == name), None)
    if group is None:
        return None
    arn = group["arn"].removesuffix(":*")
    return {
        **from_aws(GROUP, group),
        "arn": arn,
        "retentionInDays": group.get("retentionInDays", FOR_EVER),
        "tags": client.list_tags_for_resource(resourceArn=arn)["tags"],
    }


def _update(cloud: Cloud, name: str, inputs: Values, changed: frozenset[str]) -> None:
    client = cloud.client("logs")
    if "retentionInDays" in changed:
        if days := inputs["retentionInDays"]:
            client.put_retention_policy(logGroupName=name, retentionInDays=days)
        else:
            client.delete_retention_policy(logGroupName=name)
    if "kmsKeyId" in changed:
        if key := inputs.get("kmsKeyId"):
            client.associate_kms_key(logGroupName=name, kmsKeyId=key)
        else:
            client.disassociate_kms_key(logGroupName=name)
    if "tags" in changed:
        state = _read(cloud, name) or {"arn": "", "tags": {}}
        tags = inputs.get("tags", {})
        if gone := sorted(state["tags"].keys() - tags.keys()):
            client.untag_resource(resourceArn=state["arn"], tagKeys=gone)
        if tags:
            client.tag_resource(resourceArn=state["arn"], tags=tags)


def _delete(cloud: Cloud, name: str, _state: Values) -> None:
    client = cloud.client("logs")
    found(lambda: client.delete_log_group(logGroupName=name), "ResourceNotFoundException")


TYPES = (
    ResourceType(
        declared=cloudwatch.LogGroup,
        fields=GROUP,
        service="logs",
        name="name",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
    ),
)
