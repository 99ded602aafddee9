"""Any instrumentation that follows one of the two conventions, and the last resort of all others.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-generic.html. The
texts are left as they are: nothing is known about how a framework wraps them.
"""

from local.services.agentcore.frameworks import event_records, gen_ai, openinference
from local.services.agentcore.frameworks.framework import Framework, Message, last
from local.services.agentcore.records import Span

OPENTELEMETRY_PREFIX = "opentelemetry.instrumentation."
OPENINFERENCE_PREFIX = "openinference.instrumentation."

# Transport and infrastructure, which AWS excludes: the page names those of the first three lines
# and calls them examples, so the other HTTP servers and clients are taken to be excluded too.
_TRANSPORTS = frozenset({
    "httpx", "urllib3", "urllib", "aiohttp_client",
    "starlette", "fastapi",
    "mcp", "botocore",
    "aiohttp_server", "asgi", "django", "flask", "requests", "tornado", "wsgi",
})  # fmt: skip

# AgentCore's SDK puts them on the span of the HTTP request.
PROMPT = "agentcore.invocation.user_prompt"
RESPONSE = "agentcore.invocation.agent_response"


def _first_user(messages: list[Message]) -> str | None:
    return next((text for role, text in messages if role == "user"), None)


OPENTELEMETRY = Framework(
    scopes=(),
    classify=gen_ai.kind,
    agent_input=(event_records.INPUT, gen_ai.TASK_IN),
    agent_output=(event_records.OUTPUT, gen_ai.TASK_OUT),
    model_input=tuple(reversed(gen_ai.MESSAGES_IN)),
    model_output=tuple(reversed(gen_ai.MESSAGES_OUT)),
    tool_input=gen_ai.TOOL_IN,
    tool_output=gen_ai.TOOL_OUT,
    prompt=last,
    answer=last,
    model_prompt=_first_user,
    tool_names=("gen_ai.tool.name", "traceloop.entity.name"),
)

OPENINFERENCE = Framework(
    scopes=(),
    classify=openinference.kind,
    agent_input=openinference.VALUE_IN,
    agent_output=openinference.VALUE_OUT,
    model_input=openinference.MESSAGES_IN,
    model_output=openinference.MESSAGES_OUT,
    tool_input=openinference.VALUE_IN,
    tool_output=openinference.VALUE_OUT,
    prompt=last,
    answer=last,
    model_prompt=openinference.last_plain_text,
    model_answer=openinference.last_answer(str),
    tool_names=("tool.name",),
)


def reader_by_prefix(scope: str) -> Framework | None:
    """Return the reader of a scope that has no page of its own, None when none reads it."""
    if scope.startswith(OPENINFERENCE_PREFIX):
        return OPENINFERENCE
    if not scope.startswith(OPENTELEMETRY_PREFIX):
        return None
    library = scope.removeprefix(OPENTELEMETRY_PREFIX).partition(".")[0]
    return None if library in _TRANSPORTS else OPENTELEMETRY


def invocation(span: Span) -> tuple[str, str] | None:
    """Return prompt and response of the attributes that are read from any scope."""
    prompt, response = span.attributes.get(PROMPT), span.attributes.get(RESPONSE)
    if not isinstance(prompt, str) or not isinstance(response, str):
        return None
    return (prompt.strip(), response.strip()) if prompt.strip() and response.strip() else None
