"""Suggests the name that was meant, where a command line names what does not exist."""

import argparse
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

_CHOICE = re.compile(r"invalid choice: '(.*)' \(choose from (.*)\)", re.DOTALL)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the nearest known name, empty where none is near."""
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the nearest known name in any case, empty where none is near."""
    spelt = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), spelt, n=1, cutoff=cutoff)
    return spelt[near[0]] if near else ""


class SuggestingParser(argparse.ArgumentParser):
    """A command line that answers an unknown command, choice or option with the nearest one.

    Subcommands are of the same class, and each knows its own options only: so each refuses what it
    does not know itself, and leaves nothing for the parser above.
    """

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Read the arguments; exits with 2 where one is unknown."""
        known, others = super().parse_known_args(args, namespace)
        if others:
            options = re.findall(r"(?<![\w-])--?[a-z][a-z-]*", self.format_help())
            name = next((each for each in others if each.startswith("-")), "").partition("=")[0]
            near = did_you_mean(name, options) if name else ""
            self.error(f"unrecognized arguments: {' '.join(others)}{near}")
        return known, others

    def explained(self, message: str) -> str:
        """Return an error with the nearest of the choices that it lists."""
        found = _CHOICE.search(message)
        if found is None:
            return message
        choices = [choice.strip("' ") for choice in found[2].split(",")]
        return f"{message}{did_you_mean(found[1], choices)}"
