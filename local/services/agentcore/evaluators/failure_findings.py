"""Finds visible failures in a session by fixed rules, without a model.

The stand-in evaluators and the stand-in of Builtin.FailureAnalysis judge by these findings. The
categories are those of the service model's InsightsFailureCategory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from local.services.agentcore.conversation import Session, ToolCall, Turn
from local.services.agentcore.evaluators import measures

Kind = Literal[
    "tool-error",
    "fabricated",
    "contradicts-tool",
    "ungrounded-argument",
    "wrong-tool",
    "user-gave-up",
]

ADMISSIONS = (
    "can't", "cannot", "could not", "couldn't", "did not find", "does not exist", "error",
    "failed", "no order", "no such", "not available", "not find", "not found", "not reach",
    "problem", "sorry", "try again", "unable", "unavailable",
)  # fmt: skip
COMPLAINTS = (
    "forget it", "not what i asked", "that is wrong", "that's wrong", "useless", "you did not",
    "you didn't",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that went wrong, and the span where."""

    kind: Kind
    category: str
    trace_id: str
    span_id: str
    description: str


@lru_cache(maxsize=16)
def findings(session: Session) -> tuple[Finding, ...]:
    """Return all findings of a session, in order."""
    return tuple(_find(session))


def of_turn(session: Session, turn: Turn) -> frozenset[Kind]:
    return frozenset(f.kind for f in findings(session) if f.trace_id == turn.trace_id)


def of_call(session: Session, call: ToolCall) -> frozenset[Kind]:
    return frozenset(f.kind for f in findings(session) if f.span_id == call.span_id)


def _find(session: Session) -> Iterator[Finding]:
    known = ""
    for index, turn in enumerate(session.turns):
        if index and measures.says(turn.prompt, COMPLAINTS):
            yield Finding(
                "user-gave-up",
                "orchestration-related-errors-category-goal-deviation",
                turn.trace_id,
                turn.span_id,
                "The user complained or gave up.",
            )
        known += f"\n{turn.system}\n{turn.prompt}"
        # Calls that were made at once cannot know each other's results.
        before = known
        for call in turn.calls:
            yield from _of_call(turn, call, before)
            known += f"\n{call.result}"
        yield from _of_answer(turn)
        known += f"\n{turn.answer}"


def _of_call(turn: Turn, call: ToolCall, known: str) -> Iterator[Finding]:
    if call.failed:
        yield Finding(
            "tool-error",
            _error_category(call.result),
            turn.trace_id,
            call.span_id,
            f"Tool {call.name} failed.",
        )
    if any(not _grounded(value, known) for value in _values(call.arguments)):
        yield Finding(
            "ungrounded-argument",
            "hallucination-category-hall-params",
            turn.trace_id,
            call.span_id,
            f"Tool {call.name} was called with a value that nothing before it mentions.",
        )
    if better := _better_tool(turn, call):
        yield Finding(
            "wrong-tool",
            "incorrect-actions-category-tool-selection",
            turn.trace_id,
            call.span_id,
            f"Tool {call.name} was called where {better} fits the request.",
        )


def _of_answer(turn: Turn) -> Iterator[Finding]:
    if (
        turn.calls
        and all(call.failed for call in turn.calls)
        and not measures.says(turn.answer, ADMISSIONS)
    ):
        yield Finding(
            "fabricated",
            "hallucination-category-fabricate-tool-outputs",
            turn.trace_id,
            turn.span_id,
            "The answer states facts although every tool call failed.",
        )
    said = measures.literals(turn.answer)
    results = {
        result
        for call in turn.calls
        if not call.failed and (result := _numeric_result(call)) is not None
    }
    if results and said and not results & said:
        yield Finding(
            "contradicts-tool",
            "context-handling-error-category-context-handling-failures",
            turn.trace_id,
            turn.span_id,
            "The answer holds numbers, but not the one that the tool computed.",
        )


def _numeric_result(call: ToolCall) -> str | None:
    try:
        return measures.number(float(call.result.strip()))
    except (ValueError, OverflowError):
        return None


def _error_category(result: str) -> str:
    if measures.says(result, ("timeout", "timeouterror", "timed out", "did not answer")):
        return "execution-error-category-timeout"
    if measures.says(result, ("access denied", "unauthorized", "forbidden")):
        return "execution-error-category-authentication"
    if measures.says(result, ("no order", "no such", "not found", "does not exist", "unknown")):
        return "execution-error-category-resource-not-found"
    return "execution-error-category-service-errors"


def _values(arguments: Any) -> Iterator[str]:
    """Yield the strings that look like a name, a number or an identifier."""
    if isinstance(arguments, dict):
        arguments = list(arguments.values())
    if isinstance(arguments, list):
        for value in arguments:
            yield from _values(value)
    elif isinstance(arguments, str) and (
        arguments[:1].isupper() or any(map(str.isdigit, arguments))
    ):
        yield arguments


def _grounded(value: str, known: str) -> bool:
    """Tell whether the conversation mentions a value, or half the numbers of an expression."""
    if any(map(str.isdigit, value)) and value.casefold() in known.casefold():
        return True
    if measures.arithmetic(value) is not None:
        return measures.share(measures.literals(value), measures.literals(known)) >= 0.5
    return measures.share(measures.tokens(value), measures.tokens(known)) > 0


def _better_tool(turn: Turn, call: ToolCall) -> str | None:
    """Return an offered tool that shares words with the prompt, when the called one shares none."""
    asked = measures.content(turn.prompt)
    if asked & (measures.name_words(call.name) | measures.content(call.description)):
        return None
    others = [name for name in turn.tools_on_offer if name != call.name]
    shared, best = max(
        ((len(asked & measures.name_words(name)), name) for name in others), default=(0, "")
    )
    return best if shared else None
