"""Whether who is meant to invoke the controller is allowed to: schedules, event rules, pipes, and
roles, users and groups.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-permissions.html
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from ...analysis.controllers import PERMISSION
from ...analysis.environment import Environment
from ...analysis.evaluation_access import DeploymentTarget
from ...analysis.identities import ROLE
from ...analysis.nothing_to_judge import NO_CONTROLLER
from ...analysis.required_access import assumed, refusals, service, worker
from ...analysis.trigger_sources import source_of
from ...analysis.triggers import EVENT_RULE, EVENT_TARGET, PATHS
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...iam import Effect, Policy
from ...model import policy_documents
from ...model.resource import Resource
from ...model.stack import known_text

PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-permissions.html"
INVOKE = ("lambda:InvokeFunction",)


def invocations(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Who is refused to invoke the function, or to assume the role to do so."""
    target = environment.deployment.target(function)
    for trigger in environment.controllers.triggers:
        if function in environment.triggers.invoked_by(trigger):
            yield from _triggered(trigger, function, environment, target)
    roles = [
        role
        for trigger in environment.controllers.triggers
        for role in environment.stack.referred(trigger, PATHS[trigger.type].role, ROLE)
    ]
    people = [each for each in environment.controllers.invokers if each not in roles]
    arn = _arn(function, target)
    for holder in people:
        yield from refusals(
            worker(holder, environment, target), INVOKE, _asked(holder, arn, environment)
        )
    if not people and not _permitted(function, environment):
        for role in environment.stack.of(ROLE):
            if role not in roles and role not in environment.callers.all and _is_for_people(role):
                yield from refusals(worker(role, environment, target), INVOKE, (arn,))


def _arn(function: Resource, target: DeploymentTarget) -> str:
    here = f"{target.region}:{target.account}"
    return f"arn:{target.partition}:lambda:{here}:function:{function.text('name')}"


def _asked(holder: Resource, arn: str, environment: Environment) -> list[str]:
    """The function itself, or a version or alias of it that the holder's policies name."""
    named = [
        pattern.text
        for _, policy in environment.identities.attached(holder)
        for statement in policy.on(INVOKE[0].lower())[1]
        for pattern in (statement.resources.patterns if statement.resources else ())
        if pattern.text.startswith(f"{arn}:")
    ]
    return [arn, *(each.replace("*", "1") for each in named)]


def _triggered(
    trigger: Resource, function: Resource, environment: Environment, target: DeploymentTarget
) -> Iterator[str]:
    """Whether a trigger may assume its role, and the role invoke; or the service without one."""
    paths, arn = PATHS[trigger.type], _arn(function, target)
    invoked = known_text(trigger, paths.targets[0])
    qualified = invoked if invoked.startswith(f"{arn}:") else arn
    source = source_of(trigger, environment, target)
    by = service(paths.service, source, target.account)
    roles = environment.stack.referred(trigger, paths.role, ROLE)
    for role in roles:
        for message in assumed(role, by, target):
            yield f"{trigger.name}: {message}"
        for message in refusals(worker(role, environment, target), INVOKE, (qualified,)):
            yield f"{trigger.name}: {message}"
    if not roles and trigger.type == EVENT_TARGET and not trigger.text(paths.role):
        yield from _without_permission(trigger, function, environment, source, qualified)


def _without_permission(
    trigger: Resource, function: Resource, environment: Environment, source: str, qualified: str
) -> Iterator[str]:
    """Whether no permission of the function lets the event rule in.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    rule = environment.triggers.rule_of(trigger)
    near: list[str] = []
    for each in environment.stack.siblings(function, PERMISSION, "function"):
        if each.text("principal") != "events.amazonaws.com":
            continue
        if rule is not None and rule in environment.stack.referred(each, "sourceArn", EVENT_RULE):
            wanted = source
        else:
            wanted = each.text("sourceArn")
        alias = qualified.rpartition(":")[2] if qualified.count(":") == 7 else ""
        if each.text("qualifier") != alias:
            near.append(f"{each.name} is for qualifier {each.text('qualifier') or 'none'}")
        elif wanted and not fnmatchcase(source, wanted):
            near.append(f"sourceArn of {each.name} is {wanted}")
        else:
            return
    why = " and ".join((*near, "allowed by no statement of another Permission"))
    yield (
        f"{trigger.name}: events.amazonaws.com is refused {INVOKE[0]} on {function.name} for "
        f"{source}, {why}; write a Permission with that principal and sourceArn"
    )


def _permitted(function: Resource, environment: Environment) -> bool:
    """Whether a permission of the function lets somebody of the account in."""
    return any(
        "." not in each.text("principal").partition("/")[0] or ":" in each.text("principal")
        for each in environment.stack.siblings(function, PERMISSION, "function")
    )


def _is_for_people(role: Resource) -> bool:
    """Whether a role is assumed by principals of accounts, and not by a service."""
    trust: Policy | None = policy_documents.of(role)
    return trust is not None and any(
        name.sort.value == "AWS"
        for statement in trust.statements
        if statement.effect is Effect.ALLOW and statement.principals is not None
        for name in statement.principals.names
    )


CONTROLLER_INVOCATION = StackRule(
    About(
        "controller-invocation",
        "Schedules, event rules and operators of the controller are allowed to invoke it.",
        Severity.HIGH,
        "Restore lambda:InvokeFunction, the trust policy or the Permission that the message names.",
        PAGE,
        controls=nist("CP-9", "CP-10"),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    invocations,
)
