"""Amazon EventBridge Scheduler: schedule groups and schedules."""

from datetime import datetime
from typing import Any

from pulumi_aws import scheduler

from .aws_clients import Cloud, found
from .fields import Field, from_aws, tag_list, tag_map, to_aws
from .resource import ResourceType, Values

ABSENT = "ResourceNotFoundException"
RFC_3339 = "%Y-%m-%dT%H:%M:%SZ"

GROUP = {
    "name": Field("Name", replaces=True),
    "tags": Field("Tags", send=tag_list),
}


def _create_group(cloud: Cloud, inputs: Values) -> str:
    """Create the group; while one of that name is being deleted the name is taken."""
    cloud.when_ready(
        "scheduler",
        lambda: cloud.client("scheduler").create_schedule_group(**to_aws(GROUP, inputs)),
        "is being deleted",
    )
    return inputs["name"]


def _read_group(cloud: Cloud, name: str) -> dict[str, Any] | None:
    client = cloud.client("scheduler")
    group = found(lambda: client.get_schedule_group(Name=name), ABSENT)
    if group is None or group["State"] == "DELETING":
        return None
    moments: dict[str, datetime] = {
        "creationDate": group["CreationDate"],
        "lastModificationDate": group["LastModificationDate"],
    }
    return {
        "name": name,
        "arn": group["Arn"],
        "state": group["State"],
        "tags": tag_map(client.list_tags_for_resource(ResourceArn=group["Arn"])["Tags"]),
        **{key: moment.strftime(RFC_3339) for key, moment in moments.items()},
    }


def _update_group(cloud: Cloud, name: str, inputs: Values, _changed: frozenset[str]) -> None:
    client = cloud.client("scheduler")
    arn = client.get_schedule_group(Name=name)["Arn"]
    tags = inputs.get("tags", {})
    present = tag_map(client.list_tags_for_resource(ResourceArn=arn)["Tags"])
    if gone := sorted(present.keys() - tags.keys()):
        client.untag_resource(ResourceArn=arn, TagKeys=gone)
    if tags:
        client.tag_resource(ResourceArn=arn, Tags=tag_list(tags))


def _delete_group(cloud: Cloud, name: str, _state: Values) -> None:
    found(lambda: cloud.client("scheduler").delete_schedule_group(Name=name), ABSENT)


SCHEDULE = {
    "name": Field("Name", replaces=True),
    "groupName": Field("GroupName", default="default", replaces=True),
    "description": Field("Description", default=""),
    "scheduleExpression": Field("ScheduleExpression"),
    "scheduleExpressionTimezone": Field("ScheduleExpressionTimezone", default="UTC"),
    "state": Field("State", default="ENABLED", allowed=("ENABLED", "DISABLED")),
    "actionAfterCompletion": Field(
        "ActionAfterCompletion", default="NONE", allowed=("NONE", "DELETE")
    ),
    "kmsKeyArn": Field("KmsKeyArn"),
    "flexibleTimeWindow": Field(
        "FlexibleTimeWindow",
        fields={
            "mode": Field("Mode", allowed=("OFF", "FLEXIBLE")),
            "maximumWindowInMinutes": Field("MaximumWindowInMinutes", allowed=range(1, 1441)),
        },
    ),
    "target": Field(
        "Target",
        fields={
            "arn": Field("Arn"),
            "roleArn": Field("RoleArn"),
            "input": Field("Input"),
            "deadLetterConfig": Field("DeadLetterConfig", fields={"arn": Field("Arn")}),
            "retryPolicy": Field(
                "RetryPolicy",
                fields={
                    "maximumEventAgeInSeconds": Field(
                        "MaximumEventAgeInSeconds", default=86400, allowed=range(60, 86401)
                    ),
                    "maximumRetryAttempts": Field(
                        "MaximumRetryAttempts", default=185, allowed=range(186)
                    ),
                },
            ),
        },
    ),
}


def _create_schedule(cloud: Cloud, inputs: Values) -> str:
    """Create the schedule; Scheduler tries to assume the role, which may have just been made."""
    cloud.when_ready(
        "scheduler",
        lambda: cloud.client("scheduler").create_schedule(**to_aws(SCHEDULE, inputs)),
        "must allow AWS EventBridge Scheduler to assume the role",
    )
    return f"{inputs['groupName']}/{inputs['name']}"


def _read_schedule(cloud: Cloud, schedule: str) -> dict[str, Any] | None:
    group, _, name = schedule.partition("/")
    client = cloud.client("scheduler")
    answer = found(lambda: client.get_schedule(GroupName=group, Name=name), ABSENT)
    return None if answer is None else {**from_aws(SCHEDULE, answer), "arn": answer["Arn"]}


def _update_schedule(cloud: Cloud, _id: str, inputs: Values, _changed: frozenset[str]) -> None:
    """Write the whole schedule: what UpdateSchedule is not given it sets to its default."""
    cloud.when_ready(
        "scheduler",
        lambda: cloud.client("scheduler").update_schedule(**to_aws(SCHEDULE, inputs)),
        "must allow AWS EventBridge Scheduler to assume the role",
    )


def _delete_schedule(cloud: Cloud, schedule: str, _state: Values) -> None:
    group, _, name = schedule.partition("/")
    client = cloud.client("scheduler")
    found(lambda: client.delete_schedule(GroupName=group, Name=name), ABSENT)


TYPES = (
    ResourceType(
        declared=scheduler.ScheduleGroup,
        fields=GROUP,
        service="scheduler",
        name="name",
        create=_create_group,
        read=_read_group,
        update=_update_group,
        delete=_delete_group,
        moves=frozenset({"lastModificationDate"}),
    ),
    ResourceType(
        declared=scheduler.Schedule,
        fields=SCHEDULE,
        service="scheduler",
        name="name",
        create=_create_schedule,
        read=_read_schedule,
        update=_update_schedule,
        delete=_delete_schedule,
    ),
)
