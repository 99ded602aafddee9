"""What the spans of Strands agents say, in split and in unified delivery.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/evaluations-supported-frameworks.html.
Both deliveries are first brought to the same list of messages. Chat and event-loop spans are not
read: of several messages of one role the split delivery keeps only the last, so their history has
holes; an agent span carries its turn's prompt and answer whole.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from local.evaluation.conversation import SessionError, ToolCall
from local.evaluation.records import EventRecord, Span

SCOPES = frozenset({"strands.telemetry.tracer", "strands-agents"})

_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.tool.message": "tool",
    "gen_ai.choice": "choice",
}


@dataclass(frozen=True)
class AgentCall:
    """What one agent span says."""

    span_id: str
    prompt: str
    answer: str
    system: str
    tools_on_offer: tuple[str, ...]
    start: int
    end: int


def kind(span: Span) -> Literal["agent", "tool"] | None:
    """Return what a span stands for; None for what evaluations do not read."""
    operation = span.attributes.get("gen_ai.operation.name")
    if operation == "invoke_agent":
        return "agent"
    return "tool" if operation == "execute_tool" else None


def agent_call(span: Span, record: EventRecord | None) -> AgentCall:
    """Read an agent span; raises SessionError when prompt or answer is missing."""
    messages = _messages(span, record)
    prompt = _blocks_text(_last(messages, "user"))
    if not prompt:
        raise _unmapped("AgentSpanMappingException", "user_query", span)
    answer = _last(messages, "choice")
    if not isinstance(answer, str) or not answer.strip():
        raise _unmapped("AgentSpanMappingException", "agent_response", span)
    return AgentCall(
        span.span_id,
        prompt,
        answer.strip(),
        _blocks_text(_last(messages, "system")) or "",
        _tool_names(span.attributes.get("gen_ai.agent.tools")),
        span.start,
        span.end,
    )


def tool_call(span: Span, record: EventRecord | None) -> ToolCall:
    """Read a tool span; raises SessionError when the tool's result is missing."""
    messages = _messages(span, record)
    arguments = _last(messages, "tool")
    result = _blocks_text(_last(messages, "choice"))
    if not result:
        raise _unmapped("ToolSpanMappingException", "tool_output", span)
    text = arguments if isinstance(arguments, str) else ""
    return ToolCall(
        span.span_id,
        str(span.attributes.get("gen_ai.tool.name") or span.name.removeprefix("execute_tool ")),
        str(span.attributes.get("gen_ai.tool.description") or ""),
        _parsed(text),
        text,
        result,
        span.failed or span.attributes.get("gen_ai.tool.status") == "error",
        span.start,
    )


def _messages(span: Span, record: EventRecord | None) -> list[tuple[str, Any]]:
    """Return (role, content) pairs from the span's own events, else from its event record."""
    own = list(_own_messages(span))
    if own:
        return own
    if record is None:
        raise SessionError(
            "LogEventMissingException",
            f"No log event was found for span {span.span_id} ({span.name}): the session's data is "
            "incomplete.",
        )
    return list(_record_messages(record))


def _own_messages(span: Span) -> Iterator[tuple[str, Any]]:
    for event in span.events:
        role, attributes = _ROLES.get(str(event.get("name"))), event.get("attributes")
        if role and isinstance(attributes, dict):
            yield role, attributes.get("message" if role == "choice" else "content")


def _record_messages(record: EventRecord) -> Iterator[tuple[str, Any]]:
    body = record.body
    if not isinstance(body, dict) or not (body.get("input") or body.get("output")):
        raise _unparsed(record)
    for side in ("input", "output"):
        part: Any = body.get(side) or {}
        messages = part.get("messages", []) if isinstance(part, dict) else None
        if not isinstance(messages, list):
            raise _unparsed(record)
        for message in messages:
            if not isinstance(message, dict):
                raise _unparsed(record)
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
    blocks = _parsed(content) if isinstance(content, str) else content
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return content.strip() if isinstance(content, str) else None
    parts: list[str] = []
    for block in blocks:
        if isinstance(block.get("text"), str):
            parts.append(block["text"])
        elif "json" in block:
            parts.append(json.dumps(block["json"], ensure_ascii=False))
    return "\n".join(parts).strip() or None


def _tool_names(value: Any) -> tuple[str, ...]:
    names = _parsed(value) if isinstance(value, str) else value
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _unmapped(error_type: str, missing: str, span: Span) -> SessionError:
    return SessionError(
        error_type, f"Cannot read {missing} from span {span.span_id} of scope {span.scope}."
    )


def _unparsed(record: EventRecord) -> SessionError:
    return SessionError(
        "SpanEventParsingException",
        f"The log event of span {record.span_id} breaks the schema of scope {record.scope}.",
    )
