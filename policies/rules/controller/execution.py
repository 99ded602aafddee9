"""The controller's concurrency, tracing and log group.

https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.nothing_to_judge import NO_CONTROLLER
from ...framework.controls import nist
from ...framework.rule import EPHEMERAL_STACKS, About, Parameter, Settings, StackRule
from ...model.resource import Resource

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"


def concurrency(function: Resource, _: Environment, settings: Settings) -> Iterator[str]:
    """Whether runs at the same time are limited."""
    most = settings.number("maxConcurrency")
    found = function.number("reservedConcurrentExecutions")
    if found is None or found == -1:
        # An account whose quota is 100 or less has nothing to reserve.
        if not settings.is_ephemeral(function):
            yield (
                f"reservedConcurrentExecutions is {found or 'absent'}, no limit; write 1 to {most}"
            )
    elif found == 0:
        yield "reservedConcurrentExecutions is 0, so that it never runs; write 1 or more"
    elif found > most:
        yield f"reservedConcurrentExecutions is {found}; write at most {most}"


def tracing(function: Resource, _: Environment, __: Settings) -> Iterator[str]:
    """Whether runs are traced."""
    mode = function.text("tracingConfig.mode") or "PassThrough"
    if mode != "Active":
        yield f"tracingConfig.mode is {mode}; write Active"


def log_first(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether the function could make its own log group, without key and retention."""
    groups = environment.controllers.groups_of(function)
    if not groups:
        yield (
            f"the stack has no LogGroup /aws/lambda/{function.text('name')}, so that Lambda makes "
            "one without key and retention; make it in the stack"
        )
    for group in groups:
        if not function.waits_for(group):
            yield f"it is not made after its log group {group.name}; write dependsOn"


CONTROLLER_CONCURRENCY = StackRule(
    About(
        "controller-concurrency",
        "The controller's concurrency is limited: the service runs five jobs at a time.",
        Severity.LOW,
        "Set reservedConcurrentExecutions; the account's quota must be 100 above all reservations.",
        f"{GUIDE}configuration-concurrency.html",
        mandatory=False,
        controls=nist("SC-5"),
        parameters={
            "maxConcurrency": Parameter(
                20, "The most runs at once.", {"type": "integer", "minimum": 1}
            ),
            "ephemeralStacks": EPHEMERAL_STACKS,
        },
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    concurrency,
)
CONTROLLER_TRACING = StackRule(
    About(
        "controller-tracing",
        "Runs of the controller are traced.",
        Severity.LOW,
        "Set tracingConfig.mode to Active.",
        f"{GUIDE}services-xray.html",
        mandatory=False,
        controls=nist("CA-7", "AU-12"),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    tracing,
)
CONTROLLER_LOG_FIRST = StackRule(
    About(
        "controller-log-first",
        "The stack creates the controller's log group before the function.",
        Severity.MEDIUM,
        "Make a LogGroup with key and retention, and let the function depend on it.",
        f"{GUIDE}monitoring-cloudwatchlogs.html",
        controls=nist("AU-9", "SC-28"),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    log_first,
)
