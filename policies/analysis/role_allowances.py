"""The permissions that evaluation roles need, as a table of allowances.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-prereqs.html
"""

from collections.abc import Iterator, Mapping, Sequence

from ..iam import Allowance
from ..model.resource import Resource
from . import evaluation_access
from .environment import Environment

READ_LOGS = ("FilterLogEvents", "GetLogEvents", "GetQueryResults", "StartQuery")
WRITE_RESULTS = (
    "CreateLogGroup",
    "CreateLogStream",
    "DeleteLogStream",
    "PutLogEvents",
    "PutRetentionPolicy",
    "TagResource",
)
# Without the first Lambda makes no function in a VPC, the others are in AWS's own policy for it.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
NETWORK_INTERFACES = (
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
)
NETWORK = ("AssignPrivateIpAddresses", "DescribeSubnets", "UnassignPrivateIpAddresses")
OBJECTS = ("DeleteObjectVersion", "GetObject", "GetObjectVersion", "PutObject")


def caller_needs(
    environment: Environment, role: Resource, sources: Sequence[str]
) -> list[Allowance]:
    """What a role needs that evaluations run under, in the resources of its stack.

    Start, List and DescribeLogGroups know no resources: the Region is what bounds them.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock-agentcore.html
    """
    target = environment.deployment.target(role)
    here = {"StringEquals": {"aws:RequestedRegion": target.region}}
    results = _group_arns(
        environment, role, [g.text("name") for g in environment.controllers.result_groups]
    )
    own = _group_arns(
        environment, role, [g.text("name") for g in environment.controllers.function_groups]
    )
    read = [*_group_arns(environment, role, sources), *results]
    buckets = [
        f"arn:{target.partition}:s3:::{bucket.text('bucket')}"
        for bucket in environment.output_buckets
    ]
    rows = [
        _row("Start", "bedrock-agentcore", ("StartBatchEvaluation", "ListBatchEvaluations"), here),
        _row(
            "Evaluations",
            "bedrock-agentcore",
            ("GetBatchEvaluation", "StopBatchEvaluation", "DeleteBatchEvaluation"),
            resources=_scope(environment) or [target.evaluations],
        ),
        _row("FindLogGroups", "logs", ("DescribeLogGroups",), here),
        _row("ReadLogs", "logs", READ_LOGS, resources=read),
        _row("WriteResults", "logs", WRITE_RESULTS, resources=results),
        _row("Log", "logs", ("CreateLogStream", "PutLogEvents"), resources=own),
        _row("ListObjects", "s3", ("ListBucket", "ListBucketVersions"), resources=buckets),
        _row("Objects", "s3", OBJECTS, resources=[f"{arn}/*" for arn in buckets]),
        _row("Trace", "xray", ("PutTelemetryRecords", "PutTraceSegments"), here),
        *_failures(environment, role),
        *_network(environment, role),
    ]
    return [row for row in rows if row.resources]


def invoker_needs(environment: Environment, role: Resource) -> list[Allowance]:
    """What a role needs that invokes a controller."""
    target = environment.deployment.target(role)
    start = f"arn:{target.partition}:lambda:{target.region}:{target.account}:function"
    functions = [f"{start}:{each.text('name')}" for each in environment.controllers.functions]
    rows = [
        _row("Invoke", "lambda", ("InvokeFunction",), resources=functions),
        *_failures(environment, role),
    ]
    return [row for row in rows if row.resources]


def _row(
    name: str,
    service: str,
    actions: Sequence[str],
    conditions: Mapping[str, object] | None = None,
    resources: Sequence[str] = ("*",),
) -> Allowance:
    names = [f"{service}:{action}" for action in actions]
    return Allowance(name, names, list(resources), conditions=conditions or {})


def is_in_network(function: Resource) -> bool:
    """Whether a function is in subnets of a VPC."""
    return bool(function.value("vpcConfig")) and bool(function.value("vpcConfig.subnetIds"))


def _network(environment: Environment, role: Resource) -> Iterator[Allowance]:
    if any(map(is_in_network, environment.starters.functions_of(role))):
        yield _row("NetworkInterfaces", "ec2", (*NETWORK_INTERFACES, *NETWORK))


def _failures(environment: Environment, role: Resource) -> Iterator[Allowance]:
    target = environment.deployment.target(role)
    start = f"arn:{target.partition}:sqs:{target.region}:{target.account}"
    queues = [f"{start}:{queue.text('name')}" for queue in environment.controllers.failure_queues]
    yield _row("ReportFailures", "sqs", ("SendMessage",), resources=queues)


def _scope(environment: Environment) -> list[str]:
    policies = filter(None, map(environment.keys.key_policy, environment.keys.evaluation_keys))
    return sorted({arn for policy in policies for arn in evaluation_access.evaluation_arns(policy)})


def _group_arns(environment: Environment, role: Resource, names: Sequence[str]) -> list[str]:
    """The ARNs of log groups given by name or prefix; tagging takes the one without `:*`."""
    target = environment.deployment.target(role)
    start = f"arn:{target.partition}:logs:{target.region}:{target.account}:log-group"
    forms: list[str] = []
    for name in names:
        forms += [f"{start}:{name}"] + ([] if name.endswith("*") else [f"{start}:{name}:*"])
    return forms
