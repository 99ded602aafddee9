"""CloudWatch's metric alarms: kept as declared, under permissions, and refused as AWS refuses."""

from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.runtime.clients import isolated_session

ACCOUNT = "111122223333"
ARN = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:late"
ALARM: dict[str, Any] = {
    "AlarmName": "late",
    "Namespace": "AgentCoreBatchEvaluation",
    "MetricName": "ExportLag",
    "Dimensions": [{"Name": "Environment", "Value": "support-dev"}],
    "Statistic": "Maximum",
    "Period": 3600,
    "EvaluationPeriods": 1,
    "Threshold": 10800.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "AlarmActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:on-call"],
}


def test_an_alarm_is_kept_as_declared_changed_and_deleted(connect: Any) -> None:
    client = connect("cloudwatch")
    client.put_metric_alarm(**ALARM, Tags=[{"Key": "team", "Value": "support"}])
    [alarm] = client.describe_alarms(AlarmNamePrefix="la")["MetricAlarms"]
    assert {name: alarm[name] for name in ALARM} == ALARM
    assert (alarm["AlarmArn"], alarm["ActionsEnabled"]) == (ARN, True)
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    client.put_metric_alarm(**ALARM | {"Threshold": 5.0}, Tags=[{"Key": "team", "Value": "x"}])
    [alarm] = client.describe_alarms(AlarmNames=["late"])["MetricAlarms"]
    assert alarm["Threshold"] == 5.0
    # Tags of a request that replaces an alarm are ignored.
    assert client.list_tags_for_resource(ResourceARN=ARN)["Tags"] == [
        {"Key": "team", "Value": "support"}
    ]
    client.tag_resource(ResourceARN=ARN, Tags=[{"Key": "stage", "Value": "dev"}])
    client.untag_resource(ResourceARN=ARN, TagKeys=["team"])
    assert client.list_tags_for_resource(ResourceARN=ARN)["Tags"] == [
        {"Key": "stage", "Value": "dev"}
    ]
    client.delete_alarms(AlarmNames=["late"])
    assert client.describe_alarms()["MetricAlarms"] == []


def test_alarms_are_told_page_by_page(connect: Any) -> None:
    client = connect("cloudwatch")
    for number in range(5):
        client.put_metric_alarm(**ALARM | {"AlarmName": f"late-{number}"})
    pages = list(client.get_paginator("describe_alarms").paginate(MaxRecords=2))
    assert [[one["AlarmName"] for one in page["MetricAlarms"]] for page in pages] == [
        ["late-0", "late-1"],
        ["late-2", "late-3"],
        ["late-4"],
    ]


def test_a_deletion_with_an_unknown_name_deletes_nothing(connect: Any) -> None:
    client = connect("cloudwatch")
    client.put_metric_alarm(**ALARM)
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.delete_alarms(AlarmNames=["late", "unheard-of"])
    assert len(client.describe_alarms()["MetricAlarms"]) == 1
    for call in (client.list_tags_for_resource, client.tag_resource, client.untag_resource):
        members = {
            "tag_resource": {"Tags": [{"Key": "a", "Value": "b"}]},
            "untag_resource": {"TagKeys": ["a"]},
        }.get(call.__name__, {})
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            call(ResourceARN=f"{ARN}r", **members)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"Period": 45}, "Period: expected 10, 20, 30 or a multiple of 60 seconds, found 45"),
        ({"Period": None}, "Period: expected a value, found none"),
        ({"Threshold": None}, "Threshold: expected a value, found none"),
        ({"Statistic": None}, "expected exactly one of the two"),
        ({"ExtendedStatistic": "p90"}, "expected exactly one of the two"),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm: expected at most EvaluationPeriods"),
        ({"AlarmActions": ["on-call"]}, "AlarmActions: expected ARNs, found 'on-call'"),
        ({"OKActions": ["arn:aws:sns:us-east-1:1:t"] * 6}, "OKActions"),
        ({"Statistic": "Median"}, "Statistic"),
        ({"Tags": [{"Key": f"k{n}", "Value": "v"} for n in range(51)]}, "expected at most 50"),
    ],
)
def test_what_cloudwatch_refuses_is_refused(
    connect: Any, changes: dict[str, Any], told: str
) -> None:
    given = {name: one for name, one in (ALARM | changes).items() if one is not None}
    with pytest.raises(ClientError, match="ValidationError") as caught:
        connect("cloudwatch").put_metric_alarm(**given)
    assert told in str(caught.value)


def test_other_operations_and_alarms_on_expressions_are_not_pretended(connect: Any) -> None:
    client = connect("cloudwatch")
    with pytest.raises(ClientError, match=r"\(NotImplemented\)"):
        client.list_metrics()
    expression = {"Id": "m", "Expression": "1"}
    given = {name: one for name, one in ALARM.items() if name not in ("MetricName", "Namespace")}
    with pytest.raises(ClientError, match="plain metrics only"):
        client.put_metric_alarm(**given, Metrics=[expression])
    with pytest.raises(ClientError, match="expected one of the two"):
        client.describe_alarms(AlarmNames=["a"], AlarmNamePrefix="b")


def test_an_alarm_takes_a_permission_on_its_own_name_and_leaves_an_event() -> None:
    with LocalCloud() as cloud:
        developer, deployer = (client_of(cloud, user) for user in ("developer", "deployer"))
        with pytest.raises(ClientError, match=f"cloudwatch:PutMetricAlarm on resource: {ARN}"):
            developer("cloudwatch").put_metric_alarm(**ALARM)
        with pytest.raises(ClientError, match=f"cloudwatch:DeleteAlarms on resource: {ARN}"):
            developer("cloudwatch").delete_alarms(AlarmNames=["late"])
        deployer("cloudwatch").put_metric_alarm(**ALARM)
        events = deployer("cloudtrail").lookup_events()["Events"]
    alarms = [event for event in events if "Alarm" in event["EventName"]]
    assert len(alarms) == 3
    assert {event["EventSource"] for event in alarms} == {"monitoring.amazonaws.com"}


def client_of(cloud: LocalCloud, user: str) -> Any:
    variables = cloud.environment(user)
    return partial(
        isolated_session("us-east-1").client,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
