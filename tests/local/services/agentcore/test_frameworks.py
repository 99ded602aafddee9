"""Conversations of each framework on AWS's page, in both deliveries, and what is not supported."""

import json
from pathlib import Path

import pytest

from local.services.agentcore.frameworks.registry import SUPPORTED_SCOPES
from tests.harness import ROOT
from tests.local.services.agentcore.framework_shapes import (
    ANSWER,
    ARGUMENTS,
    OI_LANGCHAIN,
    OI_MODEL,
    PROMPT,
    RESULT,
    SHAPES,
    graph_state,
    lc,
    oi,
    strands,
    telemetry,
)
from tests.local.services.agentcore.reading import conversation, failure

RECORDINGS = Path(__file__).parent / "recordings"


@pytest.mark.parametrize("delivery", ["unified", "split"])
@pytest.mark.parametrize(
    ("name", "calls", "system"),
    [
        ("langgraph-openinference", [("weather", "Oslo")], {"unified": "Be brief.", "split": ""}),
        ("langgraph-opentelemetry", [("weather", '{"city": "Oslo"}')], "Be brief."),
        ("custom-state-openinference", [], {"unified": "Be brief.", "split": ""}),
        ("custom-state-opentelemetry", [], "Be brief."),
        ("openai-agents-openinference", [("weather", '{"city": "Oslo"}')], ""),
        ("openai-agents-opentelemetry", [("weather", '{"city": "Oslo"}')], ""),
    ],
)
def test_what_the_real_instrumentations_emit_is_read(
    name: str, calls: list[tuple[str, str]], system: str | dict[str, str], delivery: str
) -> None:
    lines = (RECORDINGS / f"{name}-{delivery}.jsonl").read_text().splitlines()
    [turn] = conversation(lines).turns
    assert (turn.prompt, turn.answer) == (PROMPT, ANSWER)
    assert [(call.name, call.arguments_text) for call in turn.calls] == calls
    assert [call.result for call in turn.calls] == ["3 degrees in Oslo"] * len(calls)
    assert turn.system == (system if isinstance(system, str) else system[delivery])


@pytest.mark.parametrize("lines", SHAPES.values(), ids=SHAPES.keys())
def test_a_framework_is_read_as_its_page_says(lines: list[str]) -> None:
    [turn] = conversation(lines).turns
    assert (turn.prompt, turn.answer) == (PROMPT, ANSWER)
    [call] = turn.calls
    assert (call.name, call.arguments, call.result) == ("weather", ARGUMENTS, RESULT)
    assert not call.failed


def test_every_scope_of_the_page_has_a_shape_here() -> None:
    shown = {json.loads(line)["scope"]["name"] for lines in SHAPES.values() for line in lines}
    # Those of AWS's distribution for Python follow the conventions as those for Node do.
    twins = {scope for scope in SUPPORTED_SCOPES if scope.startswith("amazon.")}
    assert set(SUPPORTED_SCOPES) - shown - twins == {"strands.telemetry.tracer"}


def test_the_documentation_names_every_scope() -> None:
    text = (ROOT / "docs/local.md").read_text()
    assert [scope for scope in SUPPORTED_SCOPES if f"`{scope}`" not in text] == []


def test_inference_spans_give_system_prompt_and_tools_on_offer() -> None:
    [turn] = conversation(SHAPES["LangGraph in TypeScript, ADOT"]).turns
    assert (turn.system, turn.tools_on_offer) == ("Be brief.", ("weather",))
    declared = json.dumps({"type": "function", "function": {"name": "weather"}})
    model = OI_MODEL | {"llm.tools.0.tool.json_schema": declared}
    lines = telemetry("openinference.instrumentation.openai_agents", oi("AGENT"), model)
    assert conversation(lines).turns[0].tools_on_offer == ("weather",)


def test_a_tool_message_that_says_error_is_a_failed_call() -> None:
    broken = json.dumps({"output": lc("ToolMessage", "no such city", type="tool", status="error")})
    lines = telemetry(
        OI_LANGCHAIN,
        oi(
            "CHAIN",
            input__value=graph_state(["user", PROMPT]),
            output__value=graph_state(lc("AIMessage", ANSWER)),
        ),
        oi("TOOL", tool__name="weather", input__value="{}", output__value=broken),
    )
    [call] = conversation(lines).turns[0].calls
    assert (call.result, call.failed) == ("no such city", True)


def test_arguments_in_the_text_of_a_python_dict_are_read() -> None:
    lines = SHAPES["LangGraph, OpenInference, unified"]
    [call] = conversation(lines).turns[0].calls
    assert call.arguments_text == '{"city": "Oslo"}'


def test_a_text_that_is_nested_too_deeply_fails_its_session_alone() -> None:
    deep = '{"inputs": ' * 900 + "1" + "}" * 900
    error = failure(
        telemetry(
            OI_LANGCHAIN,
            oi("CHAIN", input__value=deep, output__value=deep),
            oi("TOOL", input__value=deep, output__value=deep),
        )
    )
    assert error.type in ("SpanEventParsingException", "AgentSpanMappingException")


def test_the_last_human_message_of_a_state_with_history_is_the_prompt() -> None:
    lines = telemetry(
        OI_LANGCHAIN,
        oi(
            "CHAIN",
            input__value=graph_state(["user", "Hello"], ["ai", "Hi"], PROMPT),
            output__value=graph_state(["user", PROMPT], ["ai", ANSWER], ["tool", "x"]),
        ),
    )
    [turn] = conversation(lines).turns
    assert (turn.prompt, turn.answer) == (PROMPT, ANSWER)


def test_what_a_sub_agent_leaves_empty_does_not_fail_the_session() -> None:
    outer = strands(ANSWER, end=900, name="outer", start=1)
    for prompt, answer in (("look it up", ""), ("", "Found."), ("", "")):
        inner = strands(answer, end=700, name="inner", prompt=prompt)
        [turn] = conversation([outer, inner]).turns
        assert (turn.prompt, turn.answer, turn.span_id) == (PROMPT, ANSWER, "outer")


def test_the_empty_answer_of_the_last_agent_fails_the_session() -> None:
    error = failure([strands(ANSWER, end=700, name="a"), strands(" ", end=900, name="b")])
    assert error.type == "AgentSpanMappingException"
    assert str(error).startswith("Failed to parse agent_response from agent-span with spanId: b")
