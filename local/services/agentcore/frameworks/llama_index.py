"""LlamaIndex, under two instrumentation libraries: workflows whose text lies on their children.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-llamaindex.html.
Tool arguments come as `{kwargs}`, results as `{blocks}`, and what a ReAct agent answers follows
`Answer:` after its thoughts.
"""

from typing import Any

from local.services.agentcore.frameworks import event_records, gen_ai, openinference
from local.services.agentcore.frameworks.framework import Framework, Kind, Message
from local.services.agentcore.frameworks.text import content_text, dumped, parsed
from local.services.agentcore.records import Span


def _kind(span: Span) -> Kind | None:
    """Classify a span: of the tasks those are tool calls whose entity's name ends in Tool.task."""
    if span.attributes.get("traceloop.span.kind") != "task":
        return gen_ai.traceloop_kind(span)
    named = str(span.attributes.get("traceloop.entity.name", ""))
    return "tool" if named.endswith("Tool.task") else "model"


def _arguments(text: str) -> str:
    value: Any = parsed(text)
    return dumped(value["kwargs"]) if isinstance(value, dict) and "kwargs" in value else text


def _result(text: str) -> str:
    value: Any = parsed(text)
    blocks = value.get("blocks") if isinstance(value, dict) else None
    return content_text(_texts(blocks)) if isinstance(blocks, list) else text


def _texts(blocks: list[Any]) -> list[Any]:
    return [{"text": one.get("text")} for one in blocks if isinstance(one, dict)]


def _tool_name(output: str) -> str | None:
    value: Any = parsed(output)
    name = value.get("tool_name") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name else None


def _says_error(output: str) -> bool:
    value: Any = parsed(output)
    return isinstance(value, dict) and value.get("is_error") is True


def _answer(text: str) -> str:
    """Return what an agent answers; LlamaIndex repeats it with `assistant:` before it."""
    bare = text.removeprefix("assistant:").strip()
    return bare.rpartition("Answer:")[2].strip() if bare.startswith("Thought:") else bare


def _history_prompt(messages: list[Message]) -> str | None:
    """Pick the last user text of a chat history, `{input: [{role, blocks}]}`."""
    for _, text in reversed(messages):
        value: Any = parsed(text)
        history = value.get("input") if isinstance(value, dict) else None
        for one in reversed(history if isinstance(history, list) else []):
            if isinstance(one, dict) and one.get("role") == "user":
                return content_text(_texts(one.get("blocks") or []))
    return None


def _model_result(messages: list[Message]) -> str | None:
    """Pick the text of a model's result, `{result: {response: {blocks}}}`."""
    for _, text in reversed(messages):
        value: Any = parsed(text)
        result = value.get("result") if isinstance(value, dict) else None
        response = result.get("response") if isinstance(result, dict) else None
        if isinstance(response, dict):
            return _answer(content_text(_texts(response.get("blocks") or []))) or None
    return None


OPENTELEMETRY = Framework(
    scopes=("opentelemetry.instrumentation.llamaindex",),
    classify=_kind,
    # An inference span's output holds the chat history or the model's result.
    model_input=(event_records.OUTPUT, gen_ai.ENTITY_OUT),
    model_output=(event_records.OUTPUT, gen_ai.ENTITY_OUT),
    tool_input=(event_records.INPUT, gen_ai.ENTITY_IN),
    tool_output=(event_records.OUTPUT, gen_ai.ENTITY_OUT),
    model_prompt=_history_prompt,
    model_answer=_model_result,
    arguments=_arguments,
    result=_result,
    name_in_result=_tool_name,
    says_error=_says_error,
)

OPENINFERENCE = Framework(
    scopes=("openinference.instrumentation.llama_index",),
    classify=openinference.kind,
    model_input=openinference.MESSAGES_IN,
    model_output=openinference.MESSAGES_OUT,
    tool_input=openinference.VALUE_IN,
    tool_output=openinference.VALUE_OUT,
    model_prompt=openinference.last_plain_text,
    model_answer=openinference.last_answer(_answer),
    arguments=_arguments,
    result=_result,
    name_in_result=_tool_name,
    says_error=_says_error,
)

# Users report it as supported, AWS's page does not list it.
ADOT = gen_ai.convention("amazon.opentelemetry.distro.instrumentation.llama_index")

FRAMEWORKS = (OPENTELEMETRY, OPENINFERENCE, ADOT)
