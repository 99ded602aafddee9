"""EventBridge Scheduler: when schedules fire, and what becomes of what they send."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from local.services.scheduler.expressions import read_expression

Connect = Callable[..., Any]
ECHO = "def handler(event, context):\n    return event\n"
START = 1_790_000_000.0  # 2026-09-21T14:13:20Z, a Monday


@pytest.fixture
def fired(connect: Connect, function: Callable[..., str], queue: Any) -> Callable[[], list[Any]]:
    """A function `target` to be scheduled; fired() gives the events it got since the last time."""
    results, take = queue("results")
    function("target", ECHO)
    connect("lambda").put_function_event_invoke_config(
        FunctionName="target", DestinationConfig={"OnSuccess": {"Destination": results}}
    )
    return lambda: [json.loads(message["Body"])["requestPayload"] for message in take()]


@pytest.fixture
def schedule(connect: Connect, role: Callable[[str], str]) -> Callable[..., str]:
    """schedule(expression, Target members…, **members) makes schedule `group/name`."""
    role_arn = role("scheduler")
    connect("scheduler").create_schedule_group(Name="group")

    def make(expression: str, target: dict[str, Any] | None = None, **members: Any) -> str:
        arn = "arn:aws:lambda:us-east-1:111122223333:function:target"
        full = {"Arn": arn, "RoleArn": role_arn, "Input": '"tick"', **(target or {})}
        answer = connect("scheduler").create_schedule(
            GroupName=members.pop("GroupName", "group"),
            Name="name",
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=full,
            **members,
        )
        return answer["ScheduleArn"]

    return make


def test_a_rate_fires_at_once_and_then_each_period(
    cloud: LocalCloud, schedule: Any, fired: Any
) -> None:
    schedule("rate(5 minutes)")
    counts = []
    for seconds in (0, 299, 1, 600):
        cloud.advance(seconds)
        counts.append(len(fired()))
    assert counts == [1, 0, 1, 2]


def test_a_rate_begins_at_its_start_and_ends_at_its_end(
    cloud: LocalCloud, connect: Connect, schedule: Any, fired: Any
) -> None:
    begin = datetime.fromtimestamp(START + 100, UTC)
    end = datetime.fromtimestamp(START + 100 + 150, UTC)
    schedule("rate(1 minute)", StartDate=begin, EndDate=end)
    cloud.advance(99)
    assert fired() == []
    cloud.advance(1)
    assert fired() == ["tick"]
    cloud.advance(3600)
    assert fired() == ["tick"] * 2


def test_a_time_fires_once(cloud: LocalCloud, schedule: Any, fired: Any) -> None:
    schedule("at(2026-09-21T16:15:00)", ScheduleExpressionTimezone="Europe/Berlin")
    cloud.advance(99)
    assert fired() == []
    cloud.advance(1)
    assert fired() == ["tick"]
    cloud.advance(86400)
    assert fired() == []


def test_the_input_is_filled_in(cloud: LocalCloud, schedule: Any, fired: Any) -> None:
    names = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    given = json.dumps({name: f"<aws.scheduler.{name}>" for name in names})
    arn = schedule("rate(1 hour)", {"Input": given})
    cloud.advance(3600)
    first, second = fired()
    assert first["schedule-arn"] == second["schedule-arn"] == arn
    assert first["scheduled-time"] == "2026-09-21T14:13:20Z"
    assert second["scheduled-time"] == "2026-09-21T15:13:20Z"
    assert first["attempt-number"] == "1"
    assert first["execution-id"] != second["execution-id"]


def test_a_disabled_and_a_deleted_schedule_do_not_fire_and_a_changed_one_does(
    cloud: LocalCloud, connect: Connect, schedule: Any, fired: Any
) -> None:
    schedule("rate(1 minute)", State="DISABLED")
    scheduler = connect("scheduler")
    cloud.advance(600)
    assert fired() == []
    shown = scheduler.get_schedule(GroupName="group", Name="name")
    kept = ("GroupName", "Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    members = {name: shown[name] for name in kept}
    scheduler.update_schedule(**members, State="ENABLED")
    cloud.advance(60)
    assert len(fired()) == 2
    scheduler.delete_schedule(GroupName="group", Name="name")
    cloud.advance(600)
    assert fired() == []


def test_the_target_is_invoked_by_the_schedules_role(
    cloud: LocalCloud, connect: Connect, schedule: Any, fired: Any, queue: Any
) -> None:
    target, take = queue("dead-letters")
    arn = schedule("rate(1 hour)", {"DeadLetterConfig": {"Arn": target}})
    connect("lambda").delete_function(FunctionName="target")
    cloud.advance(0)
    (message,) = take()
    assert json.loads(message["Body"]) == "tick"
    said = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert said["ERROR_CODE"] == "ResourceNotFoundException"
    assert (said["SCHEDULE_ARN"], said["RETRY_ATTEMPTS"]) == (arn, "0")
    assert said["SCHEDULED_TIME"] == "2026-09-21T14:13:20Z"
    assert "EXHAUSTED_RETRY_CONDITION" not in said


@pytest.mark.parametrize(
    ("policy", "moments", "condition"),
    [
        ({"MaximumRetryAttempts": 2}, [0, 60, 180], "MaximumRetryAttempts"),
        ({"MaximumRetryAttempts": 0}, [0], "MaximumRetryAttempts"),
        ({"MaximumEventAgeInSeconds": 100}, [0, 60], "MaximumEventAgeInSeconds"),
    ],
    ids=["by attempts", "not at all", "by age"],
)
def test_a_target_that_is_throttled_is_tried_again(
    policy: dict[str, int], moments: list[int], condition: str
) -> None:
    """The invocations are refused as AWS would when it throttles them."""
    from local.aws_api.aws_error import AwsError
    from local.aws_api.caller import Principal
    from local.aws_api.request_context import RequestContext
    from local.runtime.clock import ManualClock

    tries: list[float] = []
    clock = ManualClock(START)

    def authorize(call: RequestContext) -> None:
        if call.action == "Invoke":
            tries.append(clock.now() - START)
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)

    me = Principal("arn:aws:iam::111122223333:user/u", "111122223333", "AKIA")
    with LocalCloud(clock=clock, enforce=False, authorize=authorize) as cloud:
        client = cloud.services.client
        url = client("sqs", me).create_queue(QueueName="dead-letters")["QueueUrl"]
        role = client("iam", me).create_role(
            RoleName="scheduler", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}'
        )
        client("scheduler", me).create_schedule(
            Name="name",
            ScheduleExpression="at(2026-09-21T14:13:20)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": "arn:aws:lambda:us-east-1:111122223333:function:target",
                "RoleArn": role["Role"]["Arn"],
                "RetryPolicy": policy,
                "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:111122223333:dead-letters"},
            },
        )
        cloud.advance(86400)
        messages = client("sqs", me).receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    assert tries == moments
    (message,) = messages["Messages"]
    said = message["MessageAttributes"]
    assert said["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == condition
    assert said["RETRY_ATTEMPTS"]["StringValue"] == str(len(moments) - 1)


@pytest.mark.parametrize(
    ("members", "target", "message"),
    [
        ({"expression": "every hour"}, {}, "Invalid Schedule Expression"),
        (
            {"expression": "rate(1 hour)", "ScheduleExpressionTimezone": "Mars/X"},
            {},
            "time zone",
        ),
        ({"expression": "rate(1 hour)", "GroupName": "missing"}, {}, "group missing"),
        ({"expression": "rate(1 hour)", "ActionAfterCompletion": "DELETE"}, {}, "NONE only"),
        (
            {"expression": "rate(1 hour)"},
            {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"},
            "expected a Lambda function",
        ),
        (
            {"expression": "rate(1 hour)"},
            {"RoleArn": "arn:aws:iam::111122223333:role/missing"},
            "execution role",
        ),
        ({"expression": "rate(99999999999999 days)"}, {}, "a rate of at most 36500 days"),
        ({"expression": "cron(0 8 31 2 ? *)"}, {}, "a date that exists"),
        ({"expression": "cron(0 8 31 4,6,9,11 ? *)"}, {}, "a date that exists"),
        ({"expression": "cron(0 8 29 2 ? 2026-2027)"}, {}, "a date that exists"),
        (
            {"expression": "rate(1 hour)", "StartDate": START - 301},
            {},
            "StartDate you specify cannot be earlier than 5 minutes ago",
        ),
        ({"expression": "rate(1 hour)", "EndDate": START}, {}, "EndDate you specify must be in"),
        (
            {"expression": "rate(1 hour)"},
            {"Arn": "arn:aws:lambda:us-east-1:111122223333:layer:target"},
            "expected a Lambda function",
        ),
    ],
    ids=[
        *("expression", "time zone", "group", "deletion", "target", "role", "longest rate"),
        *("February", "short months", "leap day", "start", "end", "layer"),
    ],
)
def test_a_schedule_that_cannot_fire_here_is_refused(
    schedule: Any, members: dict[str, Any], target: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message) as caught:
        schedule(members.pop("expression"), target, **members)
    wanted = "ResourceNotFound" if message == "group missing" else "Validation"
    assert caught.value.response["Error"]["Code"] == f"{wanted}Exception"


def test_dates_in_the_past_are_refused_of_a_change_too_and_ignored_of_a_single_time(
    connect: Connect, schedule: Any
) -> None:
    schedule("at(2026-09-21T16:15:00)", StartDate=START - 999)
    shown = connect("scheduler").get_schedule(GroupName="group", Name="name")
    kept = ("GroupName", "Name", "FlexibleTimeWindow", "Target")
    members = {name: shown[name] for name in kept}
    with pytest.raises(ClientError, match="5 minutes ago"):
        connect("scheduler").update_schedule(
            **members, ScheduleExpression="rate(1 hour)", StartDate=START - 301
        )
    connect("scheduler").update_schedule(
        **members, ScheduleExpression="rate(1 hour)", StartDate=START - 299
    )


@pytest.mark.parametrize(
    ("expression", "zone", "moments"),
    [
        ("cron(0 8 * * ? *)", "UTC", ["2026-09-22T08:00", "2026-09-23T08:00"]),
        ("cron(0/20 14 * * ? *)", "UTC", ["2026-09-21T14:20", "2026-09-21T14:40"]),
        ("cron(0 8 ? * MON-FRI *)", "UTC", ["2026-09-22T08:00", "2026-09-23T08:00"]),
        ("cron(0 8 ? * 1 *)", "UTC", ["2026-09-27T08:00", "2026-10-04T08:00"]),
        ("cron(0 8 L * ? *)", "UTC", ["2026-09-30T08:00", "2026-10-31T08:00"]),
        ("cron(0 8 ? * 6L *)", "UTC", ["2026-09-25T08:00", "2026-10-30T08:00"]),
        ("cron(0 8 ? * TUE#1 *)", "UTC", ["2026-10-06T08:00", "2026-11-03T08:00"]),
        ("cron(15,45 8,9 1 JAN,JUL ? 2027)", "UTC", ["2027-01-01T08:15", "2027-01-01T08:45"]),
        ("cron(0 0 29 2 ? *)", "UTC", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("cron(0 0 1 1 ? 2026)", "UTC", []),
        ("cron(30 9 * * ? *)", "Asia/Kolkata", ["2026-09-22T04:00", "2026-09-23T04:00"]),
        ("cron(30 2 29 3 ? 2026-2027)", "Europe/Berlin", ["2027-03-29T00:30"]),
        ("cron(0 8 25-26 10 ? 2026)", "Europe/Berlin", ["2026-10-25T07:00", "2026-10-26T07:00"]),
    ],
)
def test_a_cron_expression_fires_when_it_says(
    expression: str, zone: str, moments: list[str]
) -> None:
    fires = read_expression(expression, zone)
    found: list[str] = []
    moment: float | None = START
    while len(found) < 2:
        moment = fires(moment, START)
        if moment is None:
            break
        found.append(datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M"))
    assert found == moments


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0 minutes)",
        "rate(5 weeks)",
        "rate(-1 hour)",
        "at(2026-09-21)",
        "cron(0 8 * * * *)",
        "cron(0 8 ? * ? *)",
        "cron(60 8 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 8 0 * ? *)",
        "cron(0 8 * 13 ? *)",
        "cron(0 8 ? * FUN *)",
        "cron(0/0 8 * * ? *)",
        "cron(0 8 15W * ? *)",
        "cron(0 8 * *)",
    ],
)
def test_an_expression_that_is_not_understood_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"ScheduleExpression|isoformat"):
        read_expression(expression, "UTC")
