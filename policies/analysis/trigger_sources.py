"""The ARNs in whose name schedules, event rules and pipes call other services."""

from collections.abc import Iterator

from ..model.resource import Resource
from .controllers import QUEUE
from .environment import Environment
from .evaluation_access import DeploymentTarget
from .triggers import EVENT_TARGET, PATHS, PIPE, SCHEDULE


def source_of(trigger: Resource, environment: Environment, target: DeploymentTarget) -> str:
    """The ARN in whose name a trigger's service asks: of a schedule it is the group's.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    start = f"arn:{target.partition}"
    here = f"{target.region}:{target.account}"
    if trigger.type == SCHEDULE:
        group = trigger.text("groupName") or "default"
        return f"{start}:scheduler:{here}:schedule-group/{group}"
    if trigger.type == PIPE:
        return f"{start}:pipes:{here}:pipe/{trigger.text('name')}"
    bus = trigger.text("eventBusName")
    rule = environment.triggers.rule_of(trigger)
    name = rule.text("name") if rule is not None else trigger.text("rule")
    within = "" if bus in ("", "default") else f"{bus.rpartition('/')[2]}/"
    return f"{start}:events:{here}:rule/{within}{name}"


def event_sources(
    queue: Resource, environment: Environment, target: DeploymentTarget
) -> Iterator[str]:
    """The ARNs of event rules for which EventBridge itself sends to a queue what it could not
    deliver to a controller."""
    for trigger in environment.controllers.triggers:
        path = PATHS[trigger.type].dead_letter
        if trigger.type == EVENT_TARGET and queue in environment.stack.referred(
            trigger, path, QUEUE
        ):
            yield source_of(trigger, environment, target)
