"""How sessions fail that no reader can read: in the words of AWS, each alone."""

import json
from itertools import count
from typing import Any

import pytest

from local.services.agentcore.frameworks.registry import SUPPORTED_SCOPES, reader_of
from local.services.agentcore.records import EventRecord, Span, parse
from local.services.agentcore.sessions import SessionError
from tests.local.services.agentcore.framework_shapes import (
    ANSWER,
    OI_LANGCHAIN,
    OI_TOOL,
    PROMPT,
    WORKFLOW,
    Attributes,
    graph_state,
    oi,
    operation,
    strands,
    telemetry,
)
from tests.local.services.agentcore.reading import conversation, failure

OWN = {"gen_ai.operation.name": "invoke_agent", "gen_ai.task.input": PROMPT}
LAST_RESORT = {
    "agentcore.invocation.user_prompt": PROMPT,
    "agentcore.invocation.agent_response": ANSWER,
}


@pytest.mark.parametrize(
    "scope",
    [
        "my_rag_agent.tracer",
        "opentelemetry.instrumentation.starlette",
        "opentelemetry.instrumentation.botocore.bedrock-runtime",
        "opentelemetry.instrumentation.mcp",
        "opentelemetry_instrumentation_mine",
    ],
)
def test_a_scope_that_is_not_supported_is_named_beside_those_that_are(scope: str) -> None:
    error = failure(telemetry(scope, OWN))
    assert error.type == "ValidationException"
    message = str(error)
    assert message.startswith(
        "Provided input has no spans with supported scope. Currently supported scopes are "
        "['strands.telemetry.tracer', 'strands-agents', "
        "'opentelemetry.instrumentation.langchain', "
    )
    assert message.endswith(f"; found ['{scope}']")
    assert all(f"'{one}'" in message for one in SUPPORTED_SCOPES)


@pytest.mark.parametrize(
    "attributes",
    [operation("invoke_workflow"), {"gen_ai.task.input": PROMPT}, operation("create_agent")],
    ids=["an operation of another name", "no identifying attribute", "the making of an agent"],
)
def test_a_supported_scope_without_a_known_kind_has_no_spans_to_evaluate(
    attributes: Attributes,
) -> None:
    error = failure(telemetry("opentelemetry.instrumentation.genai.langchain", attributes))
    assert (error.type, str(error)[:40]) == (
        "ValidationException",
        "Provided input has no spans to evaluate.",
    )


@pytest.mark.parametrize(
    "scope", ["my_rag_agent.tracer", "opentelemetry.instrumentation.starlette"]
)
def test_the_attributes_of_the_sdk_are_read_from_any_scope(scope: str) -> None:
    [turn] = conversation(telemetry(scope, LAST_RESORT)).turns
    assert (turn.prompt, turn.answer, turn.calls) == (PROMPT, ANSWER, ())


def test_the_attributes_of_the_sdk_are_the_last_resort() -> None:
    """The span of the HTTP request ends after the agent's, and holds the payload as JSON."""
    http = telemetry(
        "opentelemetry.instrumentation.starlette",
        {name: f'{{"wrapped": "{value}"}}' for name, value in LAST_RESORT.items()},
    )
    agent = strands(ANSWER, end=800, name="agent")
    assert conversation([*http, agent]).turns[0].answer == ANSWER
    container = telemetry("openinference.instrumentation.openai_agents", oi("AGENT"))
    assert conversation([http[0].replace('"s0"', '"http"'), *container]).turns[0].answer == (
        f'{{"wrapped": "{ANSWER}"}}'
    )


def test_an_answer_of_strands_that_is_no_message_is_missing() -> None:
    """In event records of Strands only `content.message` is a new answer; other contents are old.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-strands.html
    """
    split = (operation("invoke_agent"), [PROMPT], [ANSWER])
    error = failure(telemetry("strands.telemetry.tracer", split))
    assert error.type == "AgentSpanMappingException"
    assert str(error).startswith("Failed to parse agent_response from agent-span with spanId: s0")


def test_strands_under_the_newest_conventions_is_not_read() -> None:
    """https://github.com/aws/agentcore-cli/issues/1427"""
    [line] = telemetry("strands.telemetry.tracer", operation("invoke_agent"))
    event = {"name": "gen_ai.client.inference.operation.details", "attributes": {}}
    error = failure([json.dumps(json.loads(line) | {"events": [event]})])
    assert error.type == "AgentSpanMappingException"
    assert str(error).startswith("Failed to parse user_query from agent-span with spanId: s0")


@pytest.mark.parametrize(
    ("entries", "error", "told"),
    [
        (
            [oi("CHAIN")],
            "LogEventMissingException",
            "Session span data is incomplete. Span with ID: s0 and name: n0 is missing a "
            "corresponding log event.",
        ),
        (
            [(oi("CHAIN"), [graph_state(["user", PROMPT])], [graph_state(["ai", ""])])],
            "AgentSpanMappingException",
            f"Failed to parse agent_response from agent-span with spanId: s0 and scope: "
            f"{OI_LANGCHAIN}",
        ),
        (
            [(oi("CHAIN"), ["{}"], ["{}"])],
            "AgentSpanMappingException",
            f"Failed to parse user_query from agent-span with spanId: s0 and scope: {OI_LANGCHAIN}",
        ),
        (
            [oi("TOOL", tool__name="weather")],
            "LogEventMissingException",
            "Span with ID: s0 and name: n0 is missing",
        ),
        (
            [oi("TOOL", tool__name="weather", input__value="{}", output__value=" ")],
            "ToolSpanMappingException",
            f"Failed to parse tool_output from tool-span with spanId: s0 and scope: {OI_LANGCHAIN}",
        ),
        (
            [OI_TOOL],
            "ValidationException",
            "No agent invocation span was found in the traces t.",
        ),
    ],
    ids=[
        "an agent span without its event record",
        "an empty answer",
        "a state without messages and no inference span",
        "a tool span without its event record",
        "an empty result of a tool",
        "a tool span alone",
    ],
)
def test_what_cannot_be_read_is_named_in_the_words_of_aws(
    entries: list[Any], error: str, told: str
) -> None:
    caught = failure(telemetry(OI_LANGCHAIN, *entries))
    assert caught.type == error
    assert told in str(caught)


HOSTILE = ["", "{", "[[[]]]", "[1, [2]]", "null", "7", '{"messages": 7}', '{"messages": [[1, 2]]}',
           '{"messages": [{"type": ["ai"]}]}', '{"inputs": {"inputs": []}}', "[" * 5_000,
           '{"output": {"output": 3}}', '{"result": {"response": {"blocks": [1]}}}',
           '{"input": [1]}', '{"content": {"parts": "x"}}', '{"generations": [[]]}']  # fmt: skip


@pytest.mark.parametrize("scope", [*SUPPORTED_SCOPES, "opentelemetry.instrumentation.x",
                                   "openinference.instrumentation.x"])  # fmt: skip
def test_no_text_whatever_its_shape_is_more_than_a_session_that_fails(scope: str) -> None:
    """A reader gives values or a SessionError: an agent decides what lies in its telemetry."""
    names = ("input.value", "output.value", "gen_ai.task.input", "gen_ai.task.output",
             "gen_ai.input.messages", "gen_ai.output.messages", "traceloop.entity.input",
             "traceloop.entity.output", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result",
             "llm.input_messages.0.message.content", "gen_ai.system_instructions",
             "gen_ai.tool.definitions", "llm.tools.0.tool.json_schema")  # fmt: skip
    reader = reader_of(scope)
    assert reader is not None
    read_at_all = count()
    for kind in (oi("AGENT"), oi("LLM"), oi("TOOL"), operation("invoke_agent"),
                 operation("chat"), operation("execute_tool"), WORKFLOW,
                 {"traceloop.span.kind": "task"}, {"traceloop.span.kind": "tool"}):  # fmt: skip
        for text in HOSTILE:
            for value in (text, [text], {"a": text}, 7, None):
                attributes = kind | dict.fromkeys(names, value)
                for entry in (attributes, (kind, [value], [value, {"content": {"message": text}}])):
                    found = [parse(line, "g") for line in telemetry(scope, entry)]
                    span = found[0]
                    event = found[1] if len(found) > 1 else None
                    assert isinstance(span, Span)
                    assert event is None or isinstance(event, EventRecord)
                    try:
                        if reader.read(span, event) is not None:
                            next(read_at_all)
                    except SessionError:
                        next(read_at_all)
    assert next(read_at_all) > 0
