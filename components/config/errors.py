"""Validation errors of inputs, each with what was expected and what was found."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import cast

import pulumi


class InvalidInput(pulumi.RunError):
    """One input has a value that it cannot have.

    The message reads `name: expected …, got …`. A `RunError` is shown by Pulumi without a
    traceback.
    """

    def __init__(self, name: str, expected: str, got: object) -> None:
        self.name = name
        self.expected = expected
        self.got = got
        super().__init__(self._text())

    def _text(self) -> str:
        return f"{self.name}: expected {self.expected}, got {_shown(self.got)}"


class UnknownInput(InvalidInput):
    """An input that does not exist; the message names the nearest one that does.

    kind: `setting`, or `argument of EvaluationKey`. known: the inputs that exist.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.known = sorted(known)
        super().__init__(name, f"one of {', '.join(self.known)}", name)

    def _text(self) -> str:
        kind, _, owner = self.kind.partition(" ")
        near = get_close_matches(self.name, self.known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.known)}"
        return f"unknown {kind} {self.name}{owner and f' {owner}'}; {hint}"


def _shown(value: object) -> str:
    """Return a value as messages show it; an Output has no value yet."""
    if isinstance(value, pulumi.Output):
        return "an Output"
    if isinstance(value, list | tuple):
        elements = ", ".join(_shown(element) for element in cast(Sequence[object], value))
        return f"[{elements}]" if isinstance(value, list) else f"({elements})"
    return repr(value)


class InvalidInputs(pulumi.RunError):
    """Several inputs are wrong; the message has one line for each of `errors`."""

    def __init__(self, errors: Sequence[InvalidInput]) -> None:
        self.errors = tuple(errors)
        lines = "\n".join(f"  {error}" for error in errors)
        super().__init__(f"{len(self.errors)} invalid settings:\n{lines}")


class KeyNotUsable(pulumi.RunError):
    """An existing KMS key cannot serve as the evaluation key as it is.

    `reasons` say what its owner must change; this package never changes a key that it did not make.
    """

    def __init__(self, key_arn: str, reasons: Sequence[str]) -> None:
        self.key_arn = key_arn
        self.reasons = tuple(reasons)
        lines = "\n".join(f"  - {reason}" for reason in reasons)
        super().__init__(f"existing key {key_arn} cannot be used yet:\n{lines}")


class LookupFailed(pulumi.RunError):
    """AWS, or the provider in front of it, did not answer a question of the program.

    `question` is the operation, `reason` the answer in its own words.
    """

    def __init__(self, question: str, reason: str, remedy: str) -> None:
        self.question = question
        self.reason = reason
        super().__init__(f"{question} failed: {reason}; {remedy}")
