"""CloudWatch Logs: limits of values that its model does not state."""

from collections.abc import Sequence

from local.aws_api.constraint import Constraint, Members, has_all, not_among, refused_when

_API = "AmazonCloudWatchLogs/latest/APIReference/API_"
_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# X-Ray makes the group of Transaction Search; here whoever loads recordings does.
# docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Transaction-Search.html
_OF_SERVICES = frozenset({"aws/spans"})


def _reserved_name(members: Members) -> bool:
    name = str(members.get("logGroupName", ""))
    return name.startswith("aws/") and name not in _OF_SERVICES


def _backwards(members: Members) -> bool:
    start, end = members.get("startTime"), members.get("endTime")
    return start is not None and end is not None and start > end


CONSTRAINTS: Sequence[Constraint] = (
    Constraint(
        "logs",
        ("PutRetentionPolicy",),
        "retentionInDays",
        "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, "
        "2922, 3288 or 3653",
        "InvalidParameterException",
        f"{_API}PutRetentionPolicy.html",
        refused_when(
            not_among("retentionInDays", _RETENTION_DAYS),
            f"Invalid retention value. Valid values are: [{', '.join(map(str, _RETENTION_DAYS))}]",
        ),
    ),
    Constraint(
        "logs",
        ("CreateLogGroup",),
        "logGroupName",
        "not beginning with `aws/` (`aws/spans`, which X-Ray makes, is let through)",
        "InvalidParameterException",
        f"{_API}CreateLogGroup.html",
        refused_when(_reserved_name, "Log groups starting with aws/ are reserved for AWS."),
    ),
    Constraint(
        "logs",
        ("FilterLogEvents",),
        "logStreamNames, logStreamNamePrefix",
        "one of both",
        "InvalidParameterException",
        f"{_API}FilterLogEvents.html",
        refused_when(
            has_all("logStreamNames", "logStreamNamePrefix"),
            "logStreamNamePrefix and logStreamNames are mutually exclusive parameters. Please "
            "specify only one of them.",
        ),
    ),
    Constraint(
        "logs",
        ("FilterLogEvents", "GetLogEvents"),
        "startTime, endTime",
        "startTime no later than endTime",
        "InvalidParameterException",
        f"{_API}FilterLogEvents.html",
        refused_when(_backwards, "startTime cannot be after endTime."),
    ),
    Constraint(
        "logs",
        ("DescribeLogGroups",),
        "logGroupNamePrefix, logGroupNamePattern",
        "one of both",
        "InvalidParameterException",
        f"{_API}DescribeLogGroups.html",
        refused_when(
            has_all("logGroupNamePrefix", "logGroupNamePattern"),
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ),
    ),
    Constraint(
        "logs",
        ("StartQuery",),
        "startTime, endTime",
        "startTime no later than endTime",
        "InvalidParameterException",
        f"{_API}StartQuery.html",
        refused_when(_backwards, "startTime cannot be after endTime."),
    ),
)
