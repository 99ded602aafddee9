"""Delivery to SQS queues by ARN, as AWS services do for dead letters and destinations."""

from typing import Any

from local.aws_api.caller import Caller
from local.runtime.clients import Services


def send(
    services: Services,
    acting: Caller,
    queue_arn: str,
    body: str,
    attributes: dict[str, str] | None = None,
) -> None:
    """Send one message in the name of `acting`; raises botocore's ClientError when refused."""
    account, name = queue_arn.split(":")[4:6]
    members: dict[str, Any] = {}
    if attributes:
        members["MessageAttributes"] = {
            key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()
        }
    # Built and not looked up: the sender needs sqs:SendMessage only.
    services.client("sqs", acting).send_message(
        QueueUrl=f"{services.address}/{account}/{name}", MessageBody=body, **members
    )
