"""OpenTelemetry's conventions for generative AI, with the older ones of Traceloop.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-generic.html has
the attributes and the order in which they are looked up.
"""

from typing import Any, Literal

from local.services.agentcore.frameworks import event_records
from local.services.agentcore.frameworks.framework import Framework, Kind, Message, Source
from local.services.agentcore.frameworks.text import content_text, dumped, parsed
from local.services.agentcore.records import EventRecord, Span

_OPERATIONS: dict[str, Kind] = {"invoke_agent": "agent", "execute_tool": "tool", "chat": "model"}
_TRACELOOP_KINDS: dict[str, Kind] = {"workflow": "agent", "tool": "tool"}


def kind(span: Span) -> Kind | None:
    """Classify a span by its operation, by Traceloop's kind where it names none."""
    operation = span.attributes.get("gen_ai.operation.name")
    if operation:
        return _OPERATIONS.get(str(operation))
    return traceloop_kind(span)


def traceloop_kind(span: Span) -> Kind | None:
    found = _TRACELOOP_KINDS.get(str(span.attributes.get("traceloop.span.kind")))
    return found or ("model" if span.attributes.get("llm.request.type") == "chat" else None)


def attribute(name: str, role: str) -> Source:
    """Return the source that reads one attribute as one message, as it is serialized."""

    def source(span: Span, _: EventRecord | None) -> list[Message]:
        value = span.attributes.get(name)
        return [] if value is None or value == "" else [(role, dumped(value))]

    return source


def parts(name: str, role: str) -> Source:
    """Return the source that reads the messages of an attribute in OpenTelemetry's parts."""

    def source(span: Span, _: EventRecord | None) -> list[Message]:
        value = span.attributes.get(name)
        return part_messages(parsed(value) if isinstance(value, str) else value, role)

    return source


def part_messages(value: Any, role: str) -> list[Message]:
    """Return the messages of `[{role, parts}]`, or of `{system, messages}` as the AI SDK has it."""
    if isinstance(value, dict):
        system = value.get("system")
        first = [("system", content_text(system))] if system else []
        return [*first, *part_messages(value.get("messages"), role)]
    if not isinstance(value, list):
        return []
    return [
        (str(one.get("role") or role), content_text(one.get("parts", one.get("content"))))
        for one in value
        if isinstance(one, dict)
    ]


def record_parts(side: Literal["input", "output"]) -> Source:
    """Return the source that reads parts out of the contents of an event record."""
    contents = event_records.record_side(side)

    def source(span: Span, record: EventRecord | None) -> list[Message]:
        return [one for role, text in contents(span, record) for one in _unpacked(role, text)]

    return source


def _unpacked(role: str, text: str) -> list[Message]:
    value = parsed(text)
    if isinstance(value, dict) and "messages" in value:
        return part_messages(value, role)
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        whole = any("role" in one for one in value)
        return part_messages(value, role) if whole else [(role, content_text(value))]
    return [(role, text)]


MESSAGES_IN = (parts("gen_ai.input.messages", "user"), record_parts("input"))
MESSAGES_OUT = (parts("gen_ai.output.messages", "assistant"), record_parts("output"))
TASK_IN = attribute("gen_ai.task.input", "user")
TASK_OUT = attribute("gen_ai.task.output", "assistant")
ENTITY_IN = attribute("traceloop.entity.input", "user")
ENTITY_OUT = attribute("traceloop.entity.output", "assistant")
TOOL_IN = (attribute("gen_ai.tool.call.arguments", "user"), event_records.INPUT, ENTITY_IN)
TOOL_OUT = (attribute("gen_ai.tool.call.result", "tool"), event_records.OUTPUT, ENTITY_OUT)


def convention(*scopes: str) -> Framework:
    """Return the reader of instrumentations that follow the conventions to the letter."""
    return Framework(
        scopes=scopes,
        classify=kind,
        agent_input=MESSAGES_IN,
        agent_output=MESSAGES_OUT,
        model_input=MESSAGES_IN,
        model_output=MESSAGES_OUT,
        tool_input=TOOL_IN,
        tool_output=TOOL_OUT,
    )
