"""SQS: the attributes of queues, which ones a kind of queue has and the values that each takes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.aws_api.constraint import Constraint, Members
from local.aws_api.request_parsing import queue_of

_API = "AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"
_SETTING = ("CreateQueue", "SetQueueAttributes")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "ContentBasedDeduplication": ("true", "false"),
    "DeduplicationScope": ("messageGroup", "queue"),
    "FifoQueue": ("true",),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
    "SqsManagedSseEnabled": ("true", "false"),
}
_OF_FIFO = frozenset(
    {"ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit"}
)
_SETTABLE = frozenset(
    {"DelaySeconds", "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "MaximumMessageSize"}
    | {"MessageRetentionPeriod", "Policy", "ReceiveMessageWaitTimeSeconds", "RedriveAllowPolicy"}
    | {"RedrivePolicy", "VisibilityTimeout"}
    | _CHOICES.keys()
)
_PERMISSIONS = ("allowAll", "denyAll", "byQueue")
_MOST_SOURCES = 10


def _attributes(members: Members) -> Mapping[str, str]:
    return members.get("Attributes") or {}


def _unknown(members: Members) -> str | None:
    """An attribute that the queue's kind does not have; CreateQueue says its kind by the name."""
    queue = queue_of(members.get("QueueUrl"))
    name = queue[1] if queue else str(members.get("QueueName"))
    known = _SETTABLE if name.endswith(".fifo") else _SETTABLE - _OF_FIFO
    # The kind of a queue does not change; a new name that contradicts it is refused for that.
    known = known - {"FifoQueue"} if queue else known | {"FifoQueue"}
    found = sorted(_attributes(members).keys() - known)
    return f"Unknown Attribute {found[0]}." if found else None


def _choice(members: Members) -> str | None:
    for name, value in _attributes(members).items():
        # On a standard queue FifoQueue is an attribute that it does not have.
        if name in _CHOICES and value not in _CHOICES[name] and name != "FifoQueue":
            return f"Invalid value for the parameter {name}."
    return None


def _throughput(members: Members) -> str | None:
    given = _attributes(members)
    # A queue is made with the scope `queue`; one that is there keeps the scope that it has.
    scope = given.get("DeduplicationScope", "queue" if "QueueName" in members else None)
    if given.get("FifoThroughputLimit") == "perMessageGroupId" and scope == "queue":
        return (
            "Invalid value for the parameter FifoThroughputLimit. Reason: The perMessageGroupId "
            "value is allowed only when the value for DeduplicationScope is messageGroup."
        )
    return None


def _sources(members: Members) -> str | None:
    text = _attributes(members).get("RedriveAllowPolicy")
    if not text or _is_redrive_allow_policy(text):
        return None
    return (
        f"Value {text} for parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS expects "
        f"redrivePermission {', '.join(_PERMISSIONS)}, and with byQueue 1 to {_MOST_SOURCES} "
        "sourceQueueArns."
    )


def _is_redrive_allow_policy(text: str) -> bool:
    try:
        policy: Any = json.loads(text)
    except ValueError:
        return False
    if not isinstance(policy, dict) or policy.get("redrivePermission") not in _PERMISSIONS:
        return False
    if policy.keys() - {"redrivePermission", "sourceQueueArns"}:
        return False
    sources = policy.get("sourceQueueArns")
    if policy["redrivePermission"] != "byQueue":
        return sources is None
    if not isinstance(sources, list) or not 1 <= len(sources) <= _MOST_SOURCES:
        return False
    return all(isinstance(one, str) and one.split(":")[2:3] == ["sqs"] for one in sources)


CONSTRAINTS: Sequence[Constraint] = (
    Constraint(
        "sqs",
        _SETTING,
        "Attributes",
        f"those of the queue's kind: {', '.join(sorted(_OF_FIFO))} of FIFO queues only",
        "InvalidAttributeName",
        _API,
        _unknown,
    ),
    Constraint(
        "sqs",
        _SETTING,
        "Attributes",
        "; ".join(f"{name} {' or '.join(values)}" for name, values in _CHOICES.items()),
        "InvalidAttributeValue",
        _API,
        _choice,
    ),
    Constraint(
        "sqs",
        _SETTING,
        "Attributes.FifoThroughputLimit",
        "perMessageGroupId with DeduplicationScope messageGroup only",
        "InvalidAttributeValue",
        _API,
        _throughput,
    ),
    Constraint(
        "sqs",
        _SETTING,
        "Attributes.RedriveAllowPolicy",
        "JSON with redrivePermission allowAll, denyAll or byQueue, and 1 to 10 sourceQueueArns "
        "with byQueue",
        "InvalidParameterValue",
        _API,
        _sources,
    ),
)
