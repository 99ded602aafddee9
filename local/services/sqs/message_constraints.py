"""SQS: what messages and their attributes may be, by the kind of queue."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from local.aws_api.constraint import Constraint, Members
from local.aws_api.request_parsing import queue_of

_SENDING = ("SendMessage", "SendMessageBatch")
_API = "AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"
_ATTRIBUTES = "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"
_MOST_ATTRIBUTES = 10
_NAME = re.compile(r"(?!aws\.|amazon\.)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)


def _entries(members: Members) -> Iterator[Members]:
    yield members
    yield from members.get("Entries") or ()


def _attributes(members: Members) -> Iterator[dict[str, Any]]:
    for entry in _entries(members):
        yield entry.get("MessageAttributes") or {}


def _too_many(members: Members) -> str | None:
    for attributes in _attributes(members):
        if len(attributes) > _MOST_ATTRIBUTES:
            return (
                f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
                f"[{_MOST_ATTRIBUTES}]."
            )
    return None


def _name(members: Members) -> str | None:
    for attributes in _attributes(members):
        for name in attributes:
            if len(name) > 256 or not _NAME.fullmatch(name):
                return (
                    f"The message attribute name '{name:.80}' is invalid: expected letters, "
                    "digits, _, - and single periods, 256 at most, not beginning with AWS. or "
                    "Amazon."
                )
    return None


def _number(members: Members) -> str | None:
    for attributes in _attributes(members):
        for name, value in attributes.items():
            is_number = str(value.get("DataType")).partition(".")[0] == "Number"
            if is_number and not _NUMBER.fullmatch(str(value.get("StringValue"))):
                return f"Can't cast the value of message (user) attribute '{name}' to a number."
    return None


def _other_kind(members: Members) -> str | None:
    queue = queue_of(members.get("QueueUrl"))
    is_fifo = queue is not None and queue[1].endswith(".fifo")
    parameter = "DelaySeconds" if is_fifo else "MessageDeduplicationId"
    for entry in _entries(members):
        if value := entry.get(parameter):
            return (
                f"Value {value} for parameter {parameter} is invalid. Reason: The request "
                "include parameter that is not valid for this queue type."
            )
    return None


CONSTRAINTS: Sequence[Constraint] = (
    Constraint(
        "sqs",
        _SENDING,
        "MessageAttributes",
        f"{_MOST_ATTRIBUTES} at most",
        "InvalidParameterValue",
        _ATTRIBUTES,
        _too_many,
    ),
    Constraint(
        "sqs",
        _SENDING,
        "MessageAttributes",
        "names of 256 letters, digits, _, - and single periods, without AWS. or Amazon. in front",
        "InvalidParameterValue",
        _ATTRIBUTES,
        _name,
    ),
    Constraint(
        "sqs",
        _SENDING,
        "MessageAttributes",
        "numbers of type Number",
        "InvalidParameterValue",
        _ATTRIBUTES,
        _number,
    ),
    Constraint(
        "sqs",
        _SENDING,
        "DelaySeconds, MessageDeduplicationId",
        "no delay of one message in a FIFO queue, no deduplication in a standard queue",
        "InvalidParameterValue",
        _API,
        _other_kind,
    ),
)
