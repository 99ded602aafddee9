"""The controller's role is allowed what each operation needs, by all policies together.

A batch evaluation runs with its caller's rights, those on logs and queries included.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-prereqs.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from ...analysis import evaluation_access
from ...analysis.bucket_requests import ALGORITHM_HEADER, KEY_HEADER
from ...analysis.environment import Environment
from ...analysis.evaluation_access import CONTEXT_KEY, DeploymentTarget
from ...analysis.identities import ROLE
from ...analysis.key_policy_principals import own_arn
from ...analysis.nothing_to_judge import NO_CONTROLLER
from ...analysis.required_access import Worker, assumed, denied, document, refusals, service, worker
from ...analysis.role_allowances import NETWORK_INTERFACES, READ_LOGS, is_in_network
from ...framework.controls import nist
from ...framework.rule import TEXTS, About, Parameter, Settings, StackRule
from ...iam import Policy, PolicyType
from ...model import policy_documents
from ...model.resource import Resource, Waiting
from ...model.stack import known_text, variables

PAGE = (
    "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-prereqs.html"
)
START = ("bedrock-agentcore:ListBatchEvaluations", "bedrock-agentcore:StartBatchEvaluation")
CONTROL = (
    "bedrock-agentcore:DeleteBatchEvaluation",
    "bedrock-agentcore:GetBatchEvaluation",
    "bedrock-agentcore:StopBatchEvaluation",
)
# The service writes results with the caller's rights, and tags the group under its own ARN.
WRITE_RESULTS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:PutRetentionPolicy",
)
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
LIST, OBJECTS = ("s3:ListBucket", "s3:ListBucketVersions"), ("s3:GetObject", "s3:PutObject")
USE = ("kms:Decrypt", "kms:GenerateDataKey")
LOGS_CONTEXT = "kms:EncryptionContext:aws:logs:arn"


def work(function: Resource, environment: Environment, settings: Settings) -> Iterator[str]:
    """Who is refused what: the function's role, and Lambda that assumes it."""
    target = environment.deployment.target(function)
    here = f"{target.region}:{target.account}"
    arn = f"arn:{target.partition}:lambda:{here}:function:{function.text('name')}"
    spared = frozenset(each.lower() for each in settings.texts("notNeeded"))
    for role in environment.stack.referred(function, "role", ROLE):
        yield from assumed(role, service("lambda.amazonaws.com", arn, target.account), target)
        who = worker(role, environment, target)
        who = replace(
            who,
            in_network=bool(function.value("vpcConfig")),
            context={**who.context, "lambda:SourceFunctionArn": arn},
            spared=spared,
        )
        yield from _all(function, who, environment, target)


def _all(
    function: Resource, who: Worker, environment: Environment, target: DeploymentTarget
) -> Iterator[str]:
    yield from refusals(who, START, ("*",))
    for key in environment.keys.evaluation_keys:
        yield from _key_use(key, who, environment, ("kms:DescribeKey",), {})
    buckets = [each for each in environment.output_buckets if _has_in_environment(function, each)]
    tried = [
        [*_evaluation(each, who, environment, target, buckets)]
        for each in _evaluations(who, environment, target)
    ]
    if all(tried):
        yield from min(tried, key=len)
    yield from _logs(function, who, environment, target)
    if is_in_network(function):
        yield from refusals(who, [f"ec2:{name}" for name in NETWORK_INTERFACES], ("*",))
    if function.text("tracingConfig.mode") == "Active":
        yield from refusals(who, ("xray:PutTraceSegments",), ("*",))
    # Last, since the bucket's policy names the key, and is unknown at the first preview.
    for bucket in buckets:
        yield from _bucket(bucket, who, environment, target)


def _evaluation(
    evaluation: str,
    who: Worker,
    environment: Environment,
    target: DeploymentTarget,
    buckets: Sequence[Resource],
) -> Iterator[str]:
    """One evaluation, with the use of the key under its context, for itself and for its exports."""
    yield from refusals(who, CONTROL, (evaluation,))
    context = {CONTEXT_KEY: evaluation}
    for key in environment.keys.evaluation_keys:
        yield from _key_use(key, who, environment, USE, context)
    through = {"kms:ViaService": f"s3.{target.region}.{_suffix(target)}", **context}
    for key in dict.fromkeys(key for each in buckets for key in environment.keys.keys_of(each)):
        yield from _key_use(key, who, environment, USE, through)


def _evaluations(who: Worker, environment: Environment, target: DeploymentTarget) -> list[str]:
    """Evaluations of which one has to be within reach: of the key's scope, and what of it the
    role's policies name."""
    policies = filter(None, map(environment.keys.key_policy, environment.keys.evaluation_keys))
    scope = [arn for policy in policies for arn in evaluation_access.evaluation_arns(policy)]
    scope = list(dict.fromkeys(scope)) or [target.evaluations]
    named = [
        text
        for action in CONTROL
        for text in _named(who, action)
        if any(fnmatchcase(text.replace("*", "any"), each) for each in scope)
    ]
    return [each.replace("*", "any") for each in dict.fromkeys((*scope, *named))]


def _named(who: Worker, action: str) -> Iterator[str]:
    """What the statements of a role's policies that allow an action are about."""
    for policy in who.identity:
        for statement in policy.on(action.lower())[1]:
            if statement.resources is not None and not statement.resources.negated:
                yield from (pattern.text for pattern in statement.resources.patterns)


def _logs(
    function: Resource, who: Worker, environment: Environment, target: DeploymentTarget
) -> Iterator[str]:
    """Sessions, results and the function's own lines; a log group's ARN in requests is that of a
    stream, but for tags.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    start = f"arn:{target.partition}:logs:{target.region}:{target.account}:log-group"
    policy = _log_policy(environment)

    def asked(actions: Sequence[str], arn: str, what: str = "") -> Iterator[str]:
        return refusals(who, actions, (arn,), policy=policy, what=what)

    # All groups are meant in a request by one without a name.
    yield from asked(("logs:DescribeLogGroups",), f"{start}::log-stream:", f"{start}:*")
    results = [each.text("name") for each in environment.controllers.result_groups]
    own = function.text("loggingConfig.logGroup") or f"/aws/lambda/{function.text('name')}"
    ours = {f"{start}:{name}" for name in (*results, own)}
    reads = [f"logs:{name}" for name in READ_LOGS]
    read = dict.fromkeys(text for action in reads for text in _named(who, action))
    sources = [text for text in read if text.removesuffix(":*") not in ours]
    for source in sources or [f"{start}:/aws/bedrock-agentcore/runtimes/*"]:
        if f"{source}:*" not in read:
            named_whole = source.count(":") == 6 and not source.endswith("*")
            stream = f"{source}:log-stream:any" if named_whole else source.replace("*", "any")
            yield from asked(reads, stream)
    for name in results:
        group = f"{start}:{name}"
        yield from asked((*WRITE_RESULTS, "logs:GetLogEvents"), f"{group}:log-stream:any")
        yield from asked(("logs:TagResource",), group)
    for group in environment.controllers.result_groups:
        for key in environment.stack.referred(group, "kmsKeyId", *policy_documents.KEY_TYPES):
            context = {
                "kms:ViaService": f"logs.{target.region}.{_suffix(target)}",
                LOGS_CONTEXT: f"{start}:{group.text('name')}",
            }
            yield from _key_use(key, who, environment, ("kms:Decrypt",), context)
    yield from asked(LOG, f"{start}:{own}:log-stream:any")


def _log_policy(environment: Environment) -> Policy | None:
    """The resource policies of the account's logs, as one."""
    found = [
        policy
        for each in environment.stack.of("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
        if (policy := policy_documents.of(each)) is not None
    ]
    if not found:
        return None
    statements = tuple(statement for policy in found for statement in policy.statements)
    return replace(found[0], name=" and ".join(each.name for each in found), statements=statements)


def _key_use(
    key: Resource,
    who: Worker,
    environment: Environment,
    actions: Sequence[str],
    context: Mapping[str, str],
) -> Iterator[str]:
    """Who is refused the use of a key of the stack, whose policy is known."""
    policy = environment.keys.key_policy(key)
    if policy is not None:
        target = environment.deployment.target(key)
        arn = own_arn(key, policy, target)
        yield from refusals(who, actions, (arn,), context, policy, what=key.name)


def _has_in_environment(function: Resource, bucket: Resource) -> bool:
    values = variables(function).values()
    return bucket in function.linked("environment") or bucket.text("bucket") in values


def _bucket(
    bucket: Resource, who: Worker, environment: Environment, target: DeploymentTarget
) -> Iterator[str]:
    """Objects of an output bucket, by the role's policies and the bucket's.

    While the bucket's policy is unknown, the role's alone are asked: it is to grant nothing.
    """
    arn = f"arn:{target.partition}:s3:::{bucket.text('bucket')}"
    policy, waiting = None, None
    try:
        policy = _bucket_policy(bucket, environment)
    except Waiting as wait:
        waiting = wait
    keys = environment.keys.keys_of(bucket)
    key_arn = next((each for key in keys if (each := known_text(key, "arn"))), "")
    header = {KEY_HEADER: key_arn, ALGORITHM_HEADER: "aws:kms"} if key_arn else {}
    yield from refusals(who, LIST, (arn,), policy=policy, owner=target.account)
    for action in OBJECTS:
        context = header if action == "s3:PutObject" else {}
        named = [text for text in _named(who, action) if text.startswith(f"{arn}/")]
        objects = [text.replace("*", "any") for text in named or [f"{arn}/*"]]
        yield from refusals(who, (action,), objects, context, policy, owner=target.account)
        yield from denied(who, (action,), (f"{arn}/*",), context, policy)
    cleaning = ("s3:DeleteObjectVersion",)
    yield from refusals(who, cleaning, (f"{arn}/any",), policy=policy, owner=target.account)
    if waiting is not None:
        raise waiting


def _bucket_policy(bucket: Resource, environment: Environment) -> Policy | None:
    held = environment.bucket_policies(bucket)
    text = held[0].text("policy") if held else bucket.text("policy")
    return document(text, PolicyType.BUCKET, (held[0] if held else bucket).name)


def _suffix(target: DeploymentTarget) -> str:
    return "amazonaws.com.cn" if target.partition == "aws-cn" else "amazonaws.com"


CONTROLLER_WORK = StackRule(
    About(
        "controller-work",
        "The controller is allowed all that its operations need.",
        Severity.HIGH,
        "Restore the permission, or remove what denies it: the message names both.",
        PAGE,
        controls=nist("CP-9", "CP-10"),
        parameters={
            "notNeeded": Parameter([], "Actions that the controllers do without.", TEXTS),
        },
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    work,
)
