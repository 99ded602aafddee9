"""The Claude Agent SDK under OpenInference: plain texts, tool results as Anthropic's blocks.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-claude-agent-sdk.html
"""

from local.services.agentcore.frameworks import openinference
from local.services.agentcore.frameworks.framework import Framework, last
from local.services.agentcore.frameworks.text import content_text, parsed


def _blocks_text(text: str) -> str:
    value = parsed(text)
    return content_text(value) if isinstance(value, list) else text


FRAMEWORKS = (
    Framework(
        scopes=("openinference.instrumentation.claude_agent_sdk",),
        classify=openinference.kind,
        agent_input=openinference.VALUE_IN,
        agent_output=openinference.VALUE_OUT,
        model_input=openinference.MESSAGES_IN,
        model_output=openinference.MESSAGES_OUT,
        tool_input=openinference.VALUE_IN,
        tool_output=openinference.VALUE_OUT,
        prompt=last,
        answer=last,
        result=_blocks_text,
    ),
)
