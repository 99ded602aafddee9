"""Failures reach their destination: by the policies of the sender, the queue and its key.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html,
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from pulumi_policy import Severity

from ...analysis.controllers import QUEUE
from ...analysis.environment import Environment
from ...analysis.evaluation_access import DeploymentTarget
from ...analysis.event_input import NoJsonError, member, read_json
from ...analysis.identities import ROLE
from ...analysis.key_policy_principals import own_arn
from ...analysis.nothing_to_judge import NO_CONTROLLER
from ...analysis.required_access import Worker, document, refusals, service, worker
from ...analysis.trigger_sources import source_of
from ...analysis.triggers import EVENT_TARGET, PATHS
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...iam import PolicyType
from ...model import policy_documents
from ...model.resource import Resource
from ...model.stack import known_text

PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"

QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
REDRIVE_ALLOW = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
QUEUES_CONTEXT = "kms:EncryptionContext:aws:sqs:arn"
KEY_USE = ("kms:Decrypt", "kms:GenerateDataKey")
# What a function's role needs for a destination that is no queue, by the service in its ARN.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
OTHERS: Mapping[str, tuple[str, ...]] = {
    "events": ("events:PutEvents",),
    "lambda": ("lambda:InvokeFunction",),
    "s3": ("s3:PutObject",),
    "sns": ("sns:Publish",),
}


def delivered(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Who is refused to deliver what failed, or an answer, and what keeps it out."""
    target = environment.deployment.target(function)
    places = [(function, "deadLetterConfig.targetArn")]
    places += [
        (config, f"destinationConfig.{when}.destination")
        for config in environment.controllers.invoke_configs(function)
        for when in ("onFailure", "onSuccess")
    ]
    for role in environment.stack.referred(function, "role", ROLE):
        who = worker(role, environment, target)
        for each, path in places:
            yield from _to(each, path, [who], environment, target)
    for trigger in environment.controllers.triggers:
        path = PATHS[trigger.type].dead_letter
        if path and function in environment.triggers.invoked_by(trigger):
            yield from _to(
                trigger, path, _senders(trigger, environment, target), environment, target
            )
    for queue in environment.controllers.failure_queues:
        yield from _redriven(queue, environment)


def _senders(trigger: Resource, environment: Environment, target: DeploymentTarget) -> list[Worker]:
    """Who delivers what a trigger could not: its role, of an event rule the service itself."""
    if trigger.type == EVENT_TARGET:
        source = source_of(trigger, environment, target)
        return [service(PATHS[trigger.type].service, source, target.account)]
    roles = environment.stack.referred(trigger, PATHS[trigger.type].role, ROLE)
    return [worker(role, environment, target) for role in roles]


def _to(
    holder: Resource,
    path: str,
    senders: Sequence[Worker],
    environment: Environment,
    target: DeploymentTarget,
) -> Iterator[str]:
    """Delivery to the destination at a path."""
    for queue in environment.stack.referred(holder, path, QUEUE):
        for who in senders:
            for message in _to_queue(queue, who, environment, target):
                yield f"{holder.name}: {message}"
    arn = known_text(holder, path)
    parts = arn.split(":")
    actions = OTHERS.get(parts[2]) if len(parts) > 5 else None
    if actions:
        for who in senders:
            on = f"{arn}/any" if parts[2] == "s3" else arn
            for message in refusals(who, actions, (on,)):
                yield f"{holder.name}: {message}"
            if parts[2] == "s3":
                for message in refusals(who, ("s3:ListBucket",), (arn,)):
                    yield f"{holder.name}: {message}"
    elif arn and len(parts) > 5 and parts[2] == "sqs" and not environment.stack.called(arn, QUEUE):
        for who in senders:
            for message in refusals(who, ("sqs:SendMessage",), (arn,)):
                yield f"{holder.name}: {message}"


def _to_queue(
    queue: Resource, who: Worker, environment: Environment, target: DeploymentTarget
) -> Iterator[str]:
    """Delivery to a queue of the stack, and the use of its key for that.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html,
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    if queue.flag("fifoQueue"):
        yield (
            f"fifoQueue of {queue.name} is true, and failures are delivered to standard queues "
            "alone; remove it"
        )
    arn = f"arn:{target.partition}:sqs:{target.region}:{target.account}:{queue.text('name')}"
    beside = environment.stack.siblings(queue, QUEUE_POLICY, "queueUrl")
    held = next((each for each in beside if each.text("policy")), queue)
    policy = document(held.text("policy"), PolicyType.RESOURCE, held.name)
    yield from refusals(who, ("sqs:SendMessage",), (arn,), policy=policy, what=queue.name)
    suffix = "amazonaws.com.cn" if target.partition == "aws-cn" else "amazonaws.com"
    context = {"kms:ViaService": f"sqs.{target.region}.{suffix}", QUEUES_CONTEXT: arn}
    for key in environment.stack.referred(queue, "kmsMasterKeyId", *policy_documents.KEY_TYPES):
        key_policy = environment.keys.key_policy(key)
        if key_policy is not None:
            key_arn = own_arn(key, key_policy, target)
            what = f"{key.name}, the key of {queue.name},"
            yield from refusals(who, KEY_USE, (key_arn,), context, key_policy, what=what)


def _redriven(queue: Resource, environment: Environment) -> Iterator[str]:
    """Whether the queue that a failed message is passed on to takes it from this one.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    for target in environment.controllers.redriven(queue):
        beside = environment.stack.siblings(target, REDRIVE_ALLOW, "queueUrl")
        for holder in (target, *beside):
            try:
                allowed = read_json(holder.text("redriveAllowPolicy") or "{}")
            except NoJsonError:
                continue  # AWS refuses it
            permission = member(allowed, "redrivePermission")
            sources = member(allowed, "sourceQueueArns")
            listed = cast("list[object]", sources) if isinstance(sources, list) else []
            named = any(queue in environment.stack.called(str(each), QUEUE) for each in listed)
            if permission == "denyAll" or (permission == "byQueue" and not named):
                yield (
                    f"{queue.name} is refused to pass messages on to {target.name}: "
                    f"redriveAllowPolicy of {holder.name} is {permission}, and no statement of it "
                    f"names {queue.name}; write byQueue with its ARN"
                )


FAILURES_DELIVERED = StackRule(
    About(
        "failures-delivered",
        "Failed invocations of the controller and its schedule reach their queue or destination.",
        Severity.HIGH,
        "Restore the permission of the sender, the queue's policy or its key's: the message names "
        "which.",
        PAGE,
        controls=nist("AU-5", "SI-11"),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    delivered,
)
