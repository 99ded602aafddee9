"""A session as the evaluators see it: turns of prompt, tool calls and answer, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool, with its arguments as parsed JSON and as text, and its result as text."""

    span_id: str
    name: str
    description: str
    arguments: Any = field(hash=False)
    arguments_text: str
    result: str
    failed: bool
    start: int


@dataclass(frozen=True)
class Turn:
    """One trace: what the user asked, what the agent did, what it answered."""

    trace_id: str
    span_id: str
    prompt: str
    answer: str
    system: str
    tools_on_offer: tuple[str, ...]
    calls: tuple[ToolCall, ...]
    end: int


@dataclass(frozen=True)
class Session:
    """One session; `end` is its last moment in nanoseconds since the epoch."""

    id: str
    turns: tuple[Turn, ...]
    end: int

    def calls(self) -> Iterator[tuple[Turn, ToolCall]]:
        """Yield every tool call with its turn, in order."""
        for turn in self.turns:
            for call in turn.calls:
                yield turn, call

    def before(self, turn: Turn) -> Sequence[Turn]:
        return self.turns[: self.turns.index(turn)]


class SessionError(Exception):
    """A session that cannot be evaluated; `type` is the result's error.type."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.type = error_type
