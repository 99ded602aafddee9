"""Google's Agent Development Kit under OpenInference: texts in Gemini's content.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-google-adk.html
"""

from typing import Any

from local.services.agentcore.frameworks import openinference
from local.services.agentcore.frameworks.framework import (
    Framework,
    Message,
    Pick,
    last_text,
    tool_name,
    tools_on_offer,
)
from local.services.agentcore.frameworks.text import content_text, parsed
from local.services.agentcore.records import Span


def _inside(member: str) -> Pick:
    """Return a function that picks the text of `{member: {parts: [{text}]}}`."""

    def pick(messages: list[Message]) -> str | None:
        for _, text in reversed(messages):
            value: Any = parsed(text)
            content = value.get(member) if isinstance(value, dict) else None
            if isinstance(content, dict):
                return content_text(content.get("parts"))
        return None

    return pick


def _declared(span: Span) -> tuple[str, ...]:
    """Return the tools of a serialized Gemini request, `config.tools[].function_declarations[]`."""
    request: Any = parsed(str(span.attributes.get("input.value")))
    config = request.get("config") if isinstance(request, dict) else None
    tools = config.get("tools") if isinstance(config, dict) else None
    declared = [
        one
        for tool in (tools if isinstance(tools, list) else [])
        if isinstance(tool, dict)
        for one in tool.get("function_declarations") or []
    ]
    return tuple(name for one in declared if (name := tool_name(one))) or tools_on_offer(span)


FRAMEWORKS = (
    Framework(
        scopes=("openinference.instrumentation.google_adk",),
        classify=openinference.kind,
        agent_input=openinference.VALUE_IN,
        agent_output=openinference.VALUE_OUT,
        model_input=openinference.MESSAGES_IN,
        model_output=openinference.MESSAGES_OUT,
        tool_input=openinference.VALUE_IN,
        tool_output=openinference.VALUE_OUT,
        prompt=_inside("new_message"),
        answer=_inside("content"),
        model_prompt=openinference.last_plain_text,
        model_answer=last_text("model"),
        offered=_declared,
    ),
)
