"""SQS: limits of values that its model does not state."""

import re
from collections.abc import Callable, Sequence

from local.aws_api.constraint import Constraint, Members
from local.aws_api.xml_text import unwritable
from local.services.sqs import attribute_constraints, message_constraints

_API = "AWSSimpleQueueService/latest/APIReference/API_"
_MESSAGE = "AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"
_SETTING = ("CreateQueue", "SetQueueAttributes")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|(?=.{6,80}$)[A-Za-z0-9_-]+\.fifo", re.ASCII)
_RANGES = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
_LARGEST_MESSAGE = 1_048_576
_BATCHES = ("ChangeMessageVisibilityBatch", "DeleteMessageBatch", "SendMessageBatch")


def _attribute_range(members: Members) -> str | None:
    for name, value in (members.get("Attributes") or {}).items():
        low, high = _RANGES.get(name, (None, None))
        if low is None or high is None:
            continue
        if not re.fullmatch(r"[0-9]{1,9}", str(value)) or not low <= int(value) <= high:
            return f"Invalid value for the parameter {name}."
    return None


def _two_encryptions(members: Members) -> str | None:
    attributes = members.get("Attributes") or {}
    if attributes.get("KmsMasterKeyId") and attributes.get("SqsManagedSseEnabled") == "true":
        return (
            "You can use one type of server-side encryption (SSE) at one time. You can either "
            "enable KMS SSE or SQS SSE."
        )
    return None


def _name(members: Members) -> str | None:
    if _NAME.fullmatch(str(members.get("QueueName", ""))):
        return None
    return "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"


def _fifo(members: Members) -> str | None:
    is_fifo = (members.get("Attributes") or {}).get("FifoQueue") == "true"
    if is_fifo == str(members.get("QueueName")).endswith(".fifo"):
        return None
    return "The name of a FIFO queue can only end with the .fifo suffix, and FifoQueue must be true"


def _bounds(name: str, low: int, high: int) -> Callable[[Members], str | None]:
    def broken(members: Members) -> str | None:
        value = members.get(name)
        if not isinstance(value, int) or low <= value <= high:
            return None
        return (
            f"Value {value} for parameter {name} is invalid. Reason: Must be between {low} and "
            f"{high}, if provided."
        )

    return broken


def _empty_batch(members: Members) -> str | None:
    if members.get("Entries"):
        return None
    return "There should be at least one SendMessageBatchRequestEntry in the request."


def _long_batch(members: Members) -> str | None:
    count = len(members.get("Entries") or ())
    if count <= 10:
        return None
    return f"Maximum number of entries per request are 10. You have sent {count}."


def _long_message(members: Members) -> str | None:
    bodies = [members, *(members.get("Entries") or ())]
    length = sum(len(str(one.get("MessageBody", "")).encode()) for one in bodies)
    if length <= _LARGEST_MESSAGE:
        return None
    return (
        f"One or more parameters are invalid. Reason: Message must be shorter than "
        f"{_LARGEST_MESSAGE} bytes."
    )


def _empty_message(members: Members) -> str | None:
    if "Entries" not in members:
        missing = [""] if not members.get("MessageBody") else []
    else:
        entries = enumerate(members["Entries"], 1)
        missing = [
            f"SendMessageBatchRequestEntry.{number}."
            for number, entry in entries
            if not entry.get("MessageBody")
        ]
    return f"The request must contain the parameter {missing[0]}MessageBody." if missing else None


def _characters(members: Members) -> str | None:
    for entry in [members, *(members.get("Entries") or ())]:
        attributes = entry.get("MessageAttributes") or {}
        values = [one.get("StringValue") for one in attributes.values()]
        for text in [entry.get("MessageBody"), *values]:
            if text and (found := unwritable(text)):
                return (
                    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | "
                    "#x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF, found "
                    f"#x{ord(found):X}"
                )
    return None


CONSTRAINTS: Sequence[Constraint] = (
    *attribute_constraints.CONSTRAINTS,
    *message_constraints.CONSTRAINTS,
    Constraint(
        "sqs",
        _SETTING,
        "Attributes",
        "; ".join(f"{name} {low} to {high}" for name, (low, high) in _RANGES.items()),
        "InvalidAttributeValue",
        f"{_API}SetQueueAttributes.html",
        _attribute_range,
    ),
    Constraint(
        "sqs",
        _SETTING,
        "Attributes.KmsMasterKeyId, SqsManagedSseEnabled",
        "one of both",
        "InvalidAttributeValue",
        f"{_API}SetQueueAttributes.html",
        _two_encryptions,
    ),
    Constraint(
        "sqs",
        ("CreateQueue",),
        "QueueName",
        "1 to 80 letters, digits, - and _; FIFO with .fifo",
        "InvalidParameterValue",
        f"{_API}CreateQueue.html",
        _name,
    ),
    Constraint(
        "sqs",
        ("CreateQueue",),
        "QueueName, Attributes.FifoQueue",
        "`.fifo` and true, or neither",
        "InvalidParameterValue",
        f"{_API}CreateQueue.html",
        _fifo,
    ),
    Constraint(
        "sqs",
        ("ReceiveMessage",),
        "MaxNumberOfMessages",
        "1 to 10",
        "InvalidParameterValue",
        f"{_API}ReceiveMessage.html",
        _bounds("MaxNumberOfMessages", 1, 10),
    ),
    Constraint(
        "sqs",
        ("ReceiveMessage",),
        "WaitTimeSeconds",
        "0 to 20",
        "InvalidParameterValue",
        f"{_API}ReceiveMessage.html",
        _bounds("WaitTimeSeconds", 0, 20),
    ),
    Constraint(
        "sqs",
        ("ChangeMessageVisibility", "ReceiveMessage"),
        "VisibilityTimeout",
        "0 to 43200",
        "InvalidParameterValue",
        f"{_API}ChangeMessageVisibility.html",
        _bounds("VisibilityTimeout", 0, 43_200),
    ),
    Constraint(
        "sqs",
        ("SendMessage",),
        "DelaySeconds",
        "0 to 900",
        "InvalidParameterValue",
        f"{_API}SendMessage.html",
        _bounds("DelaySeconds", 0, 900),
    ),
    Constraint(
        "sqs",
        _BATCHES,
        "Entries",
        "at least one",
        "AWS.SimpleQueueService.EmptyBatchRequest",
        f"{_API}SendMessageBatch.html",
        _empty_batch,
    ),
    Constraint(
        "sqs",
        _BATCHES,
        "Entries",
        "10 at most",
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        f"{_API}SendMessageBatch.html",
        _long_batch,
    ),
    Constraint(
        "sqs",
        ("SendMessage", "SendMessageBatch"),
        "MessageBody",
        "1 MiB, of a batch in all",
        "InvalidParameterValue",
        _MESSAGE,
        _long_message,
    ),
    Constraint(
        "sqs",
        ("SendMessage", "SendMessageBatch"),
        "MessageBody",
        "1 character at least",
        "MissingParameter",
        f"{_API}SendMessage.html",
        _empty_message,
    ),
    Constraint(
        "sqs",
        ("SendMessage", "SendMessageBatch"),
        "MessageBody, MessageAttributes",
        "characters of XML 1.0",
        "InvalidMessageContents",
        f"{_API}SendMessage.html",
        _characters,
    ),
)
