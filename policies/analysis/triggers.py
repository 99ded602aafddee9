"""Schedules, event rules and pipes: they run something on time or on an event.

All are read alike: what each calls, with which input, under which role, and where what it cannot
deliver goes.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from ..model.resource import Resource, Values, Waiting
from ..model.stack import Stack, known_text
from .evaluation_starters import FUNCTION
from .event_input import FromEvent, NoJsonError, member, read_json, read_template

ALIAS = "aws:lambda/alias:Alias"
SCHEDULE = "aws:scheduler/schedule:Schedule"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
EVENT_RULE = "aws:cloudwatch/eventRule:EventRule"
PIPE = "aws:pipes/pipe:Pipe"
UNIVERSAL = re.compile(r"arn:[\w-]+:scheduler:::aws-sdk:([^:]+):(.+)", re.DOTALL)


@dataclass(frozen=True)
class Paths:
    """Which properties of a type say what; empty where the type has no such property."""

    targets: tuple[str, ...]
    role: str
    dead_letter: str = ""
    retries: str = ""
    input: str = ""
    service: str = ""


PATHS: Mapping[str, Paths] = {
    SCHEDULE: Paths(
        targets=("target.arn",),
        role="target.roleArn",
        dead_letter="target.deadLetterConfig.arn",
        retries="target.retryPolicy.maximumRetryAttempts",
        input="target.input",
        service="scheduler.amazonaws.com",
    ),
    EVENT_TARGET: Paths(
        targets=("arn",),
        role="roleArn",
        dead_letter="deadLetterConfig.arn",
        retries="retryPolicy.maximumRetryAttempts",
        input="input",
        service="events.amazonaws.com",
    ),
    PIPE: Paths(
        targets=("target", "enrichment"),
        role="roleArn",
        input="targetParameters.inputTemplate",
        service="pipes.amazonaws.com",
    ),
}
TYPES = tuple(PATHS)


@dataclass(frozen=True)
class ApiCall:
    """A call of the API of a service, as a universal target makes it; names in lower case."""

    service: str
    operation: str
    parameters: object

    @property
    def name(self) -> str:
        """`kms:scheduleKeyDeletion`, in lower case."""
        return f"{self.service}:{self.operation}"


class Triggers:
    """What runs the functions of a stack on time or on an event."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    @cached_property
    def all(self) -> list[Resource]:
        """All of them, whatever they run."""
        return self._stack.of(*TYPES)

    def invoked_by(self, trigger: Resource) -> Iterator[Resource]:
        """The functions that a trigger invokes: by themselves, an alias or a version."""
        for path in PATHS[trigger.type].targets:
            yield from self._stack.referred(trigger, path, FUNCTION)
            for alias in self._stack.referred(trigger, path, ALIAS):
                yield from self._stack.referred(alias, "functionName", FUNCTION)
            yield from self.function_called(known_text(trigger, path))
        try:
            call = self.called_by(trigger)
        except NoJsonError:
            return  # AWS refuses it
        except Waiting as wait:
            self._stack.note(wait)
            return
        if call is not None and call.name in ("lambda:invoke", "lambda:invokeasync"):
            name = member(call.parameters, "FunctionName")
            yield from self.function_called(name if isinstance(name, str) else "")

    def function_called(self, text: str) -> Iterator[Resource]:
        """The functions that a name, ARN or part of an ARN means, with a version or without.

        https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
        """
        found = re.fullmatch(
            r"(?:(?:arn:[\w-]+:lambda:[\w-]+:)?\d{12}:function:|function:)?"
            r"([\w-]+)(?::[\w$-]+)?",
            text,
        )
        if found:
            yield from (
                each for each in self._stack.of(FUNCTION) if known_text(each, "name") == found[1]
            )

    def called_by(self, trigger: Resource) -> ApiCall | None:
        """The call of an API that a schedule makes by itself. Waits for its input."""
        found = UNIVERSAL.fullmatch(known_text(trigger, PATHS[trigger.type].targets[0]))
        if found is None:
            return None
        text = trigger.text(PATHS[trigger.type].input)
        parameters = read_json(text) if text else None
        return ApiCall(found[1].lower(), found[2].lower(), parameters)

    def rule_of(self, target: Resource) -> Resource | None:
        """The rule of the stack that an event target belongs to."""
        if target.type != EVENT_TARGET:
            return None
        return next(iter(self._stack.referred(target, "rule", EVENT_RULE)), None)

    def takes_events(self, trigger: Resource) -> bool:
        """Whether others send what sets the trigger off: only schedules are set off by time."""
        if trigger.type == SCHEDULE:
            return False
        rule = self.rule_of(trigger)
        return (
            rule is None or not rule.text("scheduleExpression") or bool(rule.text("eventPattern"))
        )

    def input_of(self, trigger: Resource) -> object:
        """What the target gets: a value of JSON, or of the event. None while nothing is said.

        Raises NoJsonError, and waits for what is not known yet.
        """
        call = self.called_by(trigger)
        if call is not None:
            return member(call.parameters, "Payload") if call.service == "lambda" else None
        text = trigger.text(PATHS[trigger.type].input)
        if trigger.type == PIPE:
            return read_template(text, {}) if text else FromEvent("$")
        if trigger.type == EVENT_TARGET:
            transformer = next(trigger.each("inputTransformer"), None)
            if transformer is not None:
                return read_template(transformer.text("inputTemplate"), _paths(transformer))
            path = trigger.text("inputPath")
            if path:
                return FromEvent(path)
        return read_json(text) if text else None

    def is_stopped(self, trigger: Resource) -> str:
        """How the program says that it never runs."""
        if trigger.type == PIPE:
            return "desiredState" if trigger.text("desiredState") == "STOPPED" else ""
        if trigger.type == SCHEDULE:
            return "state" if trigger.text("state") == "DISABLED" else ""
        rule = self.rule_of(trigger)
        if rule is None:
            return ""
        if rule.flag("isEnabled") is False:
            return "isEnabled"
        return "state" if rule.text("state") == "DISABLED" else ""


def _paths(transformer: Values) -> dict[str, str]:
    found = transformer.value("inputPaths")
    names = cast("Mapping[str, object]", found).keys() if isinstance(found, Mapping) else ()
    return {name: transformer.text(f"inputPaths.{name}") for name in names}
