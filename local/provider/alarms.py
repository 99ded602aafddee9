"""Amazon CloudWatch: alarms on one metric.

An alarm is written whole each time; its tags have operations of their own:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from typing import Any

import botocore.exceptions
from pulumi_aws import cloudwatch

from .aws_clients import Cloud, found
from .fields import Field, from_aws, tag_list, tag_map, to_aws
from .resource import ResourceType, Values

_COMPARISONS = ("GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
                "LessThanOrEqualToThreshold")  # fmt: skip
_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_TREATMENTS = ("breaching", "notBreaching", "ignore", "missing")


def _unordered(values: list[str]) -> object:
    return sorted(values)


ALARM = {
    "name": Field("AlarmName", replaces=True),
    "alarmDescription": Field("AlarmDescription"),
    "actionsEnabled": Field("ActionsEnabled", default=True),
    "alarmActions": Field("AlarmActions", alike=_unordered),
    "okActions": Field("OKActions", alike=_unordered),
    "insufficientDataActions": Field("InsufficientDataActions", alike=_unordered),
    "namespace": Field("Namespace"),
    "metricName": Field("MetricName"),
    "dimensions": Field(
        "Dimensions",
        send=lambda value: tag_list(value, "Name"),
        receive=lambda value: tag_map(value, "Name"),
    ),
    "statistic": Field("Statistic", allowed=_STATISTICS),
    "period": Field("Period"),
    "unit": Field("Unit"),
    "evaluationPeriods": Field("EvaluationPeriods"),
    "datapointsToAlarm": Field("DatapointsToAlarm"),
    "threshold": Field("Threshold"),
    "comparisonOperator": Field("ComparisonOperator", allowed=_COMPARISONS),
    "treatMissingData": Field("TreatMissingData", default="missing", allowed=_TREATMENTS),
    "tags": Field(),
}


def _create(cloud: Cloud, inputs: Values) -> str:
    """Create the alarm; one of that name, which PutMetricAlarm would replace, is an error."""
    if _read(cloud, inputs["name"]) is not None:
        error = {
            "Code": "AlreadyExistsException",
            "Message": f"the alarm {inputs['name']} exists already",
        }
        raise botocore.exceptions.ClientError({"Error": error}, "PutMetricAlarm")
    tags = inputs.get("tags", {})
    cloud.client("cloudwatch").put_metric_alarm(
        **to_aws(ALARM, inputs), **({"Tags": tag_list(tags)} if tags else {})
    )
    return inputs["name"]


def _read(cloud: Cloud, name: str) -> dict[str, Any] | None:
    client = cloud.client("cloudwatch")
    alarms = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    if not alarms:
        return None
    arn = alarms[0]["AlarmArn"]
    tags = client.list_tags_for_resource(ResourceARN=arn)["Tags"]
    return {**from_aws(ALARM, alarms[0]), "arn": arn, "tags": tag_map(tags)}


def _update(cloud: Cloud, name: str, inputs: Values, changed: frozenset[str]) -> None:
    client = cloud.client("cloudwatch")
    if changed - {"tags"}:
        client.put_metric_alarm(**to_aws(ALARM, inputs))
    state = _read(cloud, name) if "tags" in changed else None
    if state is not None:
        tags = inputs.get("tags", {})
        if gone := sorted(state["tags"].keys() - tags.keys()):
            client.untag_resource(ResourceARN=state["arn"], TagKeys=gone)
        if tags:
            client.tag_resource(ResourceARN=state["arn"], Tags=tag_list(tags))


def _delete(cloud: Cloud, name: str, _state: Values) -> None:
    client = cloud.client("cloudwatch")
    found(lambda: client.delete_alarms(AlarmNames=[name]), "ResourceNotFound")


TYPES = (
    ResourceType(
        declared=cloudwatch.MetricAlarm,
        fields=ALARM,
        service="cloudwatch",
        name="name",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
    ),
)
