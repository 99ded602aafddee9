"""The messages of an event record: the text of one span in split delivery.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-telemetry.html
"""

from collections.abc import Iterator
from typing import Any, Literal

from local.services.agentcore.conversation import SessionError
from local.services.agentcore.frameworks.framework import Message, Source
from local.services.agentcore.frameworks.text import dumped
from local.services.agentcore.records import EventRecord, Span

_ROLES = {"input": "user", "output": "assistant"}


def record_side(side: Literal["input", "output"]) -> Source:
    """Return the source that reads one side of a span's event record.

    Contents stay as they are serialized; a message without a role has the role of its side.
    """

    def source(_: Span, record: EventRecord | None) -> list[Message]:
        return [] if record is None else list(_messages(record, side))

    return source


INPUT = record_side("input")
OUTPUT = record_side("output")


def _messages(record: EventRecord, side: str) -> Iterator[Message]:
    for message in listed(record, side):
        content = message.get("content")
        if isinstance(content, dict):
            content = content.get("message", content.get("content"))
        if content is not None:
            yield str(message.get("role") or _ROLES[side]), dumped(content)


def listed(record: EventRecord, side: str) -> list[dict[str, Any]]:
    """Return the message objects of one side; raises SessionError for a body of another shape."""
    body = record.body
    if not isinstance(body, dict) or not (body.get("input") or body.get("output")):
        raise unparsed(record.span_id)
    part: Any = body.get(side) or {}
    messages = part.get("messages", []) if isinstance(part, dict) else None
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise unparsed(record.span_id)
    return messages


def unparsed(span_id: str) -> SessionError:
    """Return the error for a text that is nested too deeply or has another shape."""
    return SessionError(
        "SpanEventParsingException",
        f"Failed to parse event body for span with ID: {span_id}",
    )
