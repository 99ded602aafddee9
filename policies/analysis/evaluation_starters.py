"""Principals that start evaluations, by name or by a wildcard, and the workloads under their roles.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-prereqs.html
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain

from ..iam import Policy
from ..model import policy_documents
from ..model.resource import Resource, Waiting
from ..model.stack import Stack, known_text, known_texts, variables
from . import evaluation_access
from .identities import GROUP, ROLE, USER, Identities

BUCKET = "aws:s3/bucket:Bucket"
FUNCTION = "aws:lambda/function:Function"
# What runs code under a role: the properties that name the role and that tell the code of others.
WORKLOADS = {
    FUNCTION: ("role", "environment"),
    "aws:codebuild/project:Project": ("serviceRole", "environment"),
    "aws:ecs/taskDefinition:TaskDefinition": ("taskRoleArn", "containerDefinitions"),
    "aws:sfn/stateMachine:StateMachine": ("roleArn", "definition"),
}


class EvaluationStarters:
    """Who of a stack starts evaluations."""

    def __init__(self, stack: Stack, identities: Identities) -> None:
        self._stack = stack
        self._identities = identities

    @cached_property
    def named(self) -> list[Resource]:
        """The roles, users and groups whose policies name the start of evaluations; where a policy
        of the stack lets somebody do anything to evaluations, those who may start them by a
        wildcard too."""
        named = self._identities.holding(evaluation_access.names_start, ROLE, USER, GROUP)
        apart = (
            self._stack.known(policy_documents.of, each)
            for each in self._stack.of(*policy_documents.IDENTITY_TYPES)
        )
        inlined = (
            policy for role in self._stack.of(ROLE) for _, policy in self._identities.inlined(role)
        )
        if any(map(evaluation_access.names_evaluations, chain(filter(None, apart), inlined))):
            return [*named, *(each for each in self._wildcard_starters if each not in named)]
        return named

    @cached_property
    def broad(self) -> list[Resource]:
        """Those whose policies let evaluations start by a wildcard, such as `bedrock-agentcore:*`,
        which deploys agents, memories and gateways as well."""
        return [each for each in self._wildcard_starters if each not in self.named]

    @cached_property
    def _wildcard_starters(self) -> list[Resource]:
        found: list[Resource] = []
        for holder in self._stack.of(ROLE, USER, GROUP):
            try:
                held = self._identities.held(holder)
            except Waiting as wait:
                self._stack.note(wait)
                continue
            if any(evaluation_access.allows_start(policy) for _, policy in held):
                found.append(holder)
        return found

    def names_agentcore(self, starter: Resource) -> bool:
        """Whether a policy of somebody allows something of AgentCore by the service's name."""
        return any(
            evaluation_access.names_service(policy) for _, policy in self._identities.held(starter)
        )

    # --- what functions, builds, tasks and state machines work with -----------------------------

    def functions_of(self, role: Resource) -> list[Resource]:
        """The functions that run under a role."""
        return [
            each
            for each in self._stack.of(FUNCTION)
            if role in self._stack.referred(each, "role", ROLE)
        ]

    def workloads_of(self, role: Resource) -> list[Resource]:
        """The functions, builds, tasks and state machines that run under a role."""
        return [
            each
            for type_, (path, _) in WORKLOADS.items()
            for each in self._stack.of(type_)
            if role in self._stack.referred(each, path, ROLE)
        ]

    def runs_with(self, role: Resource, key: Resource) -> bool:
        """Whether the settings of a workload under the role contain the key."""
        return any(self._is_given(each, key) for each in self.workloads_of(role))

    def _is_given(self, workload: Resource, other: Resource) -> bool:
        """Whether a workload's settings contain a key or bucket, or will when it is created."""
        if workload.type == FUNCTION:
            return self.has_in_environment(workload, other)
        _, path = WORKLOADS[workload.type]
        known = filter(None, (known_text(other, "arn"), known_text(other, "bucket")))
        quoted = [f'"{each}"' for each in known]
        return other in workload.linked(path) or any(
            other in self._stack.called(text, other.type) or any(each in text for each in quoted)
            for text in known_texts(workload, path)
        )

    def has_in_environment(self, function: Resource, other: Resource) -> bool:
        """Whether a function's variables name a key or bucket, or will when it is made."""
        return other in function.linked("environment") or any(
            other in self._stack.called(value, other.type) for value in variables(function).values()
        )

    def buckets_written_by(self, holders: list[Resource]) -> list[Resource]:
        """The buckets that somebody's policies name for writing."""
        written = {
            text.split(":::")[-1].partition("/")[0]
            for holder in holders
            for text in _written(self._identities.attached(holder))
        }
        return [bucket for bucket in self._stack.of(BUCKET) if bucket.text("bucket") in written]

    def buckets_of(self, role: Resource) -> list[Resource]:
        """The buckets of workloads under a role: that its policies name for writing, or that a
        workload has in its settings and may write to."""
        workloads = self.workloads_of(role)
        if not workloads:
            return []
        written = list(_written(self._identities.held(role)))
        given = [
            bucket
            for bucket in self._stack.of(BUCKET)
            if any(self._is_given(each, bucket) for each in workloads)
            and any(_is_within(bucket.text("bucket"), text) for text in written)
        ]
        return list(dict.fromkeys((*self.buckets_written_by([role]), *given)))


def _written(held: list[tuple[Resource, Policy]]) -> Iterator[str]:
    """What statements that allow writing of objects are about."""
    for _, policy in held:
        for statement in policy.on("s3:putobject")[1]:
            if statement.resources is not None:
                yield from (pattern.text for pattern in statement.resources.patterns)


def _is_within(bucket: str, pattern: str) -> bool:
    """Whether a pattern is about some of a bucket's objects."""
    name = pattern.split(":::")[-1].partition("/")[0]
    return fnmatchcase(bucket, name)
