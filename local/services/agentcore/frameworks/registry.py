"""Maps the scope of a span to its reader.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks.html: the scope's
name tells the instrumentation library.
"""

from local.services.agentcore.frameworks import (
    claude_agent_sdk,
    generic,
    google_adk,
    langgraph,
    llama_index,
    openai_agents,
    strands,
    vercel_ai,
)
from local.services.agentcore.frameworks.framework import Reader

_READERS: dict[str, Reader] = {
    **dict.fromkeys(strands.SCOPES, strands),
    **{
        scope: framework
        for module in (
            langgraph, openai_agents, vercel_ai, llama_index, google_adk, claude_agent_sdk,
        )
        for framework in module.FRAMEWORKS
        for scope in framework.scopes
    },
}  # fmt: skip

SUPPORTED_SCOPES = tuple(_READERS)


def reader_of(scope: str) -> Reader | None:
    """Return the reader of a scope, None for a scope that evaluations do not support."""
    return _READERS.get(scope) or generic.reader_by_prefix(scope)
