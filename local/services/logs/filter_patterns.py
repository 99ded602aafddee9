"""Filter patterns of CloudWatch Logs: terms, and conditions on the properties of JSON events.

docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
Space-delimited patterns (`[…]`), regular expressions (`%…%`) and `?` beside other terms are not
answered here. Where AWS does not say, a property that an event lacks fits NOT EXISTS alone.
"""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

import moto.logs.models

from local.aws_api.aws_error import AwsError
from local.aws_api.json_text import parse_json

Matches = Callable[[str], bool]
Condition = Callable[[Any], bool]

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_]+))(?=\s|$)')
_TOKEN = re.compile(
    r'\s*(?:(?P<punctuation>&&|\|\||[()]|!=|<=|>=|[=<>])|"(?P<text>(?:[^"\\]|\\.)*)"'
    r"|(?P<selector>\$(?:\.[A-Za-z0-9_:-]+|\.\"[^\"]+\"|\[['\"][^'\"]+['\"]\]|\[\d+\])+)"
    r"|(?P<word>[A-Za-z0-9_.*:@/+-]+))"
)
_STEP = re.compile(r"\.([A-Za-z0-9_:-]+)|\.\"([^\"]+)\"|\[['\"]([^'\"]+)['\"]\]|\[(\d+)\]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_MISSING = object()


class EventMessageFilter:
    """Stands in for moto's filter, which lets every event through a pattern it does not know."""

    def __init__(self, pattern: str | None) -> None:
        self.matches = read_pattern(pattern or "")


@lru_cache(maxsize=64)
def read_pattern(pattern: str) -> Matches:
    """Give the test of a pattern.

    Raises AwsError: InvalidParameterException for what is no pattern, NotImplemented for one that
    the local endpoint cannot judge.
    """
    text = pattern.strip()
    if text.startswith("{") and text.endswith("}"):
        condition = _Conditions(text[1:-1]).whole()
        return lambda message: _on_json(condition, message)
    if text.startswith(("[", "%")):
        raise AwsError(
            "NotImplemented",
            "filterPattern: the local endpoint reads terms and JSON conditions only, found "
            f"{pattern!r:.80}",
            501,
        )
    return _terms(text)


def _terms(text: str) -> Matches:
    required: list[str] = []
    excluded: list[str] = []
    optional: list[str] = []
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            raise _invalid(text)
        sign, quoted, word = found.groups()
        kind = {"": required, "-": excluded, "?": optional}[sign]
        kind.append(word if quoted is None else _unescaped(quoted))
        at = found.end()
        while at < len(text) and text[at].isspace():
            at += 1
    if optional and (required or excluded):
        raise AwsError(
            "NotImplemented",
            "filterPattern: the local endpoint does not know what ? means beside other terms",
            501,
        )
    return lambda message: (
        all(term in message for term in required)
        and not any(term in message for term in excluded)
        and (not optional or any(term in message for term in optional))
    )


def _on_json(condition: Condition, message: str) -> bool:
    try:
        event = parse_json(message.encode())
    except ValueError:
        return False
    return isinstance(event, dict | list) and condition(event)


class _Conditions:
    """Reads the conditions between the braces of a JSON pattern."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                if "%" in text[at:]:
                    raise AwsError(
                        "NotImplemented",
                        "filterPattern: the local endpoint reads no regular expressions",
                        501,
                    )
                raise _invalid(text)
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()

    def whole(self) -> Condition:
        """Read all of the text; && binds closer than ||."""
        condition = self._either()
        if self._tokens:
            raise _invalid(self._text)
        return condition

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._took("||"):
            parts.append(self._both())
        return lambda event: any(part(event) for part in parts)

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._took("&&"):
            parts.append(self._one())
        return lambda event: all(part(event) for part in parts)

    def _one(self) -> Condition:
        if self._took("("):
            inner = self._either()
            if not self._took(")"):
                raise _invalid(self._text)
            return inner
        kind, selector = self._next()
        if kind != "selector":
            raise _invalid(self._text)
        steps = _STEP.findall(selector)
        judge = self._comparison()
        return lambda event: judge(_selected(event, steps))

    def _comparison(self) -> Condition:
        kind, sign = self._next()
        if (kind, sign.upper()) == ("word", "NOT"):
            if self._next()[1].upper() != "EXISTS":
                raise _invalid(self._text)
            return lambda value: value is _MISSING
        if (kind, sign.upper()) == ("word", "IS"):
            constants = {"TRUE": True, "FALSE": False, "NULL": None}
            name = self._next()[1].upper()
            if name not in constants:
                raise _invalid(self._text)
            return lambda value: value is constants[name]
        kind, expected = self._next()
        if kind not in ("text", "word"):
            raise _invalid(self._text)
        if sign in ("=", "!="):
            wanted = sign == "="
            return lambda value: (
                value is not _MISSING and _equals(value, expected, kind == "text") is wanted
            )
        if sign not in _ORDERS or not _NUMBER.fullmatch(expected):
            raise _invalid(self._text)
        order, bound = _ORDERS[sign], float(expected)
        return lambda value: _is_number(value) and order(value, bound)

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise _invalid(self._text)
        return self._tokens.pop(0)

    def _took(self, punctuation: str) -> bool:
        if self._tokens[:1] != [("punctuation", punctuation)]:
            return False
        self._tokens.pop(0)
        return True


def _selected(event: Any, steps: list[tuple[str, str, str, str]]) -> Any:
    value = event
    for *names, index in steps:
        name = "".join(names)
        if index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif name and isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return _MISSING
    return value


def _equals(value: Any, expected: str, quoted: bool) -> bool:
    """Whether a value is a number or a text; `*` in a text stands for anything."""
    if not quoted and _is_number(value) and _NUMBER.fullmatch(expected):
        return value == float(expected)
    text = _unescaped(expected) if quoted else expected
    pattern = re.sub(r"([\[?])", r"[\1]", text)
    return isinstance(value, str) and fnmatchcase(value, pattern)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return re.sub(r"\\(.)", r"\1", text)


def _invalid(pattern: str) -> AwsError:
    return AwsError("InvalidParameterException", f"Invalid filter pattern: {pattern!r:.80}")


# moto lets every event through a pattern that it does not know.
moto.logs.models.EventMessageFilter = EventMessageFilter  # pyright: ignore[reportPrivateImportUsage]
