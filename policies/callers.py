"""Who starts evaluations, and the functions, queues and log groups around them."""

import re
from collections.abc import Callable, Collection, Iterator
from fnmatch import fnmatchcase
from functools import cached_property

from . import documents, evaluations
from .access import Policy, PolicyKind
from .managed import managed
from .resource import Resource, Waiting
from .stack import Stack, known_text, variables

FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
POLICY = "aws:iam/policy:Policy"
QUEUE = "aws:sqs/queue:Queue"
ROLE, USER, GROUP = "aws:iam/role:Role", "aws:iam/user:User", "aws:iam/group:Group"
SCHEDULE = "aws:scheduler/schedule:Schedule"
INVOKE = "lambda:InvokeFunction"


# The types of inline policies and of attachments to each holder of identity policies, and what they
# call it. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
_INLINE = {
    ROLE: ("aws:iam/rolePolicy:RolePolicy", "role"),
    USER: ("aws:iam/userPolicy:UserPolicy", "user"),
    GROUP: ("aws:iam/groupPolicy:GroupPolicy", "group"),
}
_ATTACHED = {
    ROLE: ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role"),
    USER: ("aws:iam/userPolicyAttachment:UserPolicyAttachment", "user"),
    GROUP: ("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "group"),
}
# What names all policies that a holder is to have, and how it calls the holder.
_LISTED = {
    ROLE: ("aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "roleName"),
    USER: ("aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", "userName"),
    GROUP: (
        "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
        "groupName",
    ),
}
_ATTACHED_TO_SEVERAL = "aws:iam/policyAttachment:PolicyAttachment"


class Callers(Stack):
    """One stack's resources, and which of them start evaluations or serve those that do."""

    # --- keys -----------------------------------------------------------------------------------

    @cached_property
    def keys(self) -> list[Resource]:
        """The customer managed keys."""
        return self.of(*documents.KEY_TYPES)

    def key_policy(self, key: Resource) -> Policy | None:
        """A key's policy, in the key or in a resource of its own."""
        return documents.of(self.policy_holder(key))

    def policy_holder(self, key: Resource) -> Resource:
        """The resource that has a key's policy."""
        own = self.siblings(key, "aws:kms/keyPolicy:KeyPolicy", "keyId")
        return own[0] if own else key

    def lets_evaluations_use(self, key: Resource) -> bool:
        """Whether a key's policy, as far as it is known, is about evaluations, or leaves it open
        and somebody who starts them by name uses the key."""
        policy = self.known(self.key_policy, key)
        if policy is None:
            return False
        names = evaluations.names_let(policy, "kms:Decrypt", "kms:GenerateDataKey")
        return evaluations.lets_evaluations_use(policy) or (
            evaluations.may_let_evaluations_use(policy)
            and any(
                self.is_among(starter, names) or self._runs_with(starter, key)
                for starter in self.named_starters
            )
        )

    @cached_property
    def keys_for_evaluations(self) -> list[Resource]:
        """The keys whose policies are about evaluations."""
        return [key for key in self.keys if self.lets_evaluations_use(key)]

    @cached_property
    def named_starters(self) -> list[Resource]:
        """The roles, users and groups whose policies name the start of evaluations."""
        return self.holding(evaluations.names_start, ROLE, USER, GROUP)

    def is_among(self, holder: Resource, names: Collection[str]) -> bool:
        """Whether ARNs name a role or user; before it is made, by its name."""
        arn, sort = known_text(holder, "arn"), f":{holder.type.rpartition(':')[2].lower()}/"
        if arn:
            return arn in names
        return any(sort in each and each.endswith(f"/{holder.text('name')}") for each in names)

    def _runs_with(self, role: Resource, key: Resource) -> bool:
        """Whether a function under the role is told the key."""
        return any(
            role in self.referred(function, "role", ROLE) and self.is_told(function, key)
            for function in self.of(FUNCTION)
        )

    def is_told(self, function: Resource, key: Resource) -> bool:
        """Whether a function's variables name a key, or will when it is made."""
        return key in function.linked("environment") or any(
            key in self.called(value, key.type) for value in variables(function).values()
        )

    # --- roles, users and groups ----------------------------------------------------------------

    def attached(self, holder: Resource) -> list[tuple[Resource, Policy]]:
        """The identity policies of a role, user or group that the stack has, with their resources.

        One that is unknown is `unread`.
        """
        resources = [
            *self.siblings(holder, *_INLINE[holder.type]),
            *(
                policy
                for attachment in self.attachments(holder)
                for policy in self.referred(attachment, "policyArn", POLICY)
            ),
            *(
                policy
                for each, path in self.lists(holder)
                for policy in self.referred(each, path, POLICY)
            ),
        ]
        found = [(each, self.known(documents.of, each)) for each in resources]
        own = {resource: policy for resource, policy in found if policy is not None}
        return [*own.items(), *self._inlined(holder)]

    def _inlined(self, holder: Resource) -> Iterator[tuple[Resource, Policy]]:
        """The policies that a role has in itself."""
        for inline in holder.each("inlinePolicies"):
            text = inline.text("policy")
            policy = documents.parsed(text, PolicyKind.IDENTITY, holder.name) if text else None
            if isinstance(policy, Policy):
                yield holder, policy

    def held(self, holder: Resource) -> list[tuple[Resource, Policy]]:
        """The attached policies, and those of AWS's own that allow the most."""
        arns = [
            (each, each.text("policyArn"))
            for each in self.attachments(holder)
            if not (self.referred(each, "policyArn", POLICY))
        ]
        arns += [
            (each, arn)
            for each, path in self.lists(holder)
            for arn in each.texts(path)
            if not self.called(arn, POLICY)
        ]
        found = [(each, policy) for each, arn in arns if (policy := managed(arn)) is not None]
        return [*self.attached(holder), *found]

    def attachments(self, holder: Resource) -> list[Resource]:
        """The attachments of policies to a role, user or group."""
        type_, path = _ATTACHED[holder.type]
        several = self.siblings(holder, _ATTACHED_TO_SEVERAL, f"{path}s")
        return [*self.siblings(holder, type_, path), *several]

    def lists(self, holder: Resource) -> list[tuple[Resource, str]]:
        """What lists the ARNs of policies of a holder, and in which property."""
        beside = self.siblings(holder, *_LISTED[holder.type])
        return [(holder, "managedPolicyArns"), *((each, "policyArns") for each in beside)]

    def holding(self, passes: Callable[[Policy], bool], *types: str) -> list[Resource]:
        """The roles, users or groups with a policy that passes a test.

        Each policy is tested before it is asked who holds it: few of a stack's pass.
        """
        found: set[str] = set()
        for holder in types:
            inline, path = _INLINE[holder]
            found.update(
                each.urn
                for policy in self._passing(passes, inline)
                for each in self.referred(policy, path, holder)
            )
            places = (_ATTACHED[holder], (_ATTACHED_TO_SEVERAL, f"{path}s"))
            found.update(
                each.urn
                for policy in self._passing(passes, POLICY)
                for attachment, at in places
                for attached in self.siblings(policy, attachment, "policyArn")
                for each in self.referred(attached, at, holder)
            )
            found.update(
                each.urn
                for each in self.of(holder)
                for lister, at in self.lists(each)
                for policy in self.referred(lister, at, POLICY)
                if (known := self.known(documents.of, policy)) is not None and passes(known)
            )
        return [
            holder
            for holder in self.of(*types)
            if holder.urn in found or any(passes(policy) for _, policy in self._inlined(holder))
        ]

    def _passing(self, passes: Callable[[Policy], bool], type_: str) -> Iterator[Resource]:
        for each in self.of(type_):
            policy = self.known(documents.of, each)
            if policy is not None and passes(policy):
                yield each

    def starts(self, policy: Policy) -> bool:
        """Whether a policy lets evaluations start: by name, or where there is a key for them."""
        return any(
            bool(self.keys_for_evaluations) or evaluations.names_actions(statement)
            for statement in policy.on(evaluations.START.lower())[1]
        )

    @cached_property
    def caller_roles(self) -> list[Resource]:
        """The roles that evaluations run under."""
        return self._starting(ROLE)

    @cached_property
    def callers(self) -> list[Resource]:
        """The roles, and the users and groups, that may start evaluations."""
        return [*self.caller_roles, *self._starting(USER, GROUP)]

    def _starting(self, *types: str) -> list[Resource]:
        """Who may start evaluations by policies of the stack; by one of AWS, if a key's policy lets
        them encrypt evaluations."""
        policies = filter(None, map(self.key_policy, self.keys_for_evaluations))
        names = {
            name for each in policies for name in evaluations.names_let(each, "kms:GenerateDataKey")
        }
        starting = self.holding(self.starts, *types)
        return [
            holder
            for holder in self.of(*types)
            if holder in starting
            or (
                names
                and self.is_among(holder, names)
                and any(self.starts(policy) for _, policy in self.held(holder))
            )
        ]

    @cached_property
    def starters_elsewhere(self) -> list[Resource]:
        """Inline policies and attachments that let roles, users or groups of elsewhere start."""
        found: list[Resource] = []
        for holder, (type_, path) in (*_INLINE.items(), *_ATTACHED.items()):
            for each in self.of(type_):
                inline = each.type in documents.PLACES
                held = [each] if inline else self.referred(each, "policyArn", POLICY)
                policies = filter(None, (self.known(documents.of, one) for one in held))
                if any(map(self.starts, policies)) and not self.referred(each, path, holder):
                    found.append(each)
        return found

    @cached_property
    def invoker_roles(self) -> list[Resource]:
        """The roles that invoke a controller, and are no callers themselves."""
        scheduled = [
            role
            for schedule in self.schedules
            for role in self.referred(schedule, "target.roleArn", ROLE)
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
        """The functions that run under a caller's role."""
        return [
            function
            for function in self.of(FUNCTION)
            if any(role in self.caller_roles for role in self.referred(function, "role", ROLE))
        ]

    @cached_property
    def schedules(self) -> list[Resource]:
        """The schedules that invoke a controller."""
        return [
            schedule
            for schedule in self.of(SCHEDULE)
            if any(
                each in self.controllers for each in self.referred(schedule, "target.arn", FUNCTION)
            )
        ]

    def invoke_configs(self, function: Resource) -> list[Resource]:
        """How asynchronous invocations of a function are treated."""
        type_ = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
        return self.siblings(function, type_, "functionName")

    def covers(self, config: Resource, function: Resource) -> bool:
        """Whether how invocations are treated is said of the function, or of an alias that it has,
        and not of some version of it."""
        qualifier = config.text("qualifier")
        aliases = self.siblings(function, "aws:lambda/alias:Alias", "functionName")
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
            *((each, "target.deadLetterConfig.arn") for each in self.schedules),
        ]
        found = [queue for each, path in places for queue in self.referred(each, path, QUEUE)]
        for queue in found:
            found += [each for each in self._redriven(queue) if each not in found]
        return list(dict.fromkeys(found))

    def _redriven(self, queue: Resource) -> Iterator[Resource]:
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

    def known(self, read: Callable[[Resource], Policy | None], resource: Resource) -> Policy | None:
        """A policy as far as it is known; else what it waits for is noted."""
        try:
            return read(resource)
        except Waiting as wait:
            self.unread.extend(wait.messages)
            return None


def _function_in(pattern: str) -> str:
    """The function's name in a pattern of ARNs, without its qualifier."""
    _, named, name = pattern.partition(":function:")
    return name.partition(":")[0] if named else pattern.rpartition(":")[2]
