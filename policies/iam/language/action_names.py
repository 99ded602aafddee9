"""The actions that there are, of the services whose names are known.

The names come from botocore's service models and, where IAM's differ, from the service
authorization reference; tools/action_names.py writes the file. Of any other service every name
counts as an action.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import cast

from .patterns import Chosen, Pattern


@lru_cache(maxsize=1)
def known_actions() -> dict[str, str]:
    """Every known `service:Name`, by its form in lower case."""
    text = (Path(__file__).parent / "action_names.json").read_text(encoding="utf-8")
    listed = cast("dict[str, list[str]]", json.loads(text))
    names = (f"{service}:{name}" for service, found in listed.items() for name in found)
    return {name.lower(): name for name in names}


@lru_cache(maxsize=1)
def known_services() -> frozenset[str]:
    """The services, by prefix, whose actions are known."""
    return frozenset(name.partition(":")[0] for name in known_actions())


def covered_actions(chosen: Chosen) -> frozenset[str]:
    """The known actions, in lower case, that an Action or NotAction element covers."""
    found = frozenset[str]().union(*map(_matching, chosen.patterns))
    return frozenset(known_actions()) - found if chosen.negated else found


@lru_cache(maxsize=4096)
def _matching(pattern: Pattern) -> frozenset[str]:
    if pattern.literal is not None:
        return frozenset({pattern.literal} & known_actions().keys())
    return frozenset(name for name in known_actions() if pattern.matches(name, {}))
