"""Amazon SQS: queues and their policies."""

import json
from typing import Any

import botocore.exceptions
from pulumi_aws import sqs

from .aws_clients import Cloud, found
from .fields import Field, document_text, from_aws, last_segment, policy_meaning, to_aws
from .resource import ResourceType, Values

ABSENT = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


def _number(name: str, allowed: range, default: int | None = None) -> Field:
    """Return the field of a number, which SQS takes and gives as text."""
    return Field(
        name,
        default=default,
        allowed=allowed,
        filled=default is None,
        send=str,
        receive=int,
    )


ATTRIBUTES = {
    "delaySeconds": _number("DelaySeconds", range(901), 0),
    "maxMessageSize": _number("MaximumMessageSize", range(1024, 1048577)),
    "messageRetentionSeconds": _number("MessageRetentionPeriod", range(60, 1209601), 345600),
    "receiveWaitTimeSeconds": _number("ReceiveMessageWaitTimeSeconds", range(21), 0),
    "visibilityTimeoutSeconds": _number("VisibilityTimeout", range(43201), 30),
    "kmsMasterKeyId": Field("KmsMasterKeyId", alike=last_segment),
    "kmsDataKeyReusePeriodSeconds": _number("KmsDataKeyReusePeriodSeconds", range(60, 86401)),
    "sqsManagedSseEnabled": Field(
        "SqsManagedSseEnabled",
        filled=True,
        send=lambda on: str(on).lower(),
        receive=lambda on: on == "true",
    ),
    "redrivePolicy": Field("RedrivePolicy", alike=json.loads),
}
QUEUE = {"name": Field(replaces=True), "tags": Field(), **ATTRIBUTES}


def _create_queue(cloud: Cloud, inputs: Values) -> str:
    """Create the queue; one that is there already is an error even where it is just like it.

    CreateQueue answers with the existing queue then, and refuses for a minute a name that has just
    been deleted:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    """
    client, name = cloud.client("sqs"), inputs["name"]
    if found(lambda: client.get_queue_url(QueueName=name), *ABSENT) is not None:
        error = {"Code": "QueueAlreadyExists", "Message": f"the queue {name} exists already"}
        raise botocore.exceptions.ClientError({"Error": error}, "CreateQueue")
    answer = cloud.when_ready(
        "sqs",
        lambda: client.create_queue(
            QueueName=name, Attributes=to_aws(ATTRIBUTES, inputs), tags=inputs.get("tags", {})
        ),
        "QueueDeletedRecently",
    )
    return answer["QueueUrl"]


def _read_queue(cloud: Cloud, url: str) -> dict[str, Any] | None:
    attributes = _attributes(cloud, url)
    if attributes is None:
        return None
    tags = cloud.client("sqs").list_queue_tags(QueueUrl=url).get("Tags", {})
    return {
        **from_aws(ATTRIBUTES, attributes),
        "name": last_segment(url),
        "arn": attributes["QueueArn"],
        "url": url,
        "tags": tags,
    }


def _attributes(cloud: Cloud, url: str) -> dict[str, str] | None:
    client = cloud.client("sqs")
    answer = found(
        lambda: client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]), *ABSENT
    )
    return None if answer is None else answer["Attributes"]


def _update_queue(cloud: Cloud, url: str, inputs: Values, changed: frozenset[str]) -> None:
    """Set the attributes that differ; one that is declared no more is emptied."""
    client = cloud.client("sqs")
    attributes = to_aws(ATTRIBUTES, {key: inputs.get(key, "") for key in changed})
    if attributes:
        client.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    if "tags" in changed:
        tags = inputs.get("tags", {})
        present = client.list_queue_tags(QueueUrl=url).get("Tags", {})
        if gone := sorted(present.keys() - tags.keys()):
            client.untag_queue(QueueUrl=url, TagKeys=gone)
        if tags:
            client.tag_queue(QueueUrl=url, Tags=tags)


def _delete_queue(cloud: Cloud, url: str, _state: Values) -> None:
    found(lambda: cloud.client("sqs").delete_queue(QueueUrl=url), *ABSENT)


POLICY = {
    "queueUrl": Field(replaces=True),
    "policy": Field("Policy", alike=policy_meaning, send=document_text),
}


def _create_policy(cloud: Cloud, inputs: Values) -> str:
    _update_policy(cloud, inputs["queueUrl"], inputs, frozenset())
    return inputs["queueUrl"]


def _read_policy(cloud: Cloud, url: str) -> dict[str, Any] | None:
    policy = (_attributes(cloud, url) or {}).get("Policy")
    return {"queueUrl": url, "policy": policy} if policy else None


def _update_policy(cloud: Cloud, url: str, inputs: Values, _changed: frozenset[str]) -> None:
    attributes = to_aws(POLICY, inputs)
    cloud.when_ready(
        "sqs",
        lambda: cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes),
        "Invalid value for the parameter Policy",
    )


def _delete_policy(cloud: Cloud, url: str, _state: Values) -> None:
    client = cloud.client("sqs")
    found(lambda: client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""}), *ABSENT)


TYPES = (
    ResourceType(
        declared=sqs.Queue,
        fields=QUEUE,
        service="sqs",
        name="name",
        create=_create_queue,
        read=_read_queue,
        update=_update_queue,
        delete=_delete_queue,
    ),
    ResourceType(
        declared=sqs.QueuePolicy,
        fields=POLICY,
        service="sqs",
        create=_create_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
    ),
)
