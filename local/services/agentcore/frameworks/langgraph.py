"""LangGraph, under five instrumentation libraries in two conventions.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-langgraph.html.
Agent spans hold the graph's state. A graph whose state has no `messages` is read from its inference
spans, as are agent spans that hold nothing.
"""

from dataclasses import replace
from typing import Any

from local.services.agentcore.frameworks import (
    event_records,
    gen_ai,
    langchain_state,
    openinference,
)
from local.services.agentcore.frameworks.framework import Framework, Kind
from local.services.agentcore.frameworks.text import parsed
from local.services.agentcore.records import Span


def _generated(text: str) -> str | None:
    """Return the text of a model's answer, which OpenInference serializes as generations too."""
    value = parsed(text)
    if not isinstance(value, dict) or "generations" not in value:
        return text
    generation: Any = value["generations"]
    while isinstance(generation, list):
        generation = generation[-1] if generation else None
    found = generation.get("text") if isinstance(generation, dict) else None
    return found if isinstance(found, str) else None


def _traceloop_kind(span: Span) -> Kind | None:
    """Classify a span of Traceloop's library for TypeScript, where a task is a tool's call."""
    if span.attributes.get("traceloop.span.kind") == "task":
        return "tool"
    return gen_ai.traceloop_kind(span)


OPENTELEMETRY = Framework(
    scopes=("opentelemetry.instrumentation.langchain",),
    classify=gen_ai.kind,
    agent_input=(event_records.INPUT, gen_ai.TASK_IN, gen_ai.ENTITY_IN),
    agent_output=(event_records.OUTPUT, gen_ai.TASK_OUT, gen_ai.ENTITY_OUT),
    model_input=gen_ai.MESSAGES_IN,
    model_output=gen_ai.MESSAGES_OUT,
    tool_input=gen_ai.TOOL_IN,
    tool_output=gen_ai.TOOL_OUT,
    prompt=langchain_state.user_prompt,
    answer=langchain_state.agent_response,
    arguments=langchain_state.tool_arguments,
    result=langchain_state.tool_result,
    says_error=langchain_state.tool_failed,
)

OPENINFERENCE = Framework(
    scopes=(
        "openinference.instrumentation.langchain",
        "@arizeai/openinference-instrumentation-langchain",
    ),
    classify=openinference.kind,
    agent_input=openinference.VALUE_IN,
    agent_output=openinference.VALUE_OUT,
    model_input=openinference.MESSAGES_IN,
    model_output=openinference.MESSAGES_OUT,
    tool_input=openinference.VALUE_IN,
    tool_output=openinference.VALUE_OUT,
    prompt=langchain_state.user_prompt,
    answer=langchain_state.agent_response,
    model_prompt=openinference.last_plain_text,
    model_answer=openinference.last_answer(_generated),
    arguments=langchain_state.tool_arguments,
    result=langchain_state.tool_result,
    says_error=langchain_state.tool_failed,
)

TRACELOOP = replace(
    OPENTELEMETRY, scopes=("@traceloop/instrumentation-langchain",), classify=_traceloop_kind
)

# Its invoke agent span is a container; the text lies on the inference spans.
ADOT = gen_ai.convention(
    "@aws/aws-distro-opentelemetry-instrumentation-langchain",
    # The same library for Python: users report it as supported, AWS's page does not list it.
    "amazon.opentelemetry.distro.instrumentation.langchain",
)

FRAMEWORKS = (OPENTELEMETRY, OPENINFERENCE, TRACELOOP, ADOT)
