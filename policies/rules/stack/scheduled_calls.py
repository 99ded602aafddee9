"""What schedules, event rules and pipes do to evaluations: by the controller, and by API calls of
their own.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_starters import BUCKET
from ...analysis.event_input import FromEvent, NoJsonError, member, read_json, texts_in
from ...analysis.identities import GROUP, POLICY, ROLE, USER
from ...analysis.nothing_to_judge import NO_TRIGGER
from ...analysis.triggers import EVENT_TARGET, PATHS, UNIVERSAL, ApiCall
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource, Waiting
from ...model.stack import known_text

PAGE = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html"
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
SDK_TASK = re.compile(r"arn:[\w-]+:states:::aws-sdk:([^:.]+):([^:.]+)(?:\..+)?")
HARMFUL = ("deletebatchevaluation", "stopbatchevaluation")
READS = re.compile(r"(describe|get|head|list|lookup|filter|batchget|startquery|simulate).*")
EACH_FOR_SOMEBODY = "remove it: each is for somebody to decide"


def harmful(trigger: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """What a trigger has the controller take away, each time and whatever it is; and a request that
    the sender of an event writes."""
    where = _place_of_input(trigger)
    try:
        event = environment.triggers.input_of(trigger)
    except NoJsonError as error:
        yield f"{where} is no JSON ({error}); write the controller's event as JSON"
        return
    for text in texts_in(event):
        if _operation_in(text) in HARMFUL:
            yield f"{where} names {text}; {EACH_FOR_SOMEBODY}"
    if not environment.triggers.takes_events(trigger):
        return
    operation = event if isinstance(event, FromEvent) else member(event, "operation")
    if isinstance(operation, FromEvent):
        yield (
            f"{where} takes the operation from the event ({operation.path}), so that whoever sends "
            "it decides what the controller does; write the operation"
        )


def _place_of_input(trigger: Resource) -> str:
    if trigger.type == EVENT_TARGET:
        for path in ("inputTransformer", "inputPath"):
            if trigger.value(path):
                return path
    return PATHS[trigger.type].input


def _operation_in(text: str) -> str:
    """A text as the name of an operation: without its service, and however its words are joined."""
    return re.sub(r"[\s_-]", "", text.rpartition(":")[2]).lower()


# What a call names, by service and in lower case, and the resources of evaluations that it may be.
Ours = Callable[[Environment], Iterable[Resource]]


def _keys(environment: Environment) -> list[Resource]:
    return [*environment.keys.evaluation_keys, *environment.operations_keys]


def _groups(environment: Environment) -> list[Resource]:
    return [*environment.controllers.result_groups, *environment.controllers.function_groups]


def _holders(environment: Environment) -> list[Resource]:
    return [*environment.callers.all, *environment.controllers.invokers]


def _policies(environment: Environment) -> list[Resource]:
    held = (environment.identities.attached(each) for each in _holders(environment))
    return [resource for each in held for resource, _ in each if resource.type == POLICY]


NAMED: Mapping[str, Mapping[str, Ours]] = {
    "cloudwatchlogs": {
        name: _groups for name in ("loggroupname", "loggroupidentifier", "resourceidentifier")
    },
    "iam": {
        "groupname": _holders,
        "policyarn": _policies,
        "rolename": _holders,
        "username": _holders,
    },
    "kms": {"keyid": _keys, "targetkeyid": _keys},
    "lambda": {"functionname": lambda environment: environment.controllers.functions},
    "s3": {"bucket": lambda environment: environment.output_buckets},
    "scheduler": {"name": lambda environment: environment.controllers.triggers},
    "sqs": {"queueurl": lambda environment: environment.controllers.failure_queues},
}
# What other rules judge, by what is invoked or started.
JUDGED = ("lambda:invoke", "lambda:invokeasync", "bedrockagentcore:startbatchevaluation")


def calls(caller: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Calls that change or remove what evaluations need, or remove evaluations."""
    for call in _calls(caller, environment):
        if call.name in JUDGED or READS.fullmatch(call.operation):
            continue
        if call.service == "bedrockagentcore" and call.operation in HARMFUL:
            yield f"it calls {call.name}; {EACH_FOR_SOMEBODY}"
        for name, ours in NAMED.get(call.service, {}).items():
            value = member(call.parameters, name)
            for each in ours(environment):
                if isinstance(value, str) and _means(environment, value, each):
                    yield f"it calls {call.name} on {each.name} ({value}); {EACH_FOR_SOMEBODY}"


def _calls(caller: Resource, environment: Environment) -> Iterator[ApiCall]:
    if caller.type == STATE_MACHINE:
        try:
            yield from _tasks(read_json(caller.text("definition")))
        except NoJsonError:
            return  # AWS refuses it
    else:
        try:
            call = environment.triggers.called_by(caller)
        except NoJsonError:
            return  # AWS refuses it
        if call is not None:
            yield call


def _tasks(value: object) -> Iterator[ApiCall]:
    """The calls of a state machine's tasks.

    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    if isinstance(value, dict):
        state = cast("dict[str, Any]", value)
        found = SDK_TASK.fullmatch(str(state.get("Resource", "")))
        if found:
            given = cast("object", state.get("Arguments", state.get("Parameters")))
            yield ApiCall(found[1].lower(), found[2].lower(), given)
        for each in state.values():
            yield from _tasks(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _tasks(each)


def _means(environment: Environment, value: str, resource: Resource) -> bool:
    """Whether a call's parameter means a resource: by name, ARN, id, URL or alias."""
    if resource in environment.stack.called(value, resource.type):
        return True
    name = known_text(resource, "bucket" if resource.type == BUCKET else "name")
    if not name:
        return False
    if resource.type in (ROLE, USER, GROUP):
        return value == name
    return bool(re.fullmatch(rf"(.*[:/])?{re.escape(name)}(:[\w$*-]+)?", value))


def callers(environment: Environment) -> list[Resource]:
    """The schedules and state machines that call APIs by themselves, beside an evaluation key or
    whoever starts evaluations."""
    if not environment.keys.evaluation_keys and not environment.callers.all:
        return []
    universal = [
        each
        for each in environment.triggers.all
        if UNIVERSAL.fullmatch(known_text(each, PATHS[each.type].targets[0]))
    ]
    machines = [each for each in environment.stack.of(STATE_MACHINE) if _may_call(each)]
    return [*universal, *machines]


def _may_call(machine: Resource) -> bool:
    """Whether a state machine calls APIs, as far as its definition is known."""
    try:
        return any(_tasks(read_json(machine.text("definition"))))
    except Waiting:
        return True
    except NoJsonError:
        return False  # AWS refuses it


SCHEDULE_INPUT = StackRule(
    About(
        "schedule-input",
        "No schedule, event rule or pipe has the controller stop or delete evaluations.",
        Severity.HIGH,
        "Let the schedule export, and leave deletion to operators.",
        "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html",
        controls=nist("CP-9", "SI-12"),
    ),
    lambda environment: environment.controllers.triggers,
    NO_TRIGGER,
    harmful,
)
SCHEDULE_CALLS = StackRule(
    About(
        "schedule-calls",
        "No schedule or state machine changes or removes what evaluations need.",
        Severity.CRITICAL,
        "Remove the call, such as aws-sdk:kms:scheduleKeyDeletion of the evaluation key.",
        PAGE,
        controls=nist("CP-9", "SC-12"),
    ),
    callers,
    "no schedule or state machine here calls an API by itself",
    calls,
)
