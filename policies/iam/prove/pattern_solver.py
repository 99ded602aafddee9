"""A short text that matches some patterns and not others, found by walking their automata.

A text has a form, a row of pieces: fixed text, or free text over an alphabet. One walk may write
several texts at once (a session's own ARN and its role's ARN, say): a piece says which of
them its characters belong to. The walk goes through the product of the automata, those texts
first that are nearest to what is demanded, and leaves every state that cannot succeed any more.
At each state only the characters that some automaton tells apart are tried, and one other.
"""

import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from heapq import heappop, heappush
from itertools import chain

from ..language.patterns import ArnPattern, Pattern, Wildcard
from .automata import Machine, machine

_GUESSES = 8
_PLAIN = f"x{string.ascii_lowercase}{string.digits}{string.ascii_uppercase}-_./+=,@"


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a form: `text`, or at least `least` characters that `allowed` lets pass.

    `tapes` are the numbers of the texts that it is part of.
    """

    tapes: tuple[int, ...] = (0,)
    text: str | None = None
    allowed: Callable[[str], bool] = bool
    least: int = 0


@dataclass(frozen=True, slots=True)
class Clause:
    """A demand on one text: that one of the patterns match it, or (`want` false) that none does."""

    patterns: tuple[Pattern | ArnPattern, ...]
    want: bool
    tape: int = 0


Form = tuple[Piece, ...]
ANY_TEXT: Form = (Piece(),)
_State = tuple[int, int, tuple[int, ...]]


def find_texts(clauses: Iterable[Clause], form: Form = ANY_TEXT) -> tuple[str, ...] | None:
    """Texts of the form, one for each tape, that meet all clauses; None if there are none.

    They are as short as can be under one demand to match, and nearly so under several.
    """
    return _found(tuple(clauses), form)


@lru_cache(maxsize=16384)
def _found(clauses: tuple[Clause, ...], form: Form) -> tuple[str, ...] | None:
    """The same. Kept: who asks is the same in questions about one action after the other."""
    kept = _simplified(clauses)
    if kept is None:
        return None
    for text, tape in _guesses(kept):
        guess = Clause((Pattern((text,) if text else (), text),), want=True, tape=tape)
        found = _Walk([guess, *kept], form).find()
        if found is not None:
            return found
    return _Walk(kept, form).find()


def _simplified(clauses: Sequence[Clause]) -> list[Clause] | None:
    """The clauses without patterns of which a single other clause says that they do not match."""
    barred: dict[int, list[Pattern | ArnPattern]] = {}
    for clause in clauses:
        if not clause.want:
            barred.setdefault(clause.tape, []).extend(clause.patterns)
    kept: list[Clause] = []
    for clause in clauses:
        if clause.want:
            others = barred.get(clause.tape, [])
            left = tuple(
                each
                for each in clause.patterns
                if not any(_within(each, other) for other in others)
            )
            if not left:
                return None
            kept.append(replace(clause, patterns=left))
        else:
            kept.append(clause)
    return kept


@lru_cache(maxsize=65536)
def _within(one: Pattern | ArnPattern, other: Pattern | ArnPattern) -> bool:
    """Whether every text that one pattern matches, the other matches."""
    if one == other:
        return True
    automaton = machine(other)
    texts = (_instance(one, ""), _instance(one, "\x01" * 40))
    if not all(automaton.accepts(automaton.run(text)) for text in texts):
        return False
    return _Walk([Clause((one,), want=True), Clause((other,), want=False)], ANY_TEXT).find() is None


def _guesses(clauses: Sequence[Clause]) -> Iterator[tuple[str, int]]:
    """Texts that meet the narrowest demand, shortest first."""
    wanted = [clause for clause in clauses if clause.want]
    if wanted:
        least = min(wanted, key=lambda clause: len(clause.patterns))
        texts = sorted((_instance(each, "") for each in least.patterns), key=len)
        yield from ((text, least.tape) for text in texts[:_GUESSES])


def _instance(pattern: Pattern | ArnPattern, many: str) -> str:
    """A text that the pattern matches, with `many` for each `*`."""
    if isinstance(pattern, ArnPattern):
        return ":".join(_instance(segment, many) for segment in pattern.segments)
    texts = {Wildcard.MANY: many, Wildcard.ONE: "x" if not many else "\x01"}
    parts = (texts[part] if isinstance(part, Wildcard) else str(part) for part in pattern.parts)
    return "".join(parts)


class _Walk:
    """One search."""

    def __init__(self, clauses: Sequence[Clause], form: Form) -> None:
        self._form = form
        self._numbers: dict[tuple[int, Pattern | ArnPattern], int] = {}
        self._machines: list[Machine] = []
        self._demands: list[tuple[list[int], bool]] = []
        by_tape: dict[int, list[int]] = {}
        for clause in clauses:
            members: list[int] = []
            for pattern in clause.patterns:
                place = (clause.tape, pattern)
                if place not in self._numbers:
                    self._numbers[place] = len(self._machines)
                    by_tape.setdefault(clause.tape, []).append(len(self._machines))
                    self._machines.append(machine(pattern))
                members.append(self._numbers[place])
            self._demands.append((members, clause.want))
        self._readers = [
            tuple(chain.from_iterable(by_tape.get(tape, ()) for tape in piece.tapes))
            for piece in form
        ]

    def find(self) -> tuple[str, ...] | None:
        first: _State = (0, 0, tuple(each.start for each in self._machines))
        came_from: dict[_State, tuple[_State, str] | None] = {first: None}
        waiting: list[tuple[int, int, int, _State]] = [(0, 0, 0, first)]
        while waiting:
            _, _, length, state = heappop(waiting)
            if state[0] == len(self._form):
                if self._met(state[2]):
                    return self._written(state, came_from)
                continue
            for following, text in self._next(state):
                if following not in came_from and self._hopeful(following[2]):
                    came_from[following] = (state, text)
                    longer = length + len(text)
                    rank = longer + self._missing(following[2])
                    heappush(waiting, (rank, len(came_from), longer, following))
        return None

    def _missing(self, states: tuple[int, ...]) -> int:
        """How many characters the demands still need, each by itself."""
        return sum(
            min(self._machines[member].missing(states[member]) for member in members)
            for members, want in self._demands
            if want
        )

    def _next(self, state: _State) -> Iterator[tuple[_State, str]]:
        """The states after the rest of a fixed piece, or after one more or no more characters."""
        index, count, states = state
        piece = self._form[index]
        if piece.text is not None:
            yield (index + 1, 0, self._moved(index, states, piece.text)), piece.text
            return
        if count >= piece.least:
            yield (index + 1, 0, states), ""
        yield from self._extend(state)

    def _extend(self, state: _State) -> Iterator[tuple[_State, str]]:
        """The states after one more character of a free piece."""
        index, count, states = state
        piece = self._form[index]
        told_apart: set[str] = set()
        for reader in self._readers[index]:
            told_apart |= self._machines[reader].letters(states[reader])
        characters = sorted(filter(piece.allowed, told_apart))
        for character in [*_other(told_apart, piece.allowed), *characters]:
            moved = self._moved(index, states, character)
            yield (index, min(count + 1, piece.least), moved), character

    def _moved(self, index: int, states: tuple[int, ...], text: str) -> tuple[int, ...]:
        moved = list(states)
        for reader in self._readers[index]:
            moved[reader] = self._machines[reader].run(text, moved[reader])
        return tuple(moved)

    def _hopeful(self, states: tuple[int, ...]) -> bool:
        for members, want in self._demands:
            if want:
                if not any(states[member] for member in members):
                    return False
            elif any(self._machines[member].always(states[member]) for member in members):
                return False
        return True

    def _met(self, states: tuple[int, ...]) -> bool:
        return all(
            any(self._machines[member].accepts(states[member]) for member in members) is want
            for members, want in self._demands
        )

    def _written(
        self, state: _State, came_from: dict[_State, tuple[_State, str] | None]
    ) -> tuple[str, ...]:
        tapes = max((tape for piece in self._form for tape in piece.tapes), default=0) + 1
        texts = [""] * tapes
        step = came_from[state]
        while step is not None:
            state, text = step
            for tape in self._form[state[0]].tapes:
                texts[tape] = text + texts[tape]
            step = came_from[state]
        return tuple(texts)


def _other(told_apart: set[str], allowed: Callable[[str], bool]) -> list[str]:
    """One allowed character that stands for all that no automaton tells apart, if there is one."""
    plain = (each for each in _PLAIN if each not in told_apart and allowed(each))
    found = next(plain, None)
    if found is None:
        every = (chr(code) for code in range(0x20, 0x2000))
        found = next((each for each in every if each not in told_apart and allowed(each)), None)
    return [] if found is None else [found]
