"""The queues of failed requests: they hold requests, so they are customers' data.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
"""

from collections.abc import Iterable, Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.identity_access import reaching
from ...analysis.proofs import Fixed, list_principals_by, with_statements
from ...analysis.trigger_sources import event_sources
from ...analysis.wording import may_together
from ...framework.controls import fsbp, nist
from ...framework.rule import READERS, About, Parameter, Settings, StackRule
from ...iam import Access, How, Policy, PolicyType
from ...iam.language.action_names import known_actions
from ...model import policy_documents
from ...model.resource import Resource
from ...model.stack import is_elsewhere

GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
NONE = "no queue here takes failures of a controller of batch evaluations"
POLICY = "aws:sqs/queuePolicy:QueuePolicy"
ACTIONS = ("sqs:ReceiveMessage", "sqs:SendMessage")
EVERY_ACTION = (*ACTIONS, *(name for name in known_actions().values() if name.startswith("sqs:")))
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
TAKES = (
    "sqs:DeleteMessage",
    "sqs:DeleteQueue",
    "sqs:PurgeQueue",
    "sqs:ReceiveMessage",
    "sqs:StartMessageMoveTask",
)
# What takes messages out by itself, and the property that names the queue.
CONSUMERS = {
    "aws:lambda/eventSourceMapping:EventSourceMapping": "eventSourceArn",
    "aws:pipes/pipe:Pipe": "source",
}
DEFAULT_SECONDS, DAY = 345_600, 86_400
LEAST_BYTES = 262_144


def encryption(queue: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether a key of ours, and not the evaluation key, encrypts the messages."""
    if environment.stack.referred(queue, "kmsMasterKeyId", *policy_documents.KEY_TYPES):
        return
    key = queue.text("kmsMasterKeyId")
    if not key or key in ("alias/aws/sqs", "aws/sqs"):
        yield f"kmsMasterKeyId is {key or 'absent'}; write the ARN of the operations key"
    elif is_elsewhere(key, environment.deployment.account(queue)):
        yield f"kmsMasterKeyId is {key}, of another account; write the operations key's ARN"


def requests(queue: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Requests that the queue's policy lets through and should not."""
    account, arn = environment.deployment.account(queue), _arn(queue, environment)
    texts = [
        *(each.text("policy") for each in environment.stack.siblings(queue, POLICY, "queueUrl")),
        queue.text("policy"),  # what the queue itself names, or the provider found
    ]
    text = next(filter(None, texts), "")
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": arn}
    for access in _list_principals(text, arn, fixed=(("aws:SecureTransport", "false"),)):
        yield (
            f"{access.who} is not denied {access.request.action} by plain HTTP; deny sqs:* where "
            "aws:SecureTransport is false"
        )
        break
    sends = list(_for_event_rules(queue, environment, arn, "sqs:SendMessage"))
    for each in dict.fromkeys(texts):
        found = (
            (access, access.request.action)
            for access in _list_principals(
                with_statements(each, *sends) if each else "", arn, EVERY_ACTION
            )
            if access.request.principal.account != account or access.how is How.RESOURCE_POLICY
        )
        for said in may_together(found):
            yield f"{said}; let the queue's policy grant nothing"
    if len(environment.stack.siblings(queue, POLICY, "queueUrl")) > 1:
        yield "it has several policies, and the one written last holds; write one"
    undenied: dict[str, dict[str, None]] = {}
    served = _for_event_rules(queue, environment, arn, "sqs:*")
    for access in _list_principals(with_statements(text, allow, *served), arn):
        if access.request.principal.account != account:
            undenied.setdefault(access.request.action, {})[access.who] = None
    for action, who in undenied.items():
        yield (
            f"{' and '.join(who)} is not denied {action}, should anything ever grant it; deny "
            f"sqs:* where aws:PrincipalAccount is not {account}"
        )


def _for_event_rules(
    queue: Resource, environment: Environment, arn: str, action: str
) -> Iterator[object]:
    """Denials of what is done for event rules of the controller: EventBridge delivers by a grant of
    the queue's policy, whatever roles there are. Only services have a source.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    target = environment.deployment.target(queue)
    for source in event_sources(queue, environment, target):
        yield {
            "Effect": "Deny",
            "Principal": "*",
            "Action": action,
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": source}},
        }


def readers(queue: Resource, environment: Environment, settings: Settings) -> Iterator[str]:
    """Who and what takes failed requests out of the queue, or throws them away."""
    arn = _arn(queue, environment)
    named = settings.texts("readers")
    for holder, said in reaching(environment, TAKES, (arn,), "it"):
        if holder.text("name") not in named:
            yield f"{said}; remove it, or name it in readers"
    for type_, path in CONSUMERS.items():
        for each in environment.stack.siblings(queue, type_, path):
            if each.name not in named:
                sort = type_.rpartition(":")[2]
                yield f"{each.name} ({sort}) takes its messages; remove it, or name it in readers"


def retention(queue: Resource, _: Environment, settings: Settings) -> Iterator[str]:
    """Whether failures stay until somebody looks."""
    least = settings.number("minDays")
    seconds = queue.number("messageRetentionSeconds") or DEFAULT_SECONDS
    if seconds < least * DAY:
        yield f"messageRetentionSeconds is {seconds}; write at least {least * DAY}"
    size = queue.number("maxMessageSize")
    if size is not None and size < LEAST_BYTES:
        yield f"maxMessageSize is {size}, and what is larger is lost; write at least {LEAST_BYTES}"


def _arn(queue: Resource, environment: Environment) -> str:
    target = environment.deployment.target(queue)
    return f"arn:{target.partition}:sqs:{target.region}:{target.account}:{queue.text('name')}"


def _list_principals(
    text: str, arn: str, actions: Iterable[str] = ACTIONS, fixed: Fixed = ()
) -> Iterator[Access]:
    policy = policy_documents.parsed(text, PolicyType.RESOURCE, "") if text else None
    seen: set[tuple[str, How]] = set()
    # Where the statements do not tell them apart, one action stands for all.
    told_apart: dict[object, str] = {}
    for action in actions:
        told_apart.setdefault(
            policy.on(action.lower()) if isinstance(policy, Policy) else None, action
        )
    for action in told_apart.values():
        for access in list_principals_by(text, PolicyType.RESOURCE, action, arn, fixed):
            if (access.who, access.how) not in seen:
                seen.add((access.who, access.how))
                yield access


QUEUE_ENCRYPTION = StackRule(
    About(
        "failure-queue-key",
        "Queues of failed requests are encrypted under a key of the stack.",
        Severity.HIGH,
        "Set kmsMasterKeyId to the operations key's ARN.",
        f"{GUIDE}sqs-server-side-encryption.html",
        controls=(*fsbp("SQS.1"), *nist("SC-28", "SC-28(1)")),
    ),
    lambda environment: environment.controllers.failure_queues,
    NONE,
    encryption,
)
QUEUE_REQUESTS = StackRule(
    About(
        "failure-queue-requests",
        "Queues of failed requests refuse plain HTTP and other accounts, and grant nothing.",
        Severity.HIGH,
        "Give each queue a QueuePolicy that denies both and allows nothing.",
        f"{GUIDE}sqs-security-best-practices.html",
        controls=(*fsbp("SQS.3"), *nist("SC-8", "AC-3")),
    ),
    lambda environment: environment.controllers.failure_queues,
    NONE,
    requests,
)
QUEUE_READERS = StackRule(
    About(
        "failure-queue-readers",
        "Only named roles and users of the stack can read the queues of failed requests.",
        Severity.HIGH,
        "Remove the queue from the policy, and its other consumers, or name who is meant to read "
        "in readers.",
        f"{GUIDE}sqs-security-best-practices.html",
        controls=nist("AC-3", "AC-6", "AU-9"),
        parameters={"readers": READERS},
    ),
    lambda environment: environment.controllers.failure_queues,
    NONE,
    readers,
)
QUEUE_RETENTION = StackRule(
    About(
        "failure-queue-retention",
        "Failed requests stay for a week or more.",
        Severity.LOW,
        "Set messageRetentionSeconds to 1209600, the longest.",
        f"{GUIDE}sqs-configure-queue-parameters.html",
        mandatory=False,
        controls=nist("AU-11"),
        parameters={
            "minDays": Parameter(
                7, "The least in days.", {"type": "integer", "minimum": 1, "maximum": 14}
            )
        },
    ),
    lambda environment: environment.controllers.failure_queues,
    NONE,
    retention,
)
