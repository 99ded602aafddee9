"""Destinations of failed requests and of the controller's answers.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import cast

from pulumi_policy import Severity

from ...analysis.controllers import INVOKE_CONFIG
from ...analysis.environment import Environment
from ...analysis.evaluation_starters import FUNCTION
from ...analysis.nothing_to_judge import NO_CONTROLLER, NO_TRIGGER
from ...analysis.triggers import PATHS, SCHEDULE
from ...framework.controls import nist
from ...framework.rule import EPHEMERAL_STACKS, About, Settings, StackRule
from ...model.resource import Resource
from ...model.stack import is_elsewhere, known_text

PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"
# How a program says that a schedule, event rule or pipe never runs, and what to write.
STOPPED = {
    "desiredState": "desiredState is STOPPED",
    "isEnabled": "isEnabled of its rule is false",
    "state": "state is DISABLED",
}
RUNS = {"desiredState": "RUNNING", "isEnabled": "true", "state": "ENABLED"}
# Destinations that pass a request on to whoever is there: what nobody takes is gone.
KEEPS_NOTHING = ("aws:cloudwatch/eventBus:EventBus", FUNCTION, "aws:sns/topic:Topic")


def failures(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether failed asynchronous requests are kept anywhere."""
    kept = [("deadLetterConfig.targetArn", function)]
    kept += [
        ("destinationConfig.onFailure.destination", each)
        for each in environment.controllers.invoke_configs(function)
        if environment.controllers.covers(each, function)
    ]
    if not any(_is_set(each, path) for path, each in kept):
        environment.stack.needed(function, INVOKE_CONFIG, "functionName")
        yield (
            "requests that fail for good are lost; write an onFailure destination into a "
            "FunctionEventInvokeConfig, or deadLetterConfig"
        )
    for path, each in kept:
        passed_on = _passed_on(each, path, environment)
        if passed_on:
            yield f"{each.name}: {path} is {passed_on}, which keeps nothing; write a queue's ARN"
    account = environment.deployment.account(function)
    kept += [
        ("destinationConfig.onSuccess.destination", each)
        for each in environment.controllers.invoke_configs(function)
    ]
    for path, each in kept:
        ours = all(other.type.startswith("aws:") for other in each.linked(path))
        arn = known_text(each, path) if each.linked(path) and ours else each.text(path)
        if is_elsewhere(arn, account):
            yield f"{each.name}: {path} is {arn}; write a queue of {account}"


def answers(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Destinations that receive requests and answers."""
    path = "destinationConfig.onSuccess.destination"
    for each in environment.controllers.invoke_configs(function):
        passed_on = _passed_on(each, path, environment)
        if passed_on:
            yield (
                f"{each.name}: {path} is {passed_on}, which passes requests and answers on; remove "
                "it"
            )


def _passed_on(resource: Resource, path: str, environment: Environment) -> str:
    """A destination that keeps nothing, but passes on what it gets."""
    named = [each.name for each in environment.stack.referred(resource, path, *KEEPS_NOTHING)]
    arn = known_text(resource, path)
    kept = not arn or arn.split(":")[2] in ("sqs", "s3")
    return " and ".join(named) or ("" if kept else arn)


def missed_runs(trigger: Resource, environment: Environment, settings: Settings) -> Iterator[str]:
    """Whether a schedule, event rule or pipe runs, and keeps what it could not deliver."""
    paths = PATHS[trigger.type]
    stopped = environment.triggers.is_stopped(trigger)
    if stopped and not settings.is_ephemeral(trigger):
        yield f"{STOPPED[stopped]}, so that it never runs; write {RUNS[stopped]}"
    ended = _ended(trigger)
    if ended and not settings.is_ephemeral(trigger):
        yield f"{ended}, which is past, so that it never runs again; write a later one or none"
    if paths.dead_letter:
        account = environment.deployment.account(trigger)
        arn = known_text(trigger, paths.dead_letter)
        if is_elsewhere(arn, account):
            yield f"{paths.dead_letter} is {arn}; write a queue of {account}"
        if not _is_set(trigger, paths.dead_letter):
            yield f"what it cannot deliver is lost; write {paths.dead_letter}"
    if paths.retries and trigger.number(paths.retries) == 0:
        yield f"{paths.retries} is 0; write 1 or more"


def _ended(trigger: Resource) -> str:
    """The property of a schedule that let it end before today.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    if trigger.type != SCHEDULE:
        return ""
    once = re.fullmatch(r"at\((.*)\)", trigger.text("scheduleExpression"))
    for path, text in (
        ("endDate", trigger.text("endDate")),
        ("scheduleExpression", once[1] if once else ""),
    ):
        try:
            if text and date.fromisoformat(text[:10]) < date.today():
                return f"{path} is {trigger.text(path)}"
        except ValueError:
            continue  # AWS refuses it
    return ""


def _is_set(resource: Resource, path: str) -> bool:
    """Whether a value is there, or will be."""
    return bool(resource.linked(path) and _has(resource, path)) or bool(resource.value(path))


def _has(resource: Resource, path: str) -> bool:
    parent, _, name = path.rpartition(".")
    found = resource.value(parent)
    return isinstance(found, Mapping) and name in list(cast("Mapping[str, object]", found))


CONTROLLER_FAILURES = StackRule(
    About(
        "controller-failures",
        "Failed requests of the controller are kept, in its own account.",
        Severity.HIGH,
        "Give the function a FunctionEventInvokeConfig with an onFailure destination.",
        PAGE,
        controls=nist("AU-5", "SI-11"),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    failures,
)
CONTROLLER_ANSWERS = StackRule(
    About(
        "controller-answers",
        "No topic, bus or function receives the controller's requests and answers.",
        Severity.HIGH,
        "Remove the onSuccess destination: answers hold results of evaluations.",
        PAGE,
        controls=nist("AC-4", "SC-28"),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    answers,
)
SCHEDULE_FAILURES = StackRule(
    About(
        "schedule-failures",
        "Schedules and event rules of the controller run, and what they cannot deliver is tried "
        "again and kept.",
        Severity.MEDIUM,
        "Enable the schedule, and give its target a deadLetterConfig and a retryPolicy.",
        "https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html",
        mandatory=False,
        controls=nist("AU-5"),
        parameters={"ephemeralStacks": EPHEMERAL_STACKS},
    ),
    lambda environment: environment.controllers.triggers,
    NO_TRIGGER,
    missed_runs,
)
