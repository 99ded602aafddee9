"""SQS: principals in queue policies, and dead-letter queues."""

import json
from collections.abc import Sequence
from typing import Any

from local.aws_api.request_context import RequestContext
from local.aws_api.request_parsing import queue_of
from local.services.account import Account
from local.services.reference import Members, Reference, wrong_principal

_API = "AWSSimpleQueueService/latest/APIReference/API_"
_SETTING = ("CreateQueue", "SetQueueAttributes")


def _policy(call: RequestContext, members: Members, account: Account) -> str | None:
    document = (members.get("Attributes") or {}).get("Policy")
    if document and wrong_principal(document, account):
        return "Invalid value for the parameter Policy."
    return None


def _dead_letters(call: RequestContext, members: Members, account: Account) -> str | None:
    text = (members.get("Attributes") or {}).get("RedrivePolicy")
    if not text:
        return None
    try:
        policy: Any = json.loads(text)
        target, most = str(policy["deadLetterTargetArn"]), int(policy["maxReceiveCount"])
    except (KeyError, TypeError, ValueError):
        return (
            f"Value {text} for parameter RedrivePolicy is invalid. Reason: Redrive policy is not a "
            "valid JSON map."
        )
    if not 1 <= most <= 1000:
        reason = "Invalid value for maxReceiveCount: expected 1 to 1000."
    elif not account.queue_exists(target):
        reason = "Dead letter target does not exist."
    elif target.endswith(".fifo") != _name(members).endswith(".fifo"):
        reason = "Dead letter target must be same type of queue as the source."
    else:
        return None
    return f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}"


def _name(members: Members) -> str:
    queue = queue_of(members.get("QueueUrl"))
    return queue[1] if queue else str(members.get("QueueName"))


REFERENCES: Sequence[Reference] = (
    Reference(
        "sqs",
        _SETTING,
        "Principal of the queue policy",
        "exists",
        "InvalidAttributeValue",
        "Invalid value for the parameter Policy.",
        f"{_API}SetQueueAttributes.html",
        _policy,
    ),
    Reference(
        "sqs",
        _SETTING,
        "RedrivePolicy.deadLetterTargetArn",
        "exists, and is FIFO where the queue is",
        "InvalidParameterValue",
        "for parameter RedrivePolicy is invalid. Reason: Dead letter target",
        f"{_API}SetQueueAttributes.html",
        _dead_letters,
    ),
    Reference(
        "sqs",
        ("ReceiveMessage", "SendMessage", "SendMessageBatch"),
        "KmsMasterKeyId of the queue (not checked when it is set)",
        "exists, is enabled, and lets the caller in",
        "KMS.AccessDeniedException",
        "kms:GenerateDataKey",
        "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    ),
)
