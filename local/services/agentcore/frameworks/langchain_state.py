"""Messages of a LangChain graph's state as instrumentations serialize it.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/supported-frameworks-langgraph.html: a
role is a word or a class name, a message an object, a constructor, a dictionary or a pair.
"""

from typing import Any

from local.services.agentcore.frameworks.framework import Message
from local.services.agentcore.frameworks.text import content_text, dumped, literal, parsed

_ROLES = {
    "human": "user",
    "user": "user",
    "ai": "assistant",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
    "system": "system",
    "developer": "system",
}
_WRAPPERS = ("inputs", "outputs", "input", "output")


def messages(state: Any) -> list[Message] | None:
    """Return the messages of a state, None when it has no member `messages`."""
    if not isinstance(state, dict):
        return None
    if "messages" in state:
        found = state["messages"]
        # LangGraph takes one message, also as a bare text, in the place of a list.
        entries = found if isinstance(found, list) else [found]
        # A model is called with a list of lists, of which the batch has one.
        if len(entries) == 1 and _is_batch(entries[0]):
            entries = entries[0]
        return [message for one in entries if (message := _message(one))]
    wrapped = (state.get(name) for name in _WRAPPERS)
    inner = next((one for one in wrapped if isinstance(one, dict) and "messages" in one), None)
    return None if inner is None else messages(inner)


def user_prompt(found: list[Message]) -> str | None:
    """Pick the last human message of a serialized state."""
    return _last(found, "user")


def agent_response(found: list[Message]) -> str | None:
    """Pick the last AI message of a serialized state."""
    return _last(found, "assistant")


def tool_arguments(text: str) -> str:
    """Return a tool's arguments as JSON: bare, under `inputs`, or as Python writes a dict."""
    value = literal(text)
    if not isinstance(value, dict):
        return text
    inner = value.get("inputs")
    if isinstance(inner, dict):
        return dumped(inner)
    given = value.get("input_str")
    return given if isinstance(given, str) else dumped(value)


def tool_result(text: str) -> str | None:
    """Return the content of a serialized ToolMessage, any other text as it is."""
    value = parsed(text)
    members = _tool_message(value)
    if members is not None:
        return content_text(members["content"])
    return text if value is None else dumped(value)


def tool_failed(text: str) -> bool:
    """Tell whether a serialized ToolMessage has the status of an error."""
    members = _tool_message(parsed(text))
    return members is not None and members.get("status") == "error"


def _tool_message(value: Any) -> dict[str, Any] | None:
    while isinstance(value, dict) and "output" in value:
        value = value["output"]
    members = _members(value) if isinstance(value, dict) else {}
    return members if "content" in members else None


def _last(found: list[Message], role: str) -> str | None:
    for _, text in reversed(found):
        inside = messages(parsed(text))
        picked = [content for one, content in inside or [] if one == role]
        if picked:
            return picked[-1]
    return None


def _message(entry: Any) -> Message | None:
    if isinstance(entry, str):
        return "user", entry
    if isinstance(entry, list):
        pair = [one for one in entry if isinstance(one, str)]
        return (_ROLES.get(pair[0], pair[0]), pair[1]) if len(pair) == len(entry) == 2 else None
    if not isinstance(entry, dict):
        return None
    members = _members(entry)
    role = _role(entry, members)
    return None if role is None else (role, content_text(members.get("content")))


def _members(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what a message says: `kwargs` of a constructor, `data` of a message as dictionary."""
    for name in ("kwargs", "data"):
        if isinstance(entry.get(name), dict) and "content" in entry[name]:
            return entry[name]
    return entry


def _role(entry: dict[str, Any], members: dict[str, Any]) -> str | None:
    identifier = entry.get("id")
    name = identifier[-1] if isinstance(identifier, list) and identifier else None
    for word in (name, entry.get("role"), entry.get("type"), members.get("type")):
        if isinstance(word, str):
            bare = word.removesuffix("Chunk").removesuffix("Message").lower()
            if bare in _ROLES:
                return _ROLES[bare]
    return None


def _is_batch(entry: Any) -> bool:
    return isinstance(entry, list) and bool(entry) and all(isinstance(one, dict) for one in entry)
