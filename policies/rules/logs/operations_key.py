"""The operations key: for exactly the log groups and queues of evaluations, through their services.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
"""

from collections.abc import Iterator, Mapping

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_access import DeploymentTarget
from ...analysis.evaluation_key_policy import ADMINISTRATION
from ...analysis.evaluation_log_groups import groups
from ...analysis.key_grants import granted
from ...analysis.key_policy_principals import named, own_arn, permission_sets
from ...analysis.least_privilege import beyond
from ...analysis.trigger_sources import event_sources
from ...analysis.wording import allowed_by, why_not
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...iam import Allowance, Policies, Principal, Request, is_authorized
from ...model.resource import Resource

PAGE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
NONE = "no key here encrypts logs or queues of batch evaluations"
LOGS_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
QUEUES_CONTEXT = "kms:EncryptionContext:aws:sqs:arn"
USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


def bound(key: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """A request that the key's policy allows beyond the logs and queues of the stack."""
    policy = environment.keys.key_policy(key)
    if policy is None:
        if not environment.keys.policy_holder(key).text("policy"):
            yield "it has KMS's default policy, which leaves its use to IAM policies; write one"
        return
    target = environment.deployment.target(key)
    own, sets = named(policy, target.account), permission_sets(policy, target.account)
    counterexample = beyond(policy, _table(environment, target, own, sets))
    if counterexample is not None:
        yield (
            f"{allowed_by(counterexample, on='the key')}; bind it to the ARNs of the stack's log "
            f"groups by {LOGS_CONTEXT} and of its queues by {QUEUES_CONTEXT}, and roles and users "
            "by kms:ViaService too"
        )
    for grant in granted(key, environment):
        yield f"{grant} beside the policy; remove it"


def serves(key: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Log groups and queues that could not use the key."""
    if key.flag("isEnabled") is False:
        yield "isEnabled is false, so that nothing can be logged or queued; write true"
    policy = environment.keys.key_policy(key)
    if policy is None:
        return
    target = environment.deployment.target(key)
    service = Principal.service(f"logs.{target.region}.{_suffix(target)}")
    for group in groups(environment):
        context = {LOGS_CONTEXT: _group(target, group)}
        for action in ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"):
            if key not in environment.stack.referred(group, "kmsKeyId", key.type):
                continue
            arn = own_arn(key, policy, target)
            request = Request(service, action, arn, context)
            decision = is_authorized(request, Policies(resource=policy))
            if not decision.allowed:
                yield (
                    f"{service.arn} is refused {action} for {group.name}, {why_not(decision)}; let "
                    "it in for the group"
                )


def _table(
    environment: Environment, target: DeploymentTarget, own: tuple[str, ...], sets: tuple[str, ...]
) -> list[Allowance]:
    log_arns = [_group(target, each) for each in groups(environment)]
    queue_arns = [
        f"arn:{target.partition}:sqs:{target.region}:{target.account}:{queue.text('name')}"
        for queue in environment.controllers.failure_queues
    ]
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    sources = [
        source
        for queue in environment.controllers.failure_queues
        for source in event_sources(queue, environment, target)
    ]
    services = {name: f"{name}.{target.region}.{_suffix(target)}" for name in ("logs", "sqs")}
    people = {"AWS": list(own) or [target.account]}
    in_logs: Mapping[str, object] = {"ArnEquals": {LOGS_CONTEXT: log_arns}}
    rows = [
        Allowance(
            "LogsService",
            (*USE, "kms:Describe*"),
            principals={"Service": services["logs"]},
            conditions=in_logs,
        ),
        Allowance(
            "UseThroughLogs",
            USE,
            principals=people,
            conditions={**in_logs, "StringEquals": {"kms:ViaService": services["logs"]}},
        ),
        Allowance(
            "UseThroughQueues",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            principals=people,
            conditions={
                "ArnEquals": {QUEUES_CONTEXT: queue_arns},
                "StringEquals": {"kms:ViaService": services["sqs"]},
            },
        ),
        Allowance(
            "EventsThroughQueues",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            principals={"Service": "events.amazonaws.com"},
            conditions={"ArnEquals": {"aws:SourceArn": sources}},
        ),
        Allowance("Administration", ADMINISTRATION, principals={"AWS": [target.account, *own]}),
        Allowance(
            "AdministrationBySets",
            ADMINISTRATION,
            principals={"AWS": "*"},
            conditions={
                "StringEquals": {"aws:PrincipalAccount": target.account},
                "ArnLike": {"aws:PrincipalArn": sets},
            },
        ),
    ]
    used = {
        "AdministrationBySets": sets,
        "EventsThroughQueues": sources,
        "LogsService": log_arns,
        "UseThroughLogs": log_arns,
        "UseThroughQueues": queue_arns,
    }
    return [row for row in rows if used.get(row.name, [""])]


def _group(target: DeploymentTarget, group: Resource) -> str:
    here = f"{target.region}:{target.account}"
    return f"arn:{target.partition}:logs:{here}:log-group:{group.text('name')}"


def _suffix(target: DeploymentTarget) -> str:
    return "amazonaws.com.cn" if target.partition == "aws-cn" else "amazonaws.com"


OPERATIONS_KEY_BOUND = StackRule(
    About(
        "operations-key-bound",
        "The operations key is proved to serve only the stack's own log groups and queues.",
        Severity.CRITICAL,
        "Bind the logs service and every role by encryption context, and roles by kms:ViaService.",
        PAGE,
        controls=nist("AC-3", "AC-6", "SC-12"),
    ),
    lambda environment: environment.operations_keys,
    NONE,
    bound,
)
OPERATIONS_KEY_SERVES = StackRule(
    About(
        "operations-key-serves-logs",
        "The operations key lets CloudWatch Logs encrypt and read each of the stack's groups.",
        Severity.HIGH,
        "Let the logs service use the key with each group's ARN as the encryption context.",
        PAGE,
        controls=nist("AU-9", "CP-9"),
    ),
    lambda environment: environment.operations_keys,
    NONE,
    serves,
)
