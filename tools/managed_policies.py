"""Writes managed_policies.json: what AWS's managed policies allow of what rules ask about.

moto carries the documents, by the command that its module aws_managed_policies.py names. Of each
policy the statements are kept that are about an action of the pack's; where none is left the policy
allows nothing of it.
"""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from policies.analysis.managed_policies import asked_about

PLACE = Path(__file__).parents[1] / "policies" / "analysis" / "managed_policies.json"


def text() -> str:
    """The file: one policy a line."""
    listed = (
        f"{json.dumps(name)}:{json.dumps(statements, separators=(',', ':'))}"
        for name, statements in sorted(_policies())
    )
    return "{\n" + ",\n".join(listed) + "\n}\n"


def _policies() -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    asked = asked_about()
    for name, policy in json.loads(aws_managed_policies_data).items():
        statements = policy["Document"]["Statement"]
        listed = statements if isinstance(statements, list) else [statements]
        kept = [found for each in listed if (found := _trimmed(each, asked))]
        yield name, kept if any(each["Effect"] == "Allow" for each in kept) else []


def _trimmed(statement: Mapping[str, Any], asked: frozenset[str]) -> Mapping[str, Any]:
    """A statement with the actions that rules ask about; empty without any."""
    elements = {name: value for name, value in statement.items() if name != "Sid"}
    if "Action" not in elements:
        return elements
    actions = elements["Action"] if isinstance(elements["Action"], list) else [elements["Action"]]
    kept = [pattern for pattern in actions if _matches(pattern.lower(), asked)]
    return {**elements, "Action": kept} if kept else {}


def _matches(pattern: str, asked: frozenset[str]) -> bool:
    """Tell whether an action pattern matches an asked action; most patterns are plain names."""
    if "*" in pattern or "?" in pattern:
        return any(fnmatchcase(each, pattern) for each in asked)
    return pattern in asked


if __name__ == "__main__":
    PLACE.write_text(text(), "utf-8")
