"""What moto forgets or judges by another clock: Lambda's settings, log events, roles."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud

Connect = Callable[..., Any]
DAY = 86400
HOUR = 3600
SOURCE = "def handler(event, context):\n    return event\n"


def test_logging_and_dead_letter_config_come_back(
    connect: Connect, function: Callable[..., str], queue: Any
) -> None:
    target, _ = queue("dead-letters")
    client = connect("lambda")
    logging = {"LogFormat": "JSON", "LogGroup": "/own/group", "SystemLogLevel": "WARN"}
    function("f", SOURCE, LoggingConfig=logging, DeadLetterConfig={"TargetArn": target})
    shown = [
        client.get_function(FunctionName="f")["Configuration"],
        client.get_function_configuration(FunctionName="f"),
        client.list_functions()["Functions"][0],
        client.update_function_configuration(FunctionName="f", Timeout=9),
    ]
    for configuration in shown:
        assert configuration["LoggingConfig"] == logging
        assert configuration["DeadLetterConfig"] == {"TargetArn": target}
    client.update_function_configuration(FunctionName="f", LoggingConfig={"LogFormat": "Text"})
    changed = client.get_function_configuration(FunctionName="f")["LoggingConfig"]
    assert changed == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}


def test_a_deleted_functions_settings_are_forgotten(
    connect: Connect, function: Callable[..., str]
) -> None:
    client = connect("lambda")
    function("f", SOURCE, LoggingConfig={"LogFormat": "JSON", "LogGroup": "/own/group"})
    client.delete_function(FunctionName="f")
    assert client.list_functions()["Functions"] == []
    connect("iam").delete_role(RoleName="f-role")
    function("f", SOURCE)
    found = client.get_function_configuration(FunctionName="f")
    assert found["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}
    assert "DeadLetterConfig" not in found


def test_tracing_and_architecture_can_be_changed(
    connect: Connect, function: Callable[..., str]
) -> None:
    client = connect("lambda")
    function("f", SOURCE)
    shown = client.update_function_configuration(FunctionName="f", TracingConfig={"Mode": "Active"})
    assert shown["TracingConfig"] == {"Mode": "Active"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code.py", SOURCE)
    for given in ("arm64", "x86_64"):
        client.update_function_code(
            FunctionName="f", ZipFile=packed.getvalue(), Architectures=[given]
        )
        shown = client.get_function_configuration(FunctionName="f")
        assert (shown["Architectures"], shown["TracingConfig"]["Mode"]) == ([given], "Active")
    with pytest.raises(ClientError, match=r"Architectures\[0\].*enum value set: \[x86_64, arm64\]"):
        client.update_function_code(
            FunctionName="f", ZipFile=packed.getvalue(), Architectures=["mips"]
        )


def test_a_function_keeps_its_changed_key_and_storage(
    connect: Connect, function: Callable[..., str]
) -> None:
    client = connect("lambda")
    function("f", SOURCE)
    key = connect("kms").create_key()["KeyMetadata"]["Arn"]
    client.update_function_configuration(
        FunctionName="f", KMSKeyArn=key, EphemeralStorage={"Size": 1024}
    )
    client.update_function_configuration(FunctionName="f", Timeout=9)
    shown = client.get_function_configuration(FunctionName="f")
    assert (shown["KMSKeyArn"], shown["EphemeralStorage"]) == (key, {"Size": 1024})


def test_a_schedule_group_is_made_once_and_deleted_once(connect: Connect) -> None:
    scheduler = connect("scheduler")
    scheduler.create_schedule_group(Name="group")
    with pytest.raises(scheduler.exceptions.ConflictException):
        scheduler.create_schedule_group(Name="group")
    scheduler.delete_schedule_group(Name="group")
    for call in (scheduler.delete_schedule_group, scheduler.get_schedule_group):
        with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
            call(Name="group")


def test_the_last_event_invoke_config_counts(
    connect: Connect, function: Callable[..., str]
) -> None:
    client = connect("lambda")
    function("f", SOURCE)
    for retries in (2, 0):
        client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=retries)
    found = client.get_function_event_invoke_config(FunctionName="f")
    assert found["MaximumRetryAttempts"] == 0
    topic = {"OnFailure": {"Destination": "arn:aws:sns:us-east-1:111122223333:topic"}}
    with pytest.raises(ClientError, match="expected a standard SQS queue that exists"):
        client.put_function_event_invoke_config(FunctionName="f", DestinationConfig=topic)


def test_a_queue_keeps_its_policy_when_other_attributes_change(
    connect: Connect,
) -> None:
    client = connect("sqs")
    url = client.create_queue(QueueName="guarded")["QueueUrl"]

    def policy() -> str | None:
        answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return answer["Attributes"].get("Policy")

    statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]}
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(document)})
    client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    assert json.loads(policy() or "{}") == document
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert policy() is None


def test_a_log_groups_key_changes_and_goes(connect: Connect) -> None:
    client = connect("logs")
    everybody = {"AWS": "arn:aws:iam::111122223333:root", "Service": "logs.us-east-1.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": everybody, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    key = connect("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    client.create_log_group(logGroupName="g")

    def shown() -> str | None:
        return client.describe_log_groups()["logGroups"][0].get("kmsKeyId")

    client.associate_kms_key(logGroupName="g", kmsKeyId=key)
    assert shown() == key
    client.disassociate_kms_key(logGroupName="g")
    assert shown() is None
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.disassociate_kms_key(logGroupName="none")


def test_a_role_that_does_not_exist_is_not_assumed(connect: Connect) -> None:
    arn = "arn:aws:iam::111122223333:role/missing"
    with pytest.raises(ClientError, match=r"user/deployer is not authorized to perform: sts:Ass"):
        connect("sts").assume_role(RoleArn=arn, RoleSessionName="session")


@pytest.fixture
def put(cloud: LocalCloud, connect: Connect) -> Callable[..., dict[str, Any]]:
    """put(*offsets) writes an event at each offset from now in seconds; gives the answer."""
    logs = connect("logs")
    logs.create_log_group(logGroupName="/group")
    logs.create_log_stream(logGroupName="/group", logStreamName="stream")

    def write(*offsets: float, message: str = "m", stream: str = "stream") -> dict[str, Any]:
        now = cloud.clock.now()
        return logs.put_log_events(
            logGroupName="/group",
            logStreamName=stream,
            logEvents=[
                {"timestamp": int((now + offset) * 1000), "message": message} for offset in offsets
            ],
        )

    return write


def test_events_are_taken_by_the_endpoints_clock(
    cloud: LocalCloud, connect: Connect, put: Callable[..., dict[str, Any]]
) -> None:
    assert "rejectedLogEventsInfo" not in put(-14 * DAY + 60, -13 * DAY)
    assert "rejectedLogEventsInfo" not in put(2 * HOUR - 60)
    old = put(-14 * DAY - 60, -14 * DAY - 30, -14 * DAY + 60)
    assert old["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2}
    new = put(0, 2 * HOUR + 60)
    assert new["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    cloud.advance(20 * DAY)
    assert put(-20 * DAY)["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    found = connect("logs").filter_log_events(logGroupName="/group")["events"]
    assert len(found) == 5


def test_events_beyond_the_retention_are_refused(
    connect: Connect, put: Callable[..., dict[str, Any]]
) -> None:
    connect("logs").put_retention_policy(logGroupName="/group", retentionInDays=1)
    answer = put(-DAY - 60, -60)
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}


@pytest.mark.parametrize(
    ("offsets", "more", "message"),
    [
        ((0, -60), {}, "chronological order"),
        ((-DAY - 60, 0), {}, "more than 24 hours"),
        ((0, 0, 0, 0, 0), {"message": "x" * 250_000}, "Upload too large"),
        ((0,), {"stream": "missing"}, "log stream does not exist"),
    ],
    ids=["out of order", "over more than a day", "too large", "to a stream that does not exist"],
)
def test_a_batch_is_refused(
    put: Callable[..., dict[str, Any]], offsets: tuple[int, ...], more: Any, message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        put(*offsets, **more)


def test_a_group_that_does_not_exist_is_named_as_such(connect: Connect) -> None:
    with pytest.raises(ClientError, match="log group does not exist"):
        connect("logs").put_log_events(
            logGroupName="/missing", logStreamName="s", logEvents=[{"timestamp": 1, "message": "m"}]
        )


def test_a_log_message_keeps_its_characters(
    connect: Connect, put: Callable[..., dict[str, Any]]
) -> None:
    message = json.dumps({"a&b": "c=d", "Action": "ü 😀 &Action=x&"}, ensure_ascii=False)
    put(0, message=message)
    found = connect("logs").get_log_events(logGroupName="/group", logStreamName="stream")
    assert [event["message"] for event in found["events"]] == [message]
