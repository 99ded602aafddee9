"""The interface of readers of a framework's spans.

A framework differs from another in how its spans are classified, where their text lies and how that
text is wrapped; `Framework` holds these as data. A source returns the messages that one place of a
span holds; the first source that holds any is read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from local.services.agentcore.conversation import SessionError, ToolCall
from local.services.agentcore.frameworks.text import parsed
from local.services.agentcore.records import EventRecord, Span

Kind = Literal["agent", "tool", "model"]
# A role, in the framework's own word, and a text.
Message = tuple[str, str]
Source = Callable[[Span, EventRecord | None], list[Message]]
Pick = Callable[[list[Message]], str | None]


@dataclass(frozen=True)
class AgentCall:
    """What an agent span says. None: the span carries no such text; empty: it carries none to read.

    complete: its text was found somewhere, on the span or in its event record.
    """

    span: Span
    prompt: str | None
    answer: str | None
    system: str = ""
    tools_on_offer: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True)
class ModelCall:
    """What an inference span says; read where the agent spans of a trace are mere containers."""

    span: Span
    prompt: str | None
    answer: str | None
    system: str
    tools_on_offer: tuple[str, ...]
    complete: bool


Call = AgentCall | ModelCall | ToolCall


class Reader(Protocol):
    """Reads the spans of the scopes that it is registered for."""

    def read(self, span: Span, record: EventRecord | None, /) -> Call | None:
        """Return what a span says, None for what evaluations pass over; raises SessionError."""
        ...


def last_text(role: str) -> Pick:
    """Return a function that picks the last message of a role that holds text.

    Requests for tools hold none.
    """

    def pick(messages: list[Message]) -> str | None:
        return next((text for one, text in reversed(messages) if one == role and text), None)

    return pick


last_user_text = last_text("user")
last_assistant_text = last_text("assistant")


def last(messages: list[Message]) -> str | None:
    """Return the last text, whatever its role."""
    return messages[-1][1] if messages else None


def unchanged(text: str) -> str:
    return text


def _none(_: str) -> None:
    return None


def _no(_: str) -> bool:
    return False


def tools_on_offer(span: Span) -> tuple[str, ...]:
    """Return the names of the tools that a span lists, in the forms that instrumentations use."""
    for name in ("gen_ai.agent.tools", "open_ai.agent.tools", "gen_ai.tool.definitions"):
        value = span.attributes.get(name)
        entries = parsed(value) if isinstance(value, str) else value
        if isinstance(entries, list):
            return tuple(found for one in entries if (found := tool_name(one)))
    schemas = {
        name: value
        for name, value in span.attributes.items()
        if name.startswith("llm.tools.") and name.endswith(".json_schema")
    }
    found = (tool_name(parsed(str(schemas[name]))) for name in sorted(schemas))
    return tuple(name for name in found if name)


def tool_name(definition: Any) -> str | None:
    """Return the name in a tool's definition: a bare name, `{name}` or `{function: {name}}`."""
    if isinstance(definition, str):
        return definition
    if not isinstance(definition, Mapping):
        return None
    inner = definition.get("function")
    name = (inner if isinstance(inner, Mapping) else definition).get("name")
    return name if isinstance(name, str) else None


@dataclass(frozen=True)
class Framework:
    """A reader made of where a framework's text lies (sources) and how it is wrapped (picks).

    agent_input, agent_output: left out for frameworks whose agent spans are containers.
    """

    scopes: tuple[str, ...]
    classify: Callable[[Span], Kind | None]
    model_input: tuple[Source, ...]
    model_output: tuple[Source, ...]
    tool_input: tuple[Source, ...]
    tool_output: tuple[Source, ...]
    agent_input: tuple[Source, ...] = ()
    agent_output: tuple[Source, ...] = ()
    prompt: Pick = last_user_text
    answer: Pick = last_assistant_text
    model_prompt: Pick = last_user_text
    model_answer: Pick = last_assistant_text
    arguments: Callable[[str], str] = unchanged
    result: Callable[[str], str | None] = unchanged
    tool_names: tuple[str, ...] = ("gen_ai.tool.name", "tool.name", "traceloop.entity.name")
    name_in_result: Callable[[str], str | None] = _none
    says_error: Callable[[str], bool] = _no
    offered: Callable[[Span], tuple[str, ...]] = tools_on_offer

    def read(self, span: Span, record: EventRecord | None) -> Call | None:
        """Return what a span says; raises SessionError for a tool span without a result."""
        kind = self.classify(span)
        if kind == "agent":
            return self._agent_call(span, record)
        if kind == "model":
            return self._model_call(span, record)
        return self._tool_call(span, record) if kind == "tool" else None

    def _agent_call(self, span: Span, record: EventRecord | None) -> AgentCall:
        asked, answered = (
            _first(sources, span, record) for sources in (self.agent_input, self.agent_output)
        )
        return AgentCall(
            span,
            _stripped(self.prompt(asked)),
            _stripped(self.answer(answered)),
            _system(span, asked),
            self.offered(span),
            bool(asked or answered) or not (self.agent_input or self.agent_output),
        )

    def _model_call(self, span: Span, record: EventRecord | None) -> ModelCall:
        asked, answered = (
            _first(sources, span, record) for sources in (self.model_input, self.model_output)
        )
        return ModelCall(
            span,
            _stripped(self.model_prompt(asked)),
            _stripped(self.model_answer(answered)),
            _system(span, asked),
            self.offered(span),
            bool(asked or answered),
        )

    def _tool_call(self, span: Span, record: EventRecord | None) -> ToolCall:
        given, returned = (
            _first(sources, span, record) for sources in (self.tool_input, self.tool_output)
        )
        if not given and not returned and record is None:
            raise missing_record(span)
        text = self.arguments(last(given) or "")
        output = last(returned) or ""
        result = self.result(output)
        if not result or not result.strip():
            raise unmapped_tool(span)
        return ToolCall(
            span.span_id,
            self._tool_name(span, output),
            str(span.attributes.get("gen_ai.tool.description") or "")
            or str(span.attributes.get("tool.description") or ""),
            parsed(text),
            text,
            result.strip(),
            span.failed or self.says_error(output),
            span.start,
        )

    def _tool_name(self, span: Span, output: str) -> str:
        named = (span.attributes.get(name) for name in self.tool_names)
        return self.name_in_result(output) or str(next(filter(None, named), span.name))


def _first(sources: tuple[Source, ...], span: Span, record: EventRecord | None) -> list[Message]:
    return next((found for source in sources if (found := source(span, record))), [])


def _stripped(text: str | None) -> str | None:
    return None if text is None else text.strip()


def _system(span: Span, asked: list[Message]) -> str:
    given = span.attributes.get("gen_ai.system_instructions")
    if isinstance(given, str) and given:
        parts = parsed(given)
        texts = [one.get("content") for one in parts] if _objects(parts) else [given]
        return "\n".join(text for text in texts if isinstance(text, str))
    return next((text for role, text in asked if role == "system"), "")


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def missing_record(span: Span) -> SessionError:
    """Return the error for a span whose text lies in an event record that is not there."""
    return SessionError(
        "LogEventMissingException",
        f"Session span data is incomplete. Span with ID: {span.span_id} and name: {span.name} is "
        "missing a corresponding log event.",
    )


def unmapped_agent(span: Span, value: str) -> SessionError:
    """Return the error for an agent span without a prompt (user_query) or an answer."""
    return SessionError(
        "AgentSpanMappingException",
        f"Failed to parse {value} from agent-span with spanId: {span.span_id} and scope: "
        f"{span.scope}",
    )


def unmapped_tool(span: Span) -> SessionError:
    return SessionError(
        "ToolSpanMappingException",
        f"Failed to parse tool_output from tool-span with spanId: {span.span_id} and scope: "
        f"{span.scope}",
    )
