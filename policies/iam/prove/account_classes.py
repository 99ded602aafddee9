"""Accounts that the documents tell apart.

Two accounts are alike if every pattern goes on the same way after either, wherever in an ARN it
meets them. Of each class one account is enough, and a second where two must differ.
"""

from dataclasses import dataclass
from functools import lru_cache

from ..language.patterns import ArnPattern, Pattern
from .automata import machine

_DIGITS = "9876543210"
_LENGTH = 12
_COLONS = 4  # in an ARN before the account


@dataclass(frozen=True, slots=True)
class AccountClass:
    """Accounts that nothing tells apart: one of them, and another if there is one."""

    account: str
    other: str | None


@lru_cache(maxsize=1024)
def account_classes(
    whole: frozenset[Pattern | ArnPattern], within: frozenset[Pattern | ArnPattern]
) -> tuple[AccountClass, ...]:
    """The classes, those first that the patterns name.

    `whole` patterns match an account by itself, `within` patterns an ARN that it is part
    of.
    """
    starts = {(each, each.start) for each in map(machine, whole)}
    for each in map(machine, within):
        starts |= {(each, position) for position in each.after_colons(_COLONS)}
    automata = list(starts)
    level: dict[tuple[int, ...], list[str]] = {tuple(state for _, state in automata): [""]}
    for _ in range(_LENGTH):
        following: dict[tuple[int, ...], list[str]] = {}
        for states, words in level.items():
            known: set[str] = set()
            for (each, _), state in zip(automata, states, strict=True):
                known |= each.letters(state)
            plain = [digit for digit in _DIGITS if digit not in known]
            for digit in [*(digit for digit in _DIGITS if digit in known), *plain[:2]]:
                moved = tuple(
                    each.step(state, digit) if state else 0
                    for (each, _), state in zip(automata, states, strict=True)
                )
                found = following.setdefault(moved, [])
                found.extend(word + digit for word in words[: 2 - len(found)])
        level = following
    classes = [
        AccountClass(words[0], words[1] if len(words) > 1 else None) for words in level.values()
    ]
    return tuple(sorted(classes, key=lambda each: (each.other is not None, each.account)))
