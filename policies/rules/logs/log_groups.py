"""The log groups: results of sessions and the controller's own log.

`kmsKeyArn` does not reach them: results in CloudWatch Logs are encrypted by their group's key.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-results.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_log_groups import groups
from ...analysis.log_copies import deliveries, ways_out
from ...analysis.proofs import list_principals_by
from ...analysis.wording import may_together
from ...framework.controls import nist
from ...framework.rule import EPHEMERAL_STACKS, About, Parameter, Settings, StackRule
from ...iam import How, PolicyType
from ...model.policy_documents import KEY_TYPES
from ...model.resource import Resource
from ...model.stack import is_elsewhere

GUIDE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/"
NONE = "no log group here belongs to batch evaluations"
DAYS: dict[str, object] = {"type": "integer", "minimum": 1}
RESOURCE_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/permissions-reference-cwl.html
READ = ("logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartLiveTail", "logs:StartQuery")
WAYS = {
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": ("logGroup", "sends it on"),
    "aws:cloudwatch/logTransformer:LogTransformer": ("logGroupArn", "rewrites what it holds"),
}


def retention(group: Resource, _: Environment, settings: Settings) -> Iterator[str]:
    """Whether what is logged stays long enough, and not for ever."""
    days = group.number("retentionInDays") or 0
    least, most = settings.number("minDays"), settings.number("maxDays")
    if days == 0 or days > most:
        found = f"is {days}" if days else "is absent, which means for ever"
        yield f"retentionInDays {found}; write {least} to {most}"
    elif days < least and not settings.is_ephemeral(group):
        yield f"retentionInDays is {days}; write at least {least}"
    if group.flag("skipDestroy"):
        yield "skipDestroy is true, so that it stays without anybody in charge; write false"


def readable(group: Resource, _: Environment, __: Settings) -> Iterator[str]:
    """Whether results can be read, and stay for the retention that is written.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
    """
    found = group.text("logGroupClass")
    if found == "DELIVERY":
        yield f"logGroupClass is {found}, which keeps events for a day; write STANDARD"
    elif found not in ("", "STANDARD"):
        yield f"logGroupClass is {found}, which GetLogEvents does not read; write STANDARD"


def encryption(group: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether a customer managed key encrypts what is logged."""
    if environment.stack.referred(group, "kmsKeyId", *KEY_TYPES):
        return
    key = group.text("kmsKeyId")
    if not key:
        yield "kmsKeyId is absent; write the ARN of the operations key"
    elif is_elsewhere(key, environment.deployment.account(group)):
        yield f"kmsKeyId is {key}, of another account; write the operations key's ARN"


def copies(group: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """What takes the group's content elsewhere."""
    for type_, (path, what) in WAYS.items():
        for each in environment.stack.siblings(group, type_, path):
            yield f"{each.name} ({type_.rpartition(':')[2]}) {what}; remove it"
    yield from ways_out(group, environment)
    yield from deliveries(group, environment)
    target = environment.deployment.target(group)
    start = f"arn:{target.partition}:logs:{target.region}:{target.account}:log-group"
    arn = f"{start}:{group.text('name')}:*"
    for each in environment.stack.of(RESOURCE_POLICY):
        text = each.text("policyDocument")
        found = (
            (access, action)
            for action in READ
            for access in list_principals_by(text, PolicyType.RESOURCE, action, arn)
            if access.request.principal.account != target.account
            or access.how is How.RESOURCE_POLICY
        )
        for said in may_together(found):
            yield f"{each.name}: {said}; remove it"


LOG_RETENTION = StackRule(
    About(
        "log-retention",
        "Logs of evaluations stay for a month or more, and not for ever.",
        Severity.MEDIUM,
        "Set retentionInDays.",
        f"{GUIDE}Working-with-log-groups-and-streams.html",
        mandatory=False,
        controls=nist("AU-11", "SI-12"),
        parameters={
            "ephemeralStacks": EPHEMERAL_STACKS,
            "minDays": Parameter(30, "The least in days.", DAYS),
            "maxDays": Parameter(3653, "The most in days.", DAYS),
        },
    ),
    groups,
    NONE,
    retention,
)
RESULT_LOG_CLASS = StackRule(
    About(
        "result-log-class",
        "Logs of results are of the Standard class, whose events can be read and stay.",
        Severity.HIGH,
        "Remove logGroupClass.",
        f"{GUIDE}CloudWatch_Logs_Log_Classes.html",
        controls=nist("AU-11", "CP-9"),
    ),
    lambda environment: environment.controllers.result_groups,
    "no log group here takes results of batch evaluations",
    readable,
)
LOG_ENCRYPTION = StackRule(
    About(
        "log-encryption",
        "Logs of evaluations are encrypted under a key of the stack.",
        Severity.HIGH,
        "Set kmsKeyId to the operations key's ARN.",
        f"{GUIDE}encrypt-log-data-kms.html",
        controls=nist("SC-28", "SC-28(1)", "AU-9"),
    ),
    groups,
    NONE,
    encryption,
)
LOG_COPIES = StackRule(
    About(
        "log-copies",
        "Nothing sends logs of evaluations elsewhere.",
        Severity.HIGH,
        "Remove the subscription: who may read the copy is decided elsewhere.",
        f"{GUIDE}Subscriptions.html",
        controls=nist("AC-4", "AU-9"),
    ),
    groups,
    NONE,
    copies,
)
