"""The permissions that a call requires: IAM actions, each on a resource.

Actions and resources follow the service authorization reference, which names those of each
operation: docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from collections.abc import Callable, Mapping, Sequence

from local.aws_api.request_context import RequestContext
from local.aws_api.request_parsing import function_name
from local.aws_api.required_permission import RequiredPermission, pass_role
from local.moto_backend.policies_in_force import PoliciesInForce
from local.services.iam import permissions as iam_needs
from local.services.kms import permissions as kms_needs
from local.services.logs import permissions as logs_needs
from local.services.s3 import permissions as s3_needs

# What anybody may ask: docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html,
# docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
_FREE = frozenset({"GetCallerIdentity", "GetSessionToken"})
_SQS_SINGULAR = {
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "DeleteMessageBatch": "DeleteMessage",
    "SendMessageBatch": "SendMessage",
}
# docs.aws.amazon.com/lambda/latest/dg/permissions-function-overview.html
_LAMBDA_ACTIONS = {
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
}
_LAMBDA_TAGGING = frozenset({"ListTags", "TagResource", "UntagResource"})
_ALARM_TAGGING = frozenset({"ListTagsForResource", "TagResource", "UntagResource"})
_SCHEDULER_TAGGING = frozenset({"ListTagsForResource", "TagResource", "UntagResource"})
_BATCH_EVALUATION = frozenset(
    {"DeleteBatchEvaluation", "GetBatchEvaluation", "StopBatchEvaluation"}
)


def needs_of(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    """The permissions that a call takes, all of them; none for what anybody may do."""
    find = _SERVICES.get(call.service)
    if find is None:
        return [RequiredPermission(f"{call.service}:{call.action}")]
    return find(call, stored)


def _bedrock_agentcore(
    call: RequestContext, stored: PoliciesInForce
) -> Sequence[RequiredPermission]:
    action = f"bedrock-agentcore:{call.action}"
    if call.action not in _BATCH_EVALUATION:
        # Start and List take no resource:
        # docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock-agentcore.html
        return [RequiredPermission(action)]
    identifier = call.request.path.split("/")[3]
    return [
        RequiredPermission(
            action, stored.arn(call, "bedrock-agentcore", f"batch-evaluate/{identifier}")
        )
    ]


def _cloudwatch(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    """docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html"""
    action, given = f"cloudwatch:{call.action}", call.parameters
    if call.action in _ALARM_TAGGING:
        return [RequiredPermission(action, str(given.get("ResourceARN")))]
    if call.action == "DescribeAlarms":
        return [RequiredPermission(action, stored.arn(call, "cloudwatch", "alarm:*"))]
    names = given.get("AlarmNames") or ([given["AlarmName"]] if "AlarmName" in given else [])
    arns = [stored.arn(call, "cloudwatch", f"alarm:{name}") for name in names]
    tagging = [
        RequiredPermission("cloudwatch:TagResource", arn) for arn in arns if given.get("Tags")
    ]
    return [*(RequiredPermission(action, arn) for arn in arns), *tagging] or [
        RequiredPermission(action)
    ]


def _lambda(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    """docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html"""
    action, given = f"lambda:{_LAMBDA_ACTIONS.get(call.action, call.action)}", call.parameters
    layer, mapping = given.get("LayerName"), given.get("UUID")
    if layer is not None and call.action != "ListLayerVersions":
        name = str(layer).rpartition(":")[2]
        version = f":{given['VersionNumber']}" if "VersionNumber" in given else ""
        return [RequiredPermission(action, stored.arn(call, "lambda", f"layer:{name}{version}"))]
    if mapping is not None:
        return [
            RequiredPermission(
                action, stored.arn(call, "lambda", f"event-source-mapping:{mapping}")
            )
        ]
    member = "Resource" if call.action in _LAMBDA_TAGGING else "FunctionName"
    named = given.get(member)
    if named is None or call.action in ("ListEventSourceMappings", "ListFunctions"):
        return [RequiredPermission(action)]
    function = _function(call, stored, str(named))
    needs = [RequiredPermission(action, function)]
    if call.action in ("CreateFunction", "UpdateFunctionConfiguration"):
        if given.get("Role"):
            needs.append(pass_role(str(given["Role"]), "lambda.amazonaws.com"))
        needs += [
            RequiredPermission("lambda:GetLayerVersion", str(one))
            for one in given.get("Layers") or ()
        ]
    if call.action == "CreateFunction" and given.get("Tags"):
        needs.append(RequiredPermission("lambda:TagResource", function))
    return needs


def _function(call: RequestContext, stored: PoliciesInForce, named: str) -> str:
    """The ARN of a function given by name, partial ARN or ARN."""
    name, qualifier = function_name(named)
    qualifier = qualifier or call.query("Qualifier") or ""
    return stored.arn(call, "lambda", f"function:{name}" + (f":{qualifier}" if qualifier else ""))


def _scheduler(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    action, given = f"scheduler:{call.action}", call.parameters
    if call.action in _SCHEDULER_TAGGING:
        return [RequiredPermission(action, str(given.get("ResourceArn")))]
    if call.action.startswith("List"):
        return [RequiredPermission(action)]
    if call.action.endswith("ScheduleGroup"):
        group = stored.arn(call, "scheduler", f"schedule-group/{given.get('Name')}")
        tagged = call.action == "CreateScheduleGroup" and given.get("Tags")
        return [
            RequiredPermission(action, group),
            *([RequiredPermission("scheduler:TagResource", group)] if tagged else []),
        ]
    writes = call.action in ("CreateSchedule", "UpdateSchedule")
    group = (given.get("GroupName") if writes else call.query("groupName")) or "default"
    arn = stored.arn(call, "scheduler", f"schedule/{group}/{given.get('Name')}")
    role = (given.get("Target") or {}).get("RoleArn")
    passing = [pass_role(str(role), "scheduler.amazonaws.com")] if writes and role else []
    return [RequiredPermission(action, arn), *passing]


def _sqs(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    action = f"sqs:{_SQS_SINGULAR.get(call.action, call.action)}"
    queue = stored.queue_arn(call)
    if queue is None:
        return [RequiredPermission(action)]
    # docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html, tags
    tagged = call.action == "CreateQueue" and call.parameters.get("tags")
    return [
        RequiredPermission(action, queue),
        *([RequiredPermission("sqs:TagQueue", queue)] if tagged else []),
    ]


def _sts(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    if call.action in _FREE:
        return []
    action, given = f"sts:{call.action}", call.parameters
    if "RoleArn" not in given:
        return [RequiredPermission(action)]
    role = str(given["RoleArn"])
    context: dict[str, str] = {
        key: str(given[member])
        for key, member in (
            ("sts:ExternalId", "ExternalId"),
            ("sts:RoleSessionName", "RoleSessionName"),
        )
        if member in given
    }
    return [RequiredPermission(action, role, context)]


_SERVICES: Mapping[
    str, Callable[[RequestContext, PoliciesInForce], Sequence[RequiredPermission]]
] = {
    "bedrock-agentcore": _bedrock_agentcore,
    "cloudwatch": _cloudwatch,
    "iam": iam_needs.needs_of,
    "kms": kms_needs.needs_of,
    "lambda": _lambda,
    "logs": logs_needs.needs_of,
    "s3": s3_needs.needs_of,
    "scheduler": _scheduler,
    "sqs": _sqs,
    "sts": _sts,
}
