"""Telemetry of one question and one tool call, as each framework's page shows it.

After the examples under
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks.html.
"""

import json
from typing import Any

PROMPT, ANSWER, RESULT = "What is the weather in Oslo?", "It is 3 degrees in Oslo.", "3 degrees"
ARGUMENTS = {"city": "Oslo"}

Attributes = dict[str, Any]
# Attributes of a span, and the two sides of its event record: contents, or whole messages.
Entry = tuple[Attributes, list[Any], list[Any]]


def telemetry(scope: str, *entries: Attributes | Entry) -> list[str]:
    """Return one trace: the first span holds the others, which follow one another."""
    lines: list[str] = []
    for number, entry in enumerate(entries):
        attributes, asked, answered = entry if isinstance(entry, tuple) else (entry, [], [])
        start = 1_000 + number * 10
        common = {
            "resource": {"attributes": {"service.name": "agent"}},
            "scope": {"name": scope},
            "traceId": "t",
            "spanId": f"s{number}",
        }
        times = {
            "startTimeUnixNano": start if number else 1,
            "endTimeUnixNano": start + 9 if number else 9_000,
        }
        body = attributes | {"session.id": "one"}
        lines.append(json.dumps({**common, "name": f"n{number}", **times, "attributes": body}))
        if asked or answered:
            sides = {
                "input": {"messages": messages(asked, "user")},
                "output": {"messages": messages(answered, "assistant")},
            }
            lines.append(json.dumps({**common, "timeUnixNano": start, "body": sides}))
    return lines


def messages(entries: list[Any], role: str) -> list[Any]:
    return [one if isinstance(one, dict) else {"role": role, "content": one} for one in entries]


def strands(answer: str, *, end: int, name: str, start: int = 500, prompt: str = PROMPT) -> str:
    return json.dumps(
        {
            "resource": {"attributes": {"service.name": "agent"}},
            "scope": {"name": "strands.telemetry.tracer"},
            "traceId": "t",
            "spanId": name,
            "name": f"invoke_agent {name}",
            "startTimeUnixNano": start,
            "endTimeUnixNano": end,
            "attributes": {"session.id": "one", "gen_ai.operation.name": "invoke_agent"},
            "events": [
                {"name": "gen_ai.user.message", "attributes": {"content": prompt}},
                {"name": "gen_ai.choice", "attributes": {"message": answer}},
            ],
        }
    )


def graph_state(*entries: Any) -> str:
    return json.dumps({"messages": list(entries)})


def lc(name: str, content: Any, **more: Any) -> dict[str, Any]:
    identifier = ["langchain_core", "messages", name]
    return {
        "lc": 1,
        "type": "constructor",
        "id": identifier,
        "kwargs": {"content": content, **more},
    }


def part(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


def operation(name: str, **more: Any) -> Attributes:
    return {"gen_ai.operation.name": name, **{key.replace("__", "."): more[key] for key in more}}


def tool_of_gen_ai(**more: Any) -> Attributes:
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "weather",
        "gen_ai.tool.call.arguments": json.dumps(ARGUMENTS),
        "gen_ai.tool.call.result": RESULT,
        **more,
    }


def oi(kind: str, **more: Any) -> Attributes:
    return {
        "openinference.span.kind": kind,
        **{key.replace("__", "."): value for key, value in more.items()},
    }


OI_TOOL = oi("TOOL", tool__name="weather", input__value=json.dumps(ARGUMENTS), output__value=RESULT)
OI_TOOL_SPLIT = (oi("TOOL", tool__name="weather"), [json.dumps(ARGUMENTS)], [RESULT])
OI_MODEL = oi(
    "LLM",
    **{
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be brief.",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": PROMPT,
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.contents.0.message_content.text": ANSWER,
    },
)
GEN_AI_MODEL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.input.messages": part("user", PROMPT),
    "gen_ai.output.messages": part("assistant", ANSWER),
    "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Be brief."}]),
    "gen_ai.tool.definitions": json.dumps([{"type": "function", "name": "weather"}]),
}
LC_TOOL_RESULT = json.dumps({"output": lc("ToolMessage", RESULT, status="success")})
RESPONSE = json.dumps(
    {"output": [{"type": "message", "content": [{"type": "output_text", "text": ANSWER}]}]}
)
HISTORY = json.dumps(
    {"input": [{"role": "user", "blocks": [{"block_type": "text", "text": PROMPT}]}]}
)
MODEL_RESULT = json.dumps(
    {
        "result": {
            "response": {
                "role": "assistant",
                "blocks": [{"text": f"Thought: I can answer.\nAnswer: {ANSWER}"}],
            }
        }
    }
)
BLOCKS = json.dumps({"blocks": [{"block_type": "text", "text": RESULT}], "tool_name": "weather"})
KWARGS = json.dumps({"kwargs": ARGUMENTS})
NEW_MESSAGE = json.dumps({"new_message": {"parts": [{"text": PROMPT}], "role": "user"}})
CONTENT = json.dumps({"content": {"parts": [{"text": ANSWER}], "role": "model"}})
ANTHROPIC = json.dumps([{"type": "text", "text": RESULT}])

LANGCHAIN = "opentelemetry.instrumentation.langchain"
OI_LANGCHAIN = "openinference.instrumentation.langchain"
ADOT = "@aws/aws-distro-opentelemetry-instrumentation"
WORKFLOW = {"traceloop.span.kind": "workflow"}

SHAPES: dict[str, list[str]] = {
    "Strands in TypeScript": telemetry(
        "strands-agents",
        (operation("invoke_agent"), [PROMPT], [{"content": {"message": ANSWER}}]),
        (
            operation("execute_tool", gen_ai__tool__name="weather"),
            [{"role": "tool", "content": {"content": json.dumps(ARGUMENTS)}}],
            [{"role": "assistant", "content": {"message": json.dumps([{"text": RESULT}])}}],
        ),
    ),
    "LangGraph, OpenTelemetry, split": telemetry(
        LANGCHAIN,
        (
            WORKFLOW,
            [json.dumps({"inputs": {"messages": [["user", PROMPT]]}, "tags": []})],
            [json.dumps({"outputs": {"messages": [lc("AIMessage", ANSWER)]}})],
        ),
        (
            {"traceloop.span.kind": "tool", "gen_ai.tool.name": "weather"},
            [{"content": json.dumps(ARGUMENTS)}],
            [{"role": "tool", "name": "weather", "content": RESULT}],
        ),
    ),
    "LangGraph, OpenTelemetry, unified": telemetry(
        LANGCHAIN,
        {
            **WORKFLOW,
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.task.input": json.dumps(
                {"inputs": {"messages": [{"role": "user", "content": PROMPT}]}}
            ),
            "gen_ai.task.output": json.dumps(
                {"outputs": {"messages": [lc("HumanMessage", PROMPT), lc("AIMessage", ANSWER)]}}
            ),
        },
        tool_of_gen_ai(
            **{
                "gen_ai.tool.call.arguments": json.dumps(
                    {"input_str": str(ARGUMENTS), "inputs": ARGUMENTS, "metadata": {}}
                ),
                "gen_ai.tool.call.result": LC_TOOL_RESULT,
            }
        ),
    ),
    "LangGraph, OpenInference, unified": telemetry(
        OI_LANGCHAIN,
        oi(
            "AGENT",
            input__value=graph_state({"type": "human", "data": {"content": PROMPT}}),
            output__value=graph_state(
                {"type": "human", "data": {"content": PROMPT}},
                {"type": "ai", "data": {"content": [{"type": "text", "text": ANSWER}]}},
            ),
        ),
        oi(
            "TOOL",
            tool__name="weather",
            input__value=str(ARGUMENTS),
            output__value=json.dumps({"type": "tool", "data": {"content": RESULT}}),
        ),
    ),
    "LangGraph, OpenInference, split": telemetry(
        OI_LANGCHAIN,
        (
            oi("CHAIN"),
            [graph_state({"role": "user", "content": PROMPT})],
            [graph_state({"type": "ai", "data": {"content": ANSWER}})],
        ),
        (
            oi("TOOL", tool__name="weather"),
            [json.dumps(ARGUMENTS)],
            [json.dumps({"type": "tool", "data": {"content": RESULT, "type": "tool"}})],
        ),
    ),
    "LangGraph in TypeScript, ADOT": telemetry(
        f"{ADOT}-langchain", operation("invoke_agent"), GEN_AI_MODEL, tool_of_gen_ai()
    ),
    "LangGraph in TypeScript, Traceloop": telemetry(
        "@traceloop/instrumentation-langchain",
        {
            **WORKFLOW,
            "gen_ai.operation.name": "workflow",
            "traceloop.entity.input": graph_state(lc("HumanMessage", PROMPT)),
            "traceloop.entity.output": graph_state(lc("AIMessage", ANSWER)),
        },
        {
            "traceloop.span.kind": "task",
            "traceloop.entity.name": "weather",
            "traceloop.entity.input": json.dumps(ARGUMENTS),
            "traceloop.entity.output": LC_TOOL_RESULT,
        },
    ),
    "LangGraph in TypeScript, OpenInference": telemetry(
        "@arizeai/openinference-instrumentation-langchain",
        oi(
            "CHAIN",
            input__value=graph_state(lc("HumanMessage", PROMPT)),
            output__value=graph_state(lc("AIMessage", ANSWER)),
        ),
        oi(
            "TOOL",
            tool__name="weather",
            input__value=json.dumps(ARGUMENTS),
            output__value=LC_TOOL_RESULT,
        ),
    ),
    "OpenAI Agents, OpenTelemetry, split": telemetry(
        "opentelemetry.instrumentation.openai_agents",
        (operation("invoke_agent"), [part("user", PROMPT)], [part("assistant", ANSWER)]),
        operation("unknown"),
        tool_of_gen_ai(),
    ),
    "OpenAI Agents, OpenTelemetry, unified": telemetry(
        "opentelemetry.instrumentation.openai_agents",
        {
            **operation("invoke_agent"),
            "gen_ai.input.messages": part("user", PROMPT),
            "gen_ai.output.messages": part("assistant", ANSWER),
        },
        tool_of_gen_ai(),
    ),
    "OpenAI Agents, OpenInference, split": telemetry(
        "openinference.instrumentation.openai_agents",
        oi("AGENT"),
        (
            oi("LLM", **{"llm.input_messages.1.message.role": "user"}),
            [json.dumps([{"content": PROMPT, "role": "user"}]), "Be brief.", PROMPT],
            [RESPONSE],
        ),
        OI_TOOL_SPLIT,
    ),
    "OpenAI Agents, OpenInference, unified": telemetry(
        "openinference.instrumentation.openai_agents", oi("AGENT"), oi("CHAIN"), OI_MODEL, OI_TOOL
    ),
    "OpenAI Agents in TypeScript, ADOT": telemetry(
        f"{ADOT}-openai-agents", operation("invoke_agent"), GEN_AI_MODEL, tool_of_gen_ai()
    ),
    "OpenAI Agents in TypeScript, OpenInference": telemetry(
        "@arizeai/openinference-instrumentation-openai-agents", oi("AGENT"), OI_MODEL, OI_TOOL
    ),
    "Vercel AI SDK": telemetry(
        f"{ADOT}-vercel-ai",
        {
            **operation("invoke_agent"),
            "gen_ai.input.messages": json.dumps(
                {"system": "Be brief.", "messages": [{"role": "user", "content": PROMPT}]}
            ),
            "gen_ai.output.messages": part("assistant", ANSWER),
        },
        tool_of_gen_ai(),
    ),
    "LlamaIndex, OpenTelemetry, split": telemetry(
        "opentelemetry.instrumentation.llamaindex",
        WORKFLOW,
        (
            {"traceloop.span.kind": "task", "traceloop.entity.name": "BaseWorkflowAgent.task"},
            [],
            [{"content": HISTORY}],
        ),
        (
            {"traceloop.span.kind": "task", "traceloop.entity.name": "FunctionTool.task"},
            [KWARGS],
            [{"content": BLOCKS}],
        ),
        (
            {"traceloop.span.kind": "task", "traceloop.entity.name": "BaseWorkflowAgent.task"},
            [],
            [{"content": MODEL_RESULT}],
        ),
    ),
    "LlamaIndex, OpenTelemetry, unified": telemetry(
        "opentelemetry.instrumentation.llamaindex",
        WORKFLOW,
        {
            "traceloop.span.kind": "task",
            "traceloop.entity.name": "BaseWorkflowAgent.task",
            "traceloop.entity.output": HISTORY,
        },
        {
            "traceloop.span.kind": "task",
            "traceloop.entity.name": "FunctionTool.task",
            "traceloop.entity.input": KWARGS,
            "traceloop.entity.output": BLOCKS,
        },
        {
            "traceloop.span.kind": "task",
            "traceloop.entity.name": "BaseWorkflowAgent.task",
            "traceloop.entity.output": MODEL_RESULT,
        },
    ),
    "LlamaIndex, OpenInference, split": telemetry(
        "openinference.instrumentation.llama_index",
        oi("CHAIN"),
        (
            oi("LLM"),
            [json.dumps({"messages": ["…"]}), "You are designed to help.", PROMPT],
            [f"assistant: Thought: I can. Answer: {ANSWER}", f"Thought: I can. Answer: {ANSWER}"],
        ),
        (oi("TOOL", tool__name="weather"), [KWARGS], [BLOCKS]),
    ),
    "LlamaIndex, OpenInference, unified": telemetry(
        "openinference.instrumentation.llama_index",
        oi("CHAIN", input__value="{}", output__value="StopEvent(…)"),
        OI_MODEL
        | {
            "llm.output_messages.0.message.contents.0.message_content.text": (
                f"Thought: I can answer.\nAnswer: {ANSWER}"
            )
        },
        oi("TOOL", tool__name="weather", input__value=KWARGS, output__value=BLOCKS),
    ),
    "Google ADK, split": telemetry(
        "openinference.instrumentation.google_adk",
        (oi("CHAIN"), [NEW_MESSAGE], [CONTENT]),
        oi("AGENT"),
        OI_TOOL_SPLIT,
    ),
    "Google ADK, unified": telemetry(
        "openinference.instrumentation.google_adk",
        oi("CHAIN", input__value=NEW_MESSAGE, output__value=CONTENT),
        oi("AGENT"),
        OI_TOOL,
    ),
    "Claude Agent SDK, split": telemetry(
        "openinference.instrumentation.claude_agent_sdk",
        (oi("AGENT"), [PROMPT], [ANSWER]),
        (oi("TOOL", tool__name="weather"), [json.dumps(ARGUMENTS)], [ANTHROPIC]),
    ),
    "Claude Agent SDK, unified": telemetry(
        "openinference.instrumentation.claude_agent_sdk",
        oi("AGENT", input__value=PROMPT, output__value=ANSWER),
        oi(
            "TOOL",
            tool__name="weather",
            input__value=json.dumps(ARGUMENTS),
            output__value=ANTHROPIC,
        ),
    ),
    "CrewAI, by OpenTelemetry's conventions": telemetry(
        "opentelemetry.instrumentation.crewai",
        {**WORKFLOW, "gen_ai.task.input": PROMPT, "gen_ai.task.output": ANSWER},
        {
            "traceloop.span.kind": "tool",
            "traceloop.entity.name": "weather",
            "traceloop.entity.input": json.dumps(ARGUMENTS),
            "traceloop.entity.output": RESULT,
        },
    ),
    "own instrumentation under OpenTelemetry's prefix": telemetry(
        "opentelemetry.instrumentation.mine", operation("invoke_agent"), GEN_AI_MODEL,
        tool_of_gen_ai(),
    ),
    "smolagents, by OpenInference's conventions": telemetry(
        "openinference.instrumentation.smolagents",
        oi("AGENT", input__value=PROMPT, output__value=ANSWER),
        OI_TOOL,
    ),
}  # fmt: skip
