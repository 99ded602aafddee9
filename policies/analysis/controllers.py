"""What runs evaluations: functions and schedules, who invokes them, their queues and log groups."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property

from ..model.resource import Resource
from ..model.stack import known_text, variables
from . import evaluation_access
from .evaluation_starters import FUNCTION
from .identities import GROUP, ROLE, USER
from .triggers import ALIAS, PATHS, SCHEDULE, Triggers

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
QUEUE = "aws:sqs/queue:Queue"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
INVOKE = "lambda:InvokeFunction"


class Controllers(Triggers):
    """One stack's resources, and which of them serve those that start evaluations."""

    # --- who invokes ----------------------------------------------------------------------------

    @cached_property
    def invoker_roles(self) -> list[Resource]:
        """The roles that invoke a controller, and are no callers themselves."""
        scheduled = [
            role
            for trigger in self.controller_triggers
            for role in self.referred(trigger, PATHS[trigger.type].role, ROLE)
        ]
        found = dict.fromkeys((*scheduled, *self._invoking(ROLE)))
        return [role for role in found if role not in self.caller_roles]

    @cached_property
    def invokers(self) -> list[Resource]:
        """Those roles, and the users and groups that invoke a controller."""
        people = [each for each in self._invoking(USER, GROUP) if each not in self.callers]
        return [*self.invoker_roles, *people]

    def _invoking(self, *types: str) -> list[Resource]:
        return [
            holder
            for holder in self.holding(lambda policy: bool(policy.on(INVOKE.lower())[1]), *types)
            if any(self._names(holder, function) for function in self.controllers)
        ]

    def _names(self, holder: Resource, function: Resource) -> bool:
        """Whether a statement of the holder's policies is about the function."""
        return any(
            fnmatchcase(function.text("name"), _function_in(pattern.text))
            for _, policy in self.attached(holder)
            for statement in policy.on(INVOKE.lower())[1]
            for pattern in (statement.resources.patterns if statement.resources else ())
        )

    @cached_property
    def evaluation_roles(self) -> list[Resource]:
        """Callers and invokers."""
        return [*self.caller_roles, *self.invoker_roles]

    # --- what runs ------------------------------------------------------------------------------

    @cached_property
    def controllers(self) -> list[Resource]:
        """The functions that run under a caller's role, or that are told an evaluation key whose
        policy lets their role encrypt evaluations: they are to start some, even if they may not."""
        return [
            function
            for function in self.of(FUNCTION)
            if any(
                role in self.caller_roles or self._is_to_start(function, role)
                for role in self.referred(function, "role", ROLE)
            )
        ]

    def _is_to_start(self, function: Resource, role: Resource) -> bool:
        return any(
            self.is_told(function, key)
            and (policy := self.known(self.key_policy, key)) is not None
            and self.is_among(role, evaluation_access.names_let(policy, "kms:GenerateDataKey"))
            for key in self.evaluation_keys
        )

    @cached_property
    def controller_triggers(self) -> list[Resource]:
        """The schedules, targets of event rules and pipes that invoke a controller."""
        return [
            trigger
            for trigger in self.triggers
            if any(each in self.controllers for each in self.invoked_by(trigger))
        ]

    @property
    def schedules(self) -> list[Resource]:
        """Those of them that are schedules of EventBridge Scheduler."""
        return [each for each in self.controller_triggers if each.type == SCHEDULE]

    def invoke_configs(self, function: Resource) -> list[Resource]:
        """How asynchronous invocations of a function are treated."""
        return self.siblings(function, INVOKE_CONFIG, "functionName")

    def covers(self, config: Resource, function: Resource) -> bool:
        """Whether how invocations are treated is said of the function, or of an alias that it has,
        and not of some version of it."""
        qualifier = config.text("qualifier")
        aliases = self.siblings(function, ALIAS, "functionName")
        return qualifier in ("", "$LATEST", *(each.text("name") for each in aliases))

    @cached_property
    def failure_queues(self) -> list[Resource]:
        """The queues that take what controllers and their schedules failed at, or requests with
        their answers, and the queues that those pass it on to."""
        places = [
            *((each, "deadLetterConfig.targetArn") for each in self.controllers),
            *(
                (each, f"destinationConfig.{when}.destination")
                for function in self.controllers
                for each in self.invoke_configs(function)
                for when in ("onFailure", "onSuccess")
            ),
            *(
                (each, PATHS[each.type].dead_letter)
                for each in self.controller_triggers
                if PATHS[each.type].dead_letter
            ),
        ]
        found = [queue for each, path in places for queue in self.referred(each, path, QUEUE)]
        for queue in found:
            found += [each for each in self.redriven(queue) if each not in found]
        return list(dict.fromkeys(found))

    def redriven(self, queue: Resource) -> Iterator[Resource]:
        """The queues of the stack that a queue's redrive policy names, whoever holds it."""
        beside = self.siblings(queue, "aws:sqs/redrivePolicy:RedrivePolicy", "queueUrl")
        for holder in (queue, *beside):
            yield from self.referred(holder, "redrivePolicy", QUEUE)  # while its text is unknown
            arn = re.search(
                r"arn:[\w-]+:sqs:[\w-]+:\d*:[\w.-]+", known_text(holder, "redrivePolicy")
            )
            if arn:
                yield from self.called(arn[0], QUEUE)

    # --- logs -----------------------------------------------------------------------------------

    @cached_property
    def result_groups(self) -> list[Resource]:
        """The log groups that controllers are told, or that callers may write results to."""
        told = {value for each in self.controllers for value in variables(each).values()}
        written = {text for text in self.caller_resources("logs:putretentionpolicy")}
        return [
            group
            for group in self.of(LOG_GROUP)
            if group.text("name") in told
            or any(
                text.split(":log-group:")[-1].removesuffix(":*") == group.text("name")
                for text in written
            )
        ]

    @cached_property
    def function_groups(self) -> list[Resource]:
        """The log groups of the controllers themselves."""
        return [group for each in self.controllers for group in self.groups_of(each)]

    def groups_of(self, function: Resource) -> list[Resource]:
        """The log group that a function writes to, if the stack has it."""
        name = function.text("loggingConfig.logGroup") or f"/aws/lambda/{function.text('name')}"
        return [group for group in self.of(LOG_GROUP) if group.text("name") == name]

    def caller_resources(self, action: str) -> Iterator[str]:
        """What the statements of callers' policies that allow an action are about."""
        for role in self.caller_roles:
            for _, policy in self.attached(role):
                for statement in policy.on(action)[1]:
                    if statement.resources is not None:
                        yield from (pattern.text for pattern in statement.resources.patterns)


def _function_in(pattern: str) -> str:
    """The function's name in a pattern of ARNs, without its qualifier."""
    _, named, name = pattern.partition(":function:")
    return name.partition(":")[0] if named else pattern.rpartition(":")[2]


PERMISSION = "aws:lambda/permission:Permission"
