"""Reader of Strands agents' spans, in split and in unified delivery.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-strands.html.
Both deliveries are first brought to the same list of messages. Chat and event-loop spans are not
read: of several messages of one role the split delivery keeps only the last, so their history has
holes; an agent span carries its turn's prompt and answer whole.
"""

import json
from collections.abc import Iterator
from typing import Any

from local.services.agentcore.conversation import ToolCall
from local.services.agentcore.frameworks.event_records import listed
from local.services.agentcore.frameworks.framework import (
    AgentCall,
    missing_record,
    tools_on_offer,
    unmapped_tool,
)
from local.services.agentcore.frameworks.text import parsed
from local.services.agentcore.records import EventRecord, Span

SCOPES = ("strands.telemetry.tracer", "strands-agents")

_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.tool.message": "tool",
    "gen_ai.choice": "choice",
}


def read(span: Span, record: EventRecord | None) -> AgentCall | ToolCall | None:
    """Return what an agent or tool span says; raises SessionError where its text is missing."""
    operation = span.attributes.get("gen_ai.operation.name")
    if operation == "invoke_agent":
        return _agent_call(span, _messages(span, record))
    return _tool_call(span, _messages(span, record)) if operation == "execute_tool" else None


def _agent_call(span: Span, messages: list[tuple[str, Any]]) -> AgentCall:
    answer = _last(messages, "choice")
    return AgentCall(
        span,
        _blocks_text(_last(messages, "user")) or "",
        answer.strip() if isinstance(answer, str) else "",
        _blocks_text(_last(messages, "system")) or "",
        tools_on_offer(span),
    )


def _tool_call(span: Span, messages: list[tuple[str, Any]]) -> ToolCall:
    arguments = _last(messages, "tool")
    result = _blocks_text(_last(messages, "choice"))
    if not result:
        raise unmapped_tool(span)
    text = arguments if isinstance(arguments, str) else ""
    return ToolCall(
        span.span_id,
        str(span.attributes.get("gen_ai.tool.name") or span.name.removeprefix("execute_tool ")),
        str(span.attributes.get("gen_ai.tool.description") or ""),
        parsed(text),
        text,
        result,
        span.failed or span.attributes.get("gen_ai.tool.status") == "error",
        span.start,
    )


def _messages(span: Span, record: EventRecord | None) -> list[tuple[str, Any]]:
    """Return (role, content) pairs from the span's own events, else from its event record."""
    own = list(_own_messages(span))
    # The newest conventions put everything into one event, of another name, which users report as
    # not readable (https://github.com/aws/agentcore-cli/issues/1427).
    if own or any(str(event.get("name")).startswith("gen_ai.") for event in span.events):
        return own
    if record is None:
        raise missing_record(span)
    return list(_record_messages(record))


def _own_messages(span: Span) -> Iterator[tuple[str, Any]]:
    for event in span.events:
        role, attributes = _ROLES.get(str(event.get("name"))), event.get("attributes")
        if role and isinstance(attributes, dict):
            yield role, attributes.get("message" if role == "choice" else "content")


def _record_messages(record: EventRecord) -> Iterator[tuple[str, Any]]:
    for side in ("input", "output"):
        for message in listed(record, side):
            content = message.get("content")
            if side == "input":
                inner = content.get("content") if isinstance(content, dict) else content
                yield str(message.get("role")), inner
            elif isinstance(content, dict) and "message" in content:
                # Earlier answers come as content.content; only the new one as content.message.
                yield "choice", content["message"]


def _last(messages: list[tuple[str, Any]], role: str) -> Any:
    return next((content for found, content in reversed(messages) if found == role), None)


def _blocks_text(content: Any) -> str | None:
    """Return the text of a JSON list of content blocks, or a bare string as it is."""
    blocks = parsed(content) if isinstance(content, str) else content
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return content.strip() if isinstance(content, str) else None
    parts: list[str] = []
    for block in blocks:
        if isinstance(block.get("text"), str):
            parts.append(block["text"])
        elif "json" in block:
            parts.append(json.dumps(block["json"], ensure_ascii=False))
    return "\n".join(parts).strip() or None
