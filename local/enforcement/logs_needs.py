"""The permissions of CloudWatch Logs' operations.

In requests a log group is `log-group:NAME:log-stream:STREAM`, which a policy matches by
`log-group:NAME:*`; only tagging takes `log-group:NAME` as it is.
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
"""

from collections.abc import Sequence

from local.call import Call
from local.enforcement.need import Need
from local.enforcement.stored import Stored
from local.faults import AwsError
from local.overlay.log_encryption import groups_named

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


def needs_of(call: Call, stored: Stored) -> Sequence[Need]:
    """The permissions of a call of CloudWatch Logs."""
    action, given = f"logs:{call.action}", call.parameters
    if call.action in _TAGGING:
        return [Need(action, str(given.get("resourceArn")).removesuffix(":*"))]
    if call.action == "DescribeLogGroups":
        # Asked for all groups, whatever the prefix.
        return [Need(action, stored.arn(call, "logs", "log-group::log-stream:"))]
    if call.action == "GetQueryResults":
        groups = stored.queried_groups(call.account, str(given.get("queryId")))
        if not groups:
            raise AwsError("ResourceNotFoundException", "The specified query does not exist.")
        return [Need(action, _group_arn(call, stored, group)) for group in groups]
    for part, members, kind in _OTHERS:
        named = next((given[member] for member in members if given.get(member)), None)
        if part in call.action and named is not None:
            return [Need(action, stored.arn(call, "logs", f"{kind}:{named}"))]
    groups = groups_named(given)
    if not groups:
        return [Need(action)]
    if call.action in _OF_A_STREAM:
        stream = str(given.get("logStreamName", ""))
        return [Need(action, _group_arn(call, stored, group, stream)) for group in groups]
    if call.action in _OF_A_GROUP:
        needs = [Need(action, _group_arn(call, stored, group)) for group in groups]
        if call.action == "CreateLogGroup" and given.get("tags"):
            arn = stored.arn(call, "logs", f"log-group:{given.get('logGroupName')}")
            needs.append(Need("logs:TagResource", arn))
        return needs
    return [Need(action)]


def _group_arn(call: Call, stored: Stored, group: str, stream: str = "") -> str:
    """The ARN under which a request names a group or one of its streams."""
    return stored.arn(call, "logs", f"log-group:{group}:log-stream:{stream}")
