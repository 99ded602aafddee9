"""The permissions of CloudWatch Logs' operations.

In requests a log group is `log-group:NAME:log-stream:STREAM`, which a policy matches by
`log-group:NAME:*`; only tagging takes `log-group:NAME` as it is.
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
"""

from collections.abc import Sequence

from local.aws_api.aws_error import AwsError
from local.aws_api.request_context import RequestContext
from local.aws_api.required_permission import RequiredPermission, pass_role
from local.moto_backend.policies_in_force import PoliciesInForce
from local.services.logs.encryption import groups_named

_OF_A_GROUP = frozenset(
    {"AssociateKmsKey", "CreateExportTask", "CreateLogGroup", "CreateLogStream", "DeleteLogGroup"}
    | {"DeleteMetricFilter", "DeleteRetentionPolicy", "DeleteSubscriptionFilter"}
    | {"DescribeLogStreams", "DescribeMetricFilters", "DescribeSubscriptionFilters"}
    | {"DisassociateKmsKey", "FilterLogEvents", "GetLogGroupFields", "ListTagsLogGroup"}
    | {"PutMetricFilter", "PutRetentionPolicy", "PutSubscriptionFilter", "StartQuery"}
    | {"TagLogGroup", "UntagLogGroup", "PutLogGroupDeletionProtection"}
)
_TAGGING = frozenset({"ListTagsForResource", "TagResource", "UntagResource"})
# What an operation's name says it is about, the members that name it, and its kind in ARNs.
# docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
_OTHERS = (
    ("DeliveryDestination", ("name", "deliveryDestinationName"), "delivery-destination"),
    ("DeliverySource", ("name",), "delivery-source"),
    ("Delivery", ("id",), "delivery"),
    ("Destination", ("destinationName",), "destination"),
)
_OF_A_STREAM = frozenset({"DeleteLogStream", "GetLogEvents", "PutLogEvents"})


def needs_of(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    """The permissions of a call of CloudWatch Logs."""
    action, given = f"logs:{call.action}", call.parameters
    if call.action in _TAGGING:
        return [RequiredPermission(action, str(given.get("resourceArn")).removesuffix(":*"))]
    if call.action == "DescribeLogGroups":
        # Asked for all groups, whatever the prefix.
        return [RequiredPermission(action, stored.arn(call, "logs", "log-group::log-stream:"))]
    if call.action == "GetQueryResults":
        groups = stored.queried_groups(call.account, str(given.get("queryId")))
        if not groups:
            raise AwsError("ResourceNotFoundException", "The specified query does not exist.")
        return [RequiredPermission(action, _group_arn(call, stored, group)) for group in groups]
    for part, members, kind in _OTHERS:
        named = next((given[member] for member in members if given.get(member)), None)
        if part in call.action and named is not None:
            needs = [RequiredPermission(action, stored.arn(call, "logs", f"{kind}:{named}"))]
            # docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestination.html,
            # API_PutDeliveryDestination.html
            if given.get("roleArn"):
                needs.append(pass_role(str(given["roleArn"]), "logs.amazonaws.com"))
            return needs
    groups = groups_named(given)
    if not groups:
        return [RequiredPermission(action)]
    if call.action in _OF_A_STREAM:
        stream = str(given.get("logStreamName", ""))
        return [
            RequiredPermission(action, _group_arn(call, stored, group, stream)) for group in groups
        ]
    if call.action in _OF_A_GROUP:
        needs = [RequiredPermission(action, _group_arn(call, stored, group)) for group in groups]
        if call.action == "CreateLogGroup" and given.get("tags"):
            arn = stored.arn(call, "logs", f"log-group:{given.get('logGroupName')}")
            needs.append(RequiredPermission("logs:TagResource", arn))
        return needs
    return [RequiredPermission(action)]


def _group_arn(call: RequestContext, stored: PoliciesInForce, group: str, stream: str = "") -> str:
    """The ARN under which a request names a group or one of its streams."""
    return stored.arn(call, "logs", f"log-group:{group}:log-stream:{stream}")
