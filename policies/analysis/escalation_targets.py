"""The resources on which an action would be a privilege escalation, by type and ARN."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..iam import Policy
from ..iam import ResourceType as Type
from ..model import policy_documents
from ..model.resource import Resource, Waiting
from ..model.stack import known_text
from .environment import Environment
from .evaluation_access import DeploymentTarget
from .evaluation_log_groups import groups
from .evaluation_starters import FUNCTION
from .group_memberships import groups_of, members
from .identities import GROUP, POLICY, ROLE, USER
from .key_policy_principals import own_arn

TRAIL = "aws:cloudtrail/trail:Trail"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
SORTS = {ROLE: "role", USER: "user", GROUP: "group", POLICY: "policy"}
# What runs under a role: its type, the properties that name the role, and the end of its ARN after
# the account, with the property that is its name.
RUNS: dict[Type, tuple[str, tuple[str, ...], str, str]] = {
    Type.AGENT_RUNTIME: (
        "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime",
        ("roleArn",),
        "bedrock-agentcore:{here}:runtime/{name}-id",
        "agentRuntimeName",
    ),
    Type.BATCH_JOB_DEFINITION: (
        "aws:batch/jobDefinition:JobDefinition",
        ("containerProperties",),
        "batch:{here}:job-definition/{name}:1",
        "name",
    ),
    Type.BUILD_PROJECT: (
        "aws:codebuild/project:Project",
        ("serviceRole",),
        "codebuild:{here}:project/{name}",
        "name",
    ),
    Type.CODE_INTERPRETER: (
        "aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter",
        ("executionRoleArn",),
        "bedrock-agentcore:{here}:code-interpreter-custom/{name}-id",
        "name",
    ),
    Type.DEV_ENDPOINT: (
        "aws:glue/devEndpoint:DevEndpoint",
        ("roleArn",),
        "glue:{here}:devEndpoint/{name}",
        "name",
    ),
    Type.GLUE_JOB: ("aws:glue/job:Job", ("roleArn",), "glue:{here}:job/{name}", "name"),
    Type.INSTANCE: (
        "aws:ec2/instance:Instance",
        ("iamInstanceProfile",),
        "ec2:{here}:instance/{name}",
        "id",
    ),
    Type.NOTEBOOK: (
        "aws:sagemaker/notebookInstance:NotebookInstance",
        ("roleArn",),
        "sagemaker:{here}:notebook-instance/{name}",
        "name",
    ),
    Type.STACK: (
        "aws:cloudformation/stack:Stack",
        ("iamRoleArn",),
        "cloudformation:{here}:stack/{name}/id",
        "name",
    ),
    Type.STATE_MACHINE: (
        "aws:sfn/stateMachine:StateMachine",
        ("roleArn",),
        "states:{here}:stateMachine:{name}",
        "name",
    ),
    Type.TASK_DEFINITION: (
        "aws:ecs/taskDefinition:TaskDefinition",
        ("taskRoleArn", "executionRoleArn"),
        "ecs:{here}:task-definition/{name}:1",
        "family",
    ),
}


@dataclass(frozen=True)
class Target:
    """A resource by its ARN, with its own policy if that decides; `name` is for messages.

    `passed_to` are the services that may assume it, of a role; `boundary` the ARN of the
    permissions boundary of a role or user, empty for none and None while it is not known.
    """

    arn: str
    policy: Policy | None = None
    name: str = ""
    passed_to: tuple[str, ...] = ()
    boundary: str | None = None

    def __str__(self) -> str:
        """What a message calls it."""
        return self.name or self.arn.removesuffix(":*")


class Targets:
    """The resources of evaluations, and those of one holder, in a place."""

    def __init__(self, environment: Environment, target: DeploymentTarget) -> None:
        self._environment = environment
        self._place = target
        self._here = f"{target.region}:{target.account}"
        self._start = f"arn:{target.partition}"

    def of_evaluations(self, type_: Type) -> Iterator[Target]:
        """What evaluations rest on: their keys, buckets, queues, logs, schedules, functions, and
        who starts them or invokes their controller."""
        environment = self._environment
        if type_ in RUNS:
            yield from self._running(type_)
            return
        simple: dict[Type, Callable[[], Iterable[Target]]] = {
            Type.ACCESS_GRANT: lambda: self._ways_in("access-grants/default"),
            Type.ACCESS_POINT: lambda: self._ways_in("accesspoint/any"),
            Type.BUCKET: lambda: self._arns("s3:::{}", "bucket", environment.output_buckets),
            Type.EVENT_SOURCE_MAPPING: self._mappings,
            Type.FUNCTION: lambda: self._arns(
                f"lambda:{self._here}:function:{{}}", "name", self._functions()
            ),
            Type.GROUP: lambda: self._iam(self._groups()),
            Type.POLICY: lambda: self._iam(self._policies(self._principals(ROLE, USER, GROUP))),
            Type.QUEUE: lambda: self._arns(
                f"sqs:{self._here}:{{}}", "name", environment.controllers.failure_queues
            ),
            Type.ROLE: lambda: self._iam(self._principals(ROLE)),
            Type.SCHEDULE_GROUP: self._schedule_groups,
            Type.TRAIL: lambda: self._arns(
                f"cloudtrail:{self._here}:trail/{{}}", "name", environment.stack.of(TRAIL)
            ),
            Type.USER: lambda: self._iam(self._users()),
        }
        if type_ in simple:
            yield from simple[type_]()
        elif type_ is Type.KEY:
            for key in environment.keys.evaluation_keys:
                policy = environment.keys.key_policy(key)
                arn = known_text(key, "arn")
                name = "" if arn else f"key {key.name}"
                yield Target(own_arn(key, policy, self._place), policy, name)
        elif type_ is Type.SCHEDULE:
            for schedule in environment.controllers.schedules:
                name = f"{schedule.text('groupName') or 'default'}/{schedule.text('name')}"
                yield Target(f"{self._start}:scheduler:{self._here}:schedule/{name}")
        else:
            yield from self._of_logs(type_)

    def _of_logs(self, type_: Type) -> Iterator[Target]:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html:
        policies name a group in both ways. What is about all groups takes no resource, or some.
        """
        start = f"{self._start}:logs:{self._here}"
        listed = [
            Target(f"{start}:log-group:{group.text('name')}{end}")
            for group in groups(self._environment)
            for end in ("", ":*")
        ]
        if type_ is Type.LOG_GROUP:
            yield from listed
        elif type_ is Type.EVERY_LOG_GROUP and listed:
            yield from (Target(each, name="all log groups") for each in ("*", *_arns_of(listed)))
        elif type_ is Type.DELIVERY and listed:
            for each in ("delivery", "delivery-source", "delivery-destination"):
                yield Target(f"{start}:{each}:any", name="all deliveries of logs")
            yield Target("*", name="all deliveries of logs")

    def of_holder(self, holder: Resource, type_: Type) -> Iterator[Target]:
        """The holder itself, the groups of a user and the users of a group, and their policies."""
        circle = [holder]
        if holder.type == USER:
            circle += groups_of(self._environment, holder)
        elif holder.type == GROUP:
            circle += members(self._environment, holder)
        if type_ is Type.POLICY:
            yield from self._iam(self._policies(circle))
        else:
            sort = type_.name.lower()
            yield from self._iam(each for each in circle if SORTS[each.type] == sort)

    def anybody(self, type_: Type) -> Iterator[Target]:
        """Two resources that have nothing in common: who may act on both may act on every one."""
        for name in ("0-any", "zz.any"):
            arn = type_.value.replace("*", self._place.partition, 1)
            arn = arn.replace(":*:*:", f":{self._here}:").replace(
                "::*:", f"::{self._place.account}:"
            )
            yield Target(arn.replace("*", name), name=f"every {type_.noun}")

    def iam_arn(self, resource: Resource) -> str:
        """The ARN of a role, user, group or policy, with its path."""
        path = (resource.text("path") or "/").strip("/")
        name = f"{path}/{resource.text('name')}" if path else resource.text("name")
        return f"{self._start}:iam::{self._place.account}:{SORTS[resource.type]}/{name}"

    def _iam(self, resources: Iterable[Resource]) -> Iterator[Target]:
        for each in dict.fromkeys(resources):
            services = _services(each) if each.type == ROLE else ()
            yield Target(self.iam_arn(each), passed_to=services, boundary=self._boundary(each))

    def _boundary(self, resource: Resource) -> str | None:
        if resource.type not in (ROLE, USER):
            return None
        own = self._environment.stack.referred(resource, "permissionsBoundary", POLICY)
        try:
            return self.iam_arn(own[0]) if own else resource.text("permissionsBoundary")
        except Waiting:
            return None

    def _arns(self, form: str, path: str, resources: Iterable[Resource]) -> Iterator[Target]:
        for each in resources:
            yield Target(f"{self._start}:{form.format(each.text(path))}")

    def _principals(self, *types: str) -> list[Resource]:
        environment = self._environment
        found = (*environment.callers.all, *environment.controllers.invokers)
        return [each for each in dict.fromkeys(found) if each.type in types]

    def _users(self) -> list[Resource]:
        """Users that start evaluations or invoke the controller, by themselves or in a group."""
        joined = [members(self._environment, group) for group in self._principals(GROUP)]
        return [*self._principals(USER), *(user for users in joined for user in users)]

    def _groups(self) -> list[Resource]:
        joined = [groups_of(self._environment, user) for user in self._principals(USER)]
        return [*self._principals(GROUP), *(group for listed in joined for group in listed)]

    def _policies(self, holders: Iterable[Resource]) -> Iterator[Resource]:
        """The managed policies of the stack that holders have, their boundaries included."""
        for holder in holders:
            yield from (
                each
                for each, _ in self._environment.identities.attached(holder)
                if each.type == POLICY
            )
            yield from self._environment.stack.referred(holder, "permissionsBoundary", POLICY)

    def _ways_in(self, end: str) -> Iterator[Target]:
        """What lets into any bucket; which one, the request says and no ARN."""
        if self._environment.output_buckets:
            yield Target(f"{self._start}:s3:{self._here}:{end}", name="every bucket")

    def _mappings(self) -> Iterator[Target]:
        """What runs any function; which one, the request says and no ARN."""
        if self._functions():
            arn = f"{self._start}:lambda:{self._here}:event-source-mapping:any"
            yield Target(arn, name="every function")

    def _schedule_groups(self) -> Iterator[Target]:
        for schedule in self._environment.controllers.schedules:
            group = schedule.text("groupName") or "default"
            yield Target(f"{self._start}:scheduler:{self._here}:schedule-group/{group}")

    def _functions(self) -> list[Resource]:
        """Controllers, and whatever runs under the role of one or of an invoker."""
        return [
            each for each in self._environment.stack.of(FUNCTION) if self._is_under(each, "role")
        ]

    def _running(self, type_: Type) -> Iterator[Target]:
        resource_type, paths, form, name = RUNS[type_]
        for each in self._environment.stack.of(resource_type):
            if any(self._is_under(each, path) for path in paths):
                called = known_text(each, name) or "any"
                yield Target(f"{self._start}:{form.format(here=self._here, name=called)}")

    def _is_under(self, resource: Resource, path: str) -> bool:
        """Whether a property names a role of evaluations: directly, in JSON or by a profile."""
        roles = self._environment.controllers.evaluation_roles
        found = self._environment.stack.referred(resource, path, ROLE, PROFILE)
        text = known_text(resource, path) if path == "containerProperties" else ""
        named = [role for role in roles if f':role/{role.text("name")}"' in text]
        for profile in [each for each in found if each.type == PROFILE]:
            found += self._environment.stack.referred(profile, "role", ROLE)
        return bool(named) or any(role in roles for role in found)


def _services(role: Resource) -> tuple[str, ...]:
    """The services that a role trusts: to others it may be passed in vain."""
    policy = policy_documents.of(role)
    statements = () if policy is None else policy.statements
    principals = [each.principals for each in statements if each.principals is not None]
    names = {
        name.value for each in principals for name in each.names if name.sort.value == "Service"
    }
    return tuple(sorted(names))


def _arns_of(targets: Iterable[Target]) -> list[str]:
    return [each.arn for each in targets]
