"""JSON as services read it: bounded in depth, strict about numbers and characters."""

import json
import re
from typing import Any

# No request of a service here is deeper than a dozen. Python's own limit would be met where a body
# is walked through, after it was read.
_DEEPEST = 100
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def parse_json(body: bytes) -> Any:
    """Return what a body says; raises ValueError for what is no JSON in UTF-8, or is too deep."""
    try:
        value = json.loads(body.decode(), parse_constant=_no_number)
    except RecursionError:
        raise ValueError(_too_deep()) from None
    if _SURROGATE.search(body):
        json.dumps(value, ensure_ascii=False).encode()  # half a character is none
    if body.count(b"{") + body.count(b"[") > _DEEPEST:
        _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise ValueError(_too_deep())


def _inside(value: Any) -> list[Any]:
    members = list(value.values()) if isinstance(value, dict) else value
    return [m for m in members if isinstance(m, dict | list)]


def _too_deep() -> str:
    return f"expected at most {_DEEPEST} levels"


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
