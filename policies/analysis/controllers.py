"""Functions and schedules that run evaluations, their invokers, queues and log groups."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property

from ..model.resource import Resource
from ..model.stack import Stack, known_text, variables
from . import evaluation_access
from .callers import Callers
from .evaluation_keys import EvaluationKeys
from .evaluation_starters import FUNCTION, EvaluationStarters
from .identities import GROUP, ROLE, USER, Identities
from .triggers import ALIAS, PATHS, SCHEDULE, Triggers

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
QUEUE = "aws:sqs/queue:Queue"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
INVOKE = "lambda:InvokeFunction"


class Controllers:
    """The functions of a stack that start evaluations, and the resources that serve them."""

    def __init__(
        self,
        stack: Stack,
        identities: Identities,
        starters: EvaluationStarters,
        keys: EvaluationKeys,
        callers: Callers,
        triggers: Triggers,
    ) -> None:
        self._stack = stack
        self._identities = identities
        self._starters = starters
        self._keys = keys
        self._callers = callers
        self._triggers = triggers

    # --- who invokes ----------------------------------------------------------------------------

    @cached_property
    def invoker_roles(self) -> list[Resource]:
        """The roles that invoke a controller, and are no callers themselves."""
        scheduled = [
            role
            for trigger in self.triggers
            for role in self._stack.referred(trigger, PATHS[trigger.type].role, ROLE)
        ]
        found = dict.fromkeys((*scheduled, *self._invoking(ROLE)))
        return [role for role in found if role not in self._callers.roles]

    @cached_property
    def invokers(self) -> list[Resource]:
        """Those roles, and the users and groups that invoke a controller."""
        people = [each for each in self._invoking(USER, GROUP) if each not in self._callers.all]
        return [*self.invoker_roles, *people]

    def _invoking(self, *types: str) -> list[Resource]:
        return [
            holder
            for holder in self._identities.holding(
                lambda policy: bool(policy.on(INVOKE.lower())[1]), *types
            )
            if any(self._names(holder, function) for function in self.functions)
        ]

    def _names(self, holder: Resource, function: Resource) -> bool:
        """Whether a statement of the holder's policies is about the function."""
        return any(
            fnmatchcase(function.text("name"), _function_in(pattern.text))
            for _, policy in self._identities.attached(holder)
            for statement in policy.on(INVOKE.lower())[1]
            for pattern in (statement.resources.patterns if statement.resources else ())
        )

    @cached_property
    def evaluation_roles(self) -> list[Resource]:
        """Callers and invokers."""
        return [*self._callers.roles, *self.invoker_roles]

    # --- what runs ------------------------------------------------------------------------------

    @cached_property
    def functions(self) -> list[Resource]:
        """The functions that run under a caller's role, or that have an evaluation key in their
        environment whose policy lets their role encrypt evaluations: those are meant to start
        evaluations, even if they may not."""
        return [
            function
            for function in self._stack.of(FUNCTION)
            if any(
                role in self._callers.roles or self._is_to_start(function, role)
                for role in self._stack.referred(function, "role", ROLE)
            )
        ]

    def _is_to_start(self, function: Resource, role: Resource) -> bool:
        return any(
            self._starters.has_in_environment(function, key)
            and (policy := self._stack.known(self._keys.key_policy, key)) is not None
            and self._identities.is_among(
                role, evaluation_access.names_let(policy, "kms:GenerateDataKey")
            )
            for key in self._keys.evaluation_keys
        )

    @cached_property
    def triggers(self) -> list[Resource]:
        """The schedules, targets of event rules and pipes that invoke a controller."""
        return [
            trigger
            for trigger in self._triggers.all
            if any(each in self.functions for each in self._triggers.invoked_by(trigger))
        ]

    @property
    def schedules(self) -> list[Resource]:
        """Those of them that are schedules of EventBridge Scheduler."""
        return [each for each in self.triggers if each.type == SCHEDULE]

    def invoke_configs(self, function: Resource) -> list[Resource]:
        """How asynchronous invocations of a function are treated."""
        return self._stack.siblings(function, INVOKE_CONFIG, "functionName")

    def covers(self, config: Resource, function: Resource) -> bool:
        """Whether how invocations are treated is said of the function, or of an alias that it has,
        and not of some version of it."""
        qualifier = config.text("qualifier")
        aliases = self._stack.siblings(function, ALIAS, "functionName")
        return qualifier in ("", "$LATEST", *(each.text("name") for each in aliases))

    @cached_property
    def failure_queues(self) -> list[Resource]:
        """The queues that take what controllers and their schedules failed at, or requests with
        their answers, and the queues that those pass it on to."""
        places = [
            *((each, "deadLetterConfig.targetArn") for each in self.functions),
            *(
                (each, f"destinationConfig.{when}.destination")
                for function in self.functions
                for each in self.invoke_configs(function)
                for when in ("onFailure", "onSuccess")
            ),
            *(
                (each, PATHS[each.type].dead_letter)
                for each in self.triggers
                if PATHS[each.type].dead_letter
            ),
        ]
        found = [
            queue for each, path in places for queue in self._stack.referred(each, path, QUEUE)
        ]
        for queue in found:
            found += [each for each in self.redriven(queue) if each not in found]
        return list(dict.fromkeys(found))

    def redriven(self, queue: Resource) -> Iterator[Resource]:
        """The queues of the stack that a queue's redrive policy names, whoever holds it."""
        beside = self._stack.siblings(queue, "aws:sqs/redrivePolicy:RedrivePolicy", "queueUrl")
        for holder in (queue, *beside):
            yield from self._stack.referred(
                holder, "redrivePolicy", QUEUE
            )  # while its text is unknown
            arn = re.search(
                r"arn:[\w-]+:sqs:[\w-]+:\d*:[\w.-]+", known_text(holder, "redrivePolicy")
            )
            if arn:
                yield from self._stack.called(arn[0], QUEUE)

    # --- logs -----------------------------------------------------------------------------------

    @cached_property
    def result_groups(self) -> list[Resource]:
        """The log groups in controllers' environments, or that callers may write results to."""
        configured = {value for each in self.functions for value in variables(each).values()}
        written = {text for text in self.caller_resources("logs:putretentionpolicy")}
        return [
            group
            for group in self._stack.of(LOG_GROUP)
            if group.text("name") in configured
            or any(
                text.split(":log-group:")[-1].removesuffix(":*") == group.text("name")
                for text in written
            )
        ]

    @cached_property
    def function_groups(self) -> list[Resource]:
        """The log groups of the controllers themselves."""
        return [group for each in self.functions for group in self.groups_of(each)]

    def groups_of(self, function: Resource) -> list[Resource]:
        """The log group that a function writes to, if the stack has it."""
        name = function.text("loggingConfig.logGroup") or f"/aws/lambda/{function.text('name')}"
        return [group for group in self._stack.of(LOG_GROUP) if group.text("name") == name]

    def caller_resources(self, action: str) -> Iterator[str]:
        """What the statements of callers' policies that allow an action are about."""
        for role in self._callers.roles:
            for _, policy in self._identities.attached(role):
                for statement in policy.on(action)[1]:
                    if statement.resources is not None:
                        yield from (pattern.text for pattern in statement.resources.patterns)


def _function_in(pattern: str) -> str:
    """The function's name in a pattern of ARNs, without its qualifier."""
    _, named, name = pattern.partition(":function:")
    return name.partition(":")[0] if named else pattern.rpartition(":")[2]


PERMISSION = "aws:lambda/permission:Permission"
