"""Text out of JSON that was serialized into attributes and event records."""

import ast
import json
from collections.abc import Mapping
from typing import Any

# Python's own parser ends the process on texts that are nested deeply enough.
_MOST_BRACKETS = 100


def parsed(text: str) -> Any:
    """Return what a JSON text says, None when it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def literal(text: str) -> Any:
    """Return what a JSON text or the text of a Python dict says, None when it is neither."""
    value = parsed(text)
    nested = sum(text.count(bracket) for bracket in "{[(")
    if value is not None or not text.lstrip().startswith("{") or nested > _MOST_BRACKETS:
        return value
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def dumped(value: Any) -> str:
    """Return a text as it is and anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def content_text(content: Any) -> str:
    """Return the text of a message's content: a string, or blocks of which some hold text.

    Blocks are `{"type": "text", "text"}` (LangChain, Anthropic, LlamaIndex), `{"type": "text",
    "content"}` (OpenTelemetry's parts), `{"text"}` (Strands, Gemini) and bare strings.
    """
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (_block_text(block) for block in content)
    return "\n".join(text for text in texts if text)


def _block_text(block: Any) -> str:
    if isinstance(block, str):
        return block
    if not isinstance(block, Mapping):
        return ""
    if block.get("type", "text") not in ("text", "output_text", "input_text"):
        return ""
    value = block.get("text", block.get("content"))
    return value if isinstance(value, str) else ""
