"""Small deterministic measures on text, which the stand-in evaluators are made of."""

import ast
import operator
import re
from collections.abc import Callable, Iterable

_TOKEN = re.compile(r"[^\W_]+(?:[-.:'][^\W_]+)*")
_GERMAN_DATE = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ARITHMETIC = re.compile(r"[\d.\s()+*/%-]*\d[\d.\s()+*/%-]*")

_COMMON = frozenset((
    "a", "about", "am", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could",
    "did", "do", "does", "each", "for", "from", "had", "has", "have", "here", "how", "i", "if",
    "in", "is", "it", "its", "just", "me", "my", "of", "off", "on", "or", "please", "so", "than",
    "that", "the", "their", "them", "then", "there", "they", "this", "to", "was", "we", "were",
    "what", "when", "where", "which", "who", "will", "with", "would", "you", "your",
))  # fmt: skip

_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}


def tokens(text: str) -> list[str]:
    """Return the words, numbers, dates and identifiers of a text, lower case."""
    dated = _GERMAN_DATE.sub(lambda m: f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}", text)
    return [token.casefold() for token in _TOKEN.findall(_THOUSANDS.sub("", dated))]


def literals(text: str) -> set[str]:
    """Return what can be right or wrong to the letter: tokens with a digit, numbers normalised."""
    return {_number(token) for token in tokens(text) if any(map(str.isdigit, token))}


def content(text: str) -> set[str]:
    """Return the stems of the words that carry meaning."""
    return {stem(token) for token in tokens(text) if token not in _COMMON and not token.isdecimal()}


def name_words(name: str) -> set[str]:
    """Return the stems of the words in an identifier such as `order_lookup` or `orderLookup`."""
    return {stem(part.casefold()) for part in re.split(r"[\W_]+", _CAMEL.sub("_", name)) if part}


def stem(word: str) -> str:
    """Return a word without its commonest English endings."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word.removesuffix("e") if len(word) > 3 else word


def share(part: Iterable[str], whole: Iterable[str]) -> float:
    """Return which share of `part` lies in `whole`; 1 for an empty part."""
    wanted, found = set(part), set(whole)
    return len(wanted & found) / len(wanted) if wanted else 1.0


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?\u3002])\s+", text.strip()) if content(part)]


def says(text: str, phrases: Iterable[str]) -> bool:
    """Tell whether one of the phrases occurs, whatever the case and the kind of apostrophe."""
    plain = " ".join(text.casefold().replace("\u2019", "'").split())
    return any(re.search(rf"\b{re.escape(phrase)}\b", plain) for phrase in phrases)


def arithmetic(expression: str) -> float | None:
    """Return the value of a short expression of numbers, brackets and + - * / %, else None."""
    if len(expression) > 200 or not _ARITHMETIC.fullmatch(expression):
        return None
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, RecursionError):
        return None


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError(f"not arithmetic: {ast.dump(node)}")


def number(value: float) -> str:
    """Return a number as `literals` writes it."""
    return f"{round(value, 6):.6f}".rstrip("0").rstrip(".")


def _number(token: str) -> str:
    try:
        return number(float(token))
    except ValueError:
        return token
