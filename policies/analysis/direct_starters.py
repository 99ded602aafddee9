"""Callers of StartBatchEvaluation beside the controller: schedules, builds, runbooks, machines."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from ..model.resource import Resource
from .controllers import SCHEDULE
from .environment import Environment
from .evaluation_starters import FUNCTION

# Texts of commands and calls that run later, and the property that holds them.
SCRIPTS = {
    "aws:codebuild/project:Project": "source.buildspec",
    "aws:ssm/document:Document": "content",
}
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"

STARTS = re.compile("start-?batch-?evaluation", re.IGNORECASE)

TARGET = "bedrockagentcore:startbatchevaluation"


def direct_starters(environment: Environment) -> list[Resource]:
    """Schedules, state machines, builds and runbooks that call the API themselves."""
    schedules = [
        each
        for each in environment.stack.of(SCHEDULE)
        if not environment.stack.referred(each, "target.arn", FUNCTION)
        and TARGET in each.text("target.arn").lower()
    ]
    machines = [
        each
        for each in environment.stack.of(STATE_MACHINE)
        if next(calls_in(loaded(each.text("definition"))), None) is not None
    ]
    scripts = [
        each
        for type_, path in SCRIPTS.items()
        for each in environment.stack.of(type_)
        if STARTS.search(each.text(path))
    ]
    return [*schedules, *machines, *scripts]


def calls_in(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        state = cast("dict[str, Any]", value)
        if TARGET in str(state.get("Resource", "")).lower():
            yield state.get("Arguments") or state.get("Parameters") or {}
        for each in state.values():
            yield from calls_in(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from calls_in(each)


def loaded(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
