"""OpenAI Agents, under four instrumentation libraries in two conventions.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-openai-agents.html
"""

from typing import Any

from local.services.agentcore.frameworks import gen_ai, openinference
from local.services.agentcore.frameworks.framework import Framework
from local.services.agentcore.frameworks.text import content_text, parsed

OPENTELEMETRY = gen_ai.convention(
    "opentelemetry.instrumentation.openai_agents",
    "@aws/aws-distro-opentelemetry-instrumentation-openai-agents",
    # The same library for Python: users report it as supported, AWS's page does not list it.
    "amazon.opentelemetry.distro.instrumentation.openai_agents",
)


def _response_text(text: str) -> str | None:
    """Return the text of an OpenAI Response object, any other text as it is."""
    value: Any = parsed(text)
    output = value.get("output") if isinstance(value, dict) else None
    if not isinstance(output, list):
        return text
    items = (one.get("content") for one in output if isinstance(one, dict))
    return "\n".join(found for one in items if (found := content_text(one)))


# Its AGENT and CHAIN spans are containers; the text lies on the LLM spans.
OPENINFERENCE = Framework(
    scopes=(
        "openinference.instrumentation.openai_agents",
        "@arizeai/openinference-instrumentation-openai-agents",
    ),
    classify=openinference.kind,
    model_input=openinference.MESSAGES_IN,
    model_output=openinference.MESSAGES_OUT,
    tool_input=openinference.VALUE_IN,
    tool_output=openinference.VALUE_OUT,
    model_prompt=openinference.last_plain_text,
    model_answer=openinference.last_answer(_response_text),
)

FRAMEWORKS = (OPENTELEMETRY, OPENINFERENCE)
