"""Patterns with wildcards, kept as data: what a value in a policy can match.

`*` stands for any characters, also none, and `?` for any one character. A pattern is a tuple of
literal texts, wildcards and variables, so that it can be compared and reasoned about; the compiled
form beside it only makes matching fast.
Sources: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html,
reference_policies_elements_action.html, reference_policies_elements_condition_operators.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from .variables import Character, Variable, tokens

Context = Mapping[str, tuple[str, ...]]
_ARN_SEGMENTS = 6


class Wildcard(Enum):
    """`?` and `*`."""

    ONE = "?"
    MANY = "*"


Part = str | Wildcard | Variable


@dataclass(frozen=True)
class Pattern:
    """What one value in a policy matches.

    `parts` is the meaning, `text` the way it is written; with `folded` case does not matter (the
    literals are then in lower case already).
    """

    parts: tuple[Part, ...]
    text: str = field(compare=False)
    folded: bool = False
    literal: str | None = field(init=False, compare=False, repr=False)
    _prefix: str | None = field(init=False, compare=False, repr=False)
    _regex: re.Pattern[str] | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Compile the parts, if they hold no variable."""
        literal = prefix = regex = None
        if not self.variables:
            match self.parts:
                case ():
                    literal = ""
                case (str(only),):
                    literal = only
                case (Wildcard.MANY,):
                    prefix = ""
                case (str(start), Wildcard.MANY):
                    prefix = start
                case _:
                    regex = _compile(self.parts)
        object.__setattr__(self, "literal", literal)
        object.__setattr__(self, "_prefix", prefix)
        object.__setattr__(self, "_regex", regex)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables to fill in before it can match."""
        return tuple(part for part in self.parts if isinstance(part, Variable))

    def matches(self, text: str, context: Context) -> bool | None:
        """Whether the whole of `text` fits; None if a variable has neither value nor default."""
        if self.folded:
            text = text.lower()
        if self.literal is not None:
            return text == self.literal
        if self._prefix is not None:
            return text.startswith(self._prefix)
        if self._regex is not None:
            return self._regex.fullmatch(text) is not None
        bound = self.bind(context)
        return None if bound is None else bound.matches(text, context)

    def bind(self, context: Context) -> "Pattern | None":
        """The pattern with its variables filled in; None if one has no value.

        A filled-in value is literal: `*` in it is no wildcard. AWS does not say so; its `${*}`
        implies it.
        """
        parts: list[Part] = []
        for part in self.parts:
            if isinstance(part, Variable):
                value = part.value(context)
                if value is None:
                    return None
                parts.append(value.lower() if self.folded else value)
            else:
                parts.append(part)
        return Pattern(_joined(parts), self.text, self.folded)


@dataclass(frozen=True)
class ArnPattern:
    """What an `Arn…` operator matches: six segments, each a pattern of its own.

    A wildcard therefore never reaches over a colon, save in the last segment. A lone `*` matches
    any value; another text without six segments matches none (AWS does not say; inferred).
    Source:
    docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """

    segments: tuple[Pattern, ...]
    text: str = field(compare=False)

    @property
    def anything(self) -> bool:
        """Whether it is the lone `*`."""
        return len(self.segments) == 1 and self.segments[0].parts == (Wildcard.MANY,)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables to fill in before it can match."""
        return tuple(found for segment in self.segments for found in segment.variables)

    def bind(self, context: Context) -> "ArnPattern | None":
        """The pattern with its variables filled in; None if one has no value."""
        bound = [segment.bind(context) for segment in self.segments]
        segments = tuple(segment for segment in bound if segment is not None)
        return ArnPattern(segments, self.text) if len(segments) == len(bound) else None

    def matches(self, text: str, context: Context) -> bool | None:
        """Whether the ARN `text` fits; None if a variable has neither value nor default."""
        if self.anything:
            return True
        found = text.split(":", _ARN_SEGMENTS - 1)
        if len(self.segments) != _ARN_SEGMENTS or len(found) != _ARN_SEGMENTS:
            return False
        results = [
            pattern.matches(segment, context)
            for pattern, segment in zip(self.segments, found, strict=True)
        ]
        return None if None in results else all(results)


@dataclass(frozen=True)
class Chosen:
    """An Action or Resource element, or with `negated` a NotAction or NotResource one."""

    patterns: tuple[Pattern, ...]
    negated: bool = False

    def matches(self, text: str, context: Context) -> bool:
        """Whether the element covers `text`.

        A pattern whose variable has no value matches nothing, and in NotResource it covers nothing:
        "any attempt to match it fails and causes the statement to be invalid".
        Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
        """
        if self.negated:
            return all(pattern.matches(text, context) is False for pattern in self.patterns)
        return any(pattern.matches(text, context) for pattern in self.patterns)


@lru_cache(maxsize=16384)
def parse_pattern(
    text: str, *, wildcards: bool = True, variables: bool = True, folded: bool = False
) -> Pattern:
    """The pattern that `text` writes. Raises ValueError for a malformed variable."""
    parts: list[Part] = []
    for token in tokens(text) if variables else (text,):
        if isinstance(token, Variable):
            parts.append(token)
        elif isinstance(token, Character):
            parts.append(token.text)
        else:
            plain = token.lower() if folded else token
            parts.extend(_split_wildcards(plain) if wildcards else (plain,))
    return Pattern(_joined(parts), text, folded)


def parse_arn_pattern(text: str, *, variables: bool = True) -> ArnPattern:
    """The segments that `text` writes. Raises ValueError for a malformed variable."""
    segments: list[list[Part]] = [[]]
    for part in parse_pattern(text, variables=variables).parts:
        if not isinstance(part, str):
            segments[-1].append(part)
            continue
        first, *others = part.split(":", _ARN_SEGMENTS - len(segments))
        segments[-1].append(first)
        segments.extend([other] for other in others)
    return ArnPattern(tuple(Pattern(_joined(segment), text) for segment in segments), text)


def _split_wildcards(text: str) -> list[Part]:
    pieces = re.split(r"([*?])", text)
    return [Wildcard(piece) if piece in {"*", "?"} else piece for piece in pieces]


def _joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The same meaning in its one normal form: texts merged, none empty, `**` as `*`."""
    joined: list[Part] = []
    for part in parts:
        if part == "" or (part is Wildcard.MANY and joined and joined[-1] is Wildcard.MANY):
            continue
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _compile(parts: tuple[Part, ...]) -> re.Pattern[str]:
    """A regular expression that never backtracks over a wildcard.

    What stands between two `*` is taken where it occurs first (an atomic group), which is enough
    for patterns without alternatives and keeps hostile patterns from costing exponential time.
    """
    runs: list[str] = [""]
    for part in parts:
        if part is Wildcard.MANY:
            runs.append("")
        else:
            runs[-1] += "." if part is Wildcard.ONE else re.escape(str(part))
    first, *middle = runs
    last = f".*{middle.pop()}" if middle else ""
    return re.compile(first + "".join(f"(?>.*?{run})" for run in middle) + last, re.DOTALL)
