"""Patterns as automata: which texts match some patterns and not others.

A pattern is a row of positions, one for each character that it takes, and the set of positions
that a text has reached so far is a number whose bits are the positions: one step costs two
operations, whatever the number of wildcards.
"""

from collections.abc import Iterator
from functools import lru_cache

from ..language.patterns import ArnPattern, Pattern, Wildcard

_SEGMENTS = 6
# Their lower-case forms are ASCII letters, so they match case-insensitive patterns too.
_STRANGE_CAPITALS = {"k": "\u212a"}


class Machine:
    """The automaton of one pattern; a state is a set of positions, 0 the state of no return."""

    def __init__(self, pattern: Pattern | ArnPattern) -> None:
        self.folded = isinstance(pattern, Pattern) and pattern.folded
        self._row: list[tuple[str | None, bool]] = []  # character (None: any), colon excluded
        self._loops = self._loops_at_colon = 0
        self.start = 1
        if isinstance(pattern, Pattern):
            self._add(pattern, first=False)
        elif pattern.anything:
            self._loops = self._loops_at_colon = 1
        elif _can_match(pattern):
            for index, segment in enumerate(pattern.segments):
                if index:
                    self._row.append((":", False))
                self._add(segment, first=index < _SEGMENTS - 1)
        else:
            self.start = 0
        self._tells_colon = isinstance(pattern, ArnPattern)
        self._final = 1 << len(self._row)
        self._steps: dict[str, int] = {}
        self._letters: dict[int, frozenset[str]] = {}

    def _add(self, pattern: Pattern, *, first: bool) -> None:
        """Append a pattern; in the `first` segments of an ARN no wildcard reaches over a colon."""
        for part in pattern.parts:
            if part is Wildcard.MANY:
                self._loops |= 1 << len(self._row)
                self._loops_at_colon |= 0 if first else 1 << len(self._row)
            elif part is Wildcard.ONE:
                self._row.append((None, first))
            elif isinstance(part, str):
                self._row.extend((character, False) for character in part)
            else:
                raise TypeError(f"pattern: expected no policy variable, found {pattern.text}")

    def _mask(self, character: str) -> int:
        """The positions that take this character."""
        return sum(
            1 << index
            for index, (wanted, no_colon) in enumerate(self._row)
            if wanted == character or (wanted is None and not (no_colon and character == ":"))
        )

    def step(self, state: int, character: str) -> int:
        """The state after one more character."""
        if self.folded:
            character = character.lower()
        mask = self._steps.get(character)
        if mask is None:
            mask = self._steps[character] = self._mask(character)
        loops = self._loops_at_colon if character == ":" else self._loops
        return ((state & mask) << 1) | (state & loops)

    def run(self, text: str, state: int | None = None) -> int:
        """The state after a text."""
        state = self.start if state is None else state
        for character in text:
            if not state:
                break
            state = self.step(state, character)
        return state

    def accepts(self, state: int) -> bool:
        """Whether a text that leads to this state matches."""
        return bool(state & self._final)

    def always(self, state: int) -> bool:
        """Whether every longer text matches too."""
        return bool(state & self._final & self._loops_at_colon)

    def missing(self, state: int) -> int:
        """How many characters it takes at least until a text that leads to this state matches."""
        return len(self._row) + 1 - state.bit_length()

    def letters(self, state: int) -> frozenset[str]:
        """The characters that lead elsewhere than all others do."""
        known = self._letters.get(state)
        if known is None:
            known = self._letters[state] = frozenset(self._told_apart(state))
        return known

    def _told_apart(self, state: int) -> Iterator[str]:
        if self._tells_colon:
            yield ":"
        for index, (character, _) in enumerate(self._row):
            if state >> index & 1 and character is not None:
                yield character
                if self.folded:
                    yield from {character.upper(), _STRANGE_CAPITALS.get(character, character)}

    def after_colons(self, count: int) -> list[int]:
        """The single positions in which a text can stand right after so many colons.

        Every state that such a text leads to is a union of them.
        """
        reached = self.start
        for _ in range(count):
            before = 0
            while before != reached:
                before = reached
                for index, (character, _) in enumerate(self._row):
                    if reached >> index & 1 and character != ":":
                        reached |= 2 << index
            reached = self.step(reached, ":")
        return [1 << index for index in range(len(self._row) + 1) if reached >> index & 1]


def _can_match(pattern: ArnPattern) -> bool:
    """Whether it has six segments, none of which a filled-in variable has given a colon."""
    texts = [part for segment in pattern.segments[:-1] for part in segment.parts]
    strange = any(isinstance(part, str) and ":" in part for part in texts)
    return len(pattern.segments) == _SEGMENTS and not strange


@lru_cache(maxsize=4096)
def machine(pattern: Pattern | ArnPattern) -> Machine:
    """The automaton of a pattern, made once."""
    return Machine(pattern)
