"""CloudTrail: what is kept of each KMS call, and how it is looked up."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws_api.caller import ForwardAccessSession, Principal, ServicePrincipal
from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from local.services.cloudtrail.events_file import EventsFile

Connect = Callable[..., Any]
CONTEXT = {"aws:bedrock-agentcore:batchEvaluationArn": "arn:aws:x", "Key": "V"}


def lookup(connect: Connect, **filters: str) -> list[dict[str, Any]]:
    """The events that match at most one attribute, newest first."""
    attributes = [{"AttributeKey": k, "AttributeValue": v} for k, v in filters.items()]
    answer = connect("cloudtrail").lookup_events(LookupAttributes=attributes)
    return [json.loads(row["CloudTrailEvent"]) for row in answer["Events"]]


def test_an_event_says_who_did_what_to_which_key_when(
    cloud: LocalCloud, connect: Connect, session_of: Callable[[str], Any]
) -> None:
    key = connect("kms").create_key()["KeyMetadata"]
    session = session_of("worker")
    cloud.advance(60)
    members = {"KeyId": key["KeyId"], "KeySpec": "AES_256", "EncryptionContext": CONTEXT}
    answer = connect("kms", session).generate_data_key(**members)
    (event,) = lookup(connect, EventName="GenerateDataKey")
    assert event["userIdentity"] == {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/worker/session",
        "accountId": "111122223333",
        "accessKeyId": session.key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "arn": "arn:aws:iam::111122223333:role/worker",
                "accountId": "111122223333",
                "userName": "worker",
            }
        },
    }
    assert event["eventTime"] == "2026-09-21T14:14:20Z"
    assert (event["eventSource"], event["awsRegion"]) == ("kms.amazonaws.com", "us-east-1")
    assert event["requestParameters"] == {
        "keyId": key["KeyId"],
        "keySpec": "AES_256",
        "encryptionContext": CONTEXT,
    }
    assert event["responseElements"] is None
    assert event["readOnly"] is True
    assert event["resources"] == [
        {"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": key["Arn"]}
    ]
    assert event["requestID"] == answer["ResponseMetadata"]["RequestId"]
    assert "errorCode" not in event


def test_nothing_secret_is_kept(connect: Connect) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"top secret")["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    decrypt, encrypt = lookup(connect)[:2]
    assert (encrypt["requestParameters"], decrypt["requestParameters"]) == ({"keyId": key}, None)
    assert decrypt["resources"][0]["ARN"].endswith(key)


def test_a_failure_is_kept_with_its_code(connect: Connect) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    missing = "00000000-0000-0000-0000-000000000000"
    for call in (
        lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256", DryRun=True),
        lambda: kms.describe_key(KeyId=missing),
        lambda: kms.put_key_policy(KeyId=key, PolicyName="default", Policy="{"),
    ):
        with pytest.raises(ClientError):
            call()
    found = [(e["eventName"], e["errorCode"], e["resources"] != []) for e in lookup(connect)[:3]]
    assert found == [
        ("PutKeyPolicy", "MalformedPolicyDocumentException", True),
        ("DescribeKey", "NotFoundException", False),
        ("GenerateDataKey", "DryRunOperationException", True),
    ]
    assert lookup(connect, EventName="GenerateDataKey")[0]["requestParameters"]["dryRun"] is True


def test_changes_are_told_from_reads_and_tell_their_answer(connect: Connect) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]
    policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=policy)
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    changes = {event["eventName"]: event for event in lookup(connect, ReadOnly="false")}
    assert set(changes) == {"CreateKey", "PutKeyPolicy", "ScheduleKeyDeletion"}
    assert changes["CreateKey"]["responseElements"]["keyMetadata"]["arn"] == key["Arn"]
    assert changes["PutKeyPolicy"]["responseElements"] is None
    assert changes["PutKeyPolicy"]["requestParameters"]["policy"] == policy
    assert changes["ScheduleKeyDeletion"]["requestParameters"]["pendingWindowInDays"] == 7
    assert [event["eventName"] for event in lookup(connect, ReadOnly="true")] == ["GetKeyPolicy"]


def test_a_service_is_named_when_it_calls_for_somebody_or_for_itself(
    cloud: LocalCloud, connect: Connect
) -> None:
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    who = Principal("arn:aws:iam::111122223333:user/u", "111122223333", "AKIA")
    service = "bedrock-agentcore.amazonaws.com"
    job = "arn:aws:bedrock-agentcore:us-east-1:111122223333:batch-evaluate/x"
    for acting in (
        ForwardAccessSession(who, via=service),
        ServicePrincipal(service, "999999999999", job, "111122223333"),
    ):
        cloud.services.client("kms", acting).describe_key(KeyId=key)
    by_itself, for_somebody = lookup(connect)[:2]
    assert by_itself["userIdentity"] == {"type": "AWSService", "invokedBy": service}
    assert for_somebody["userIdentity"]["arn"] == who.arn
    assert for_somebody["userIdentity"]["invokedBy"] == service
    assert by_itself["sourceIPAddress"] == for_somebody["sourceIPAddress"] == service
    assert by_itself["recipientAccountId"] == "111122223333"
    assert [e["eventID"] for e in lookup(connect, Username="u")] == [for_somebody["eventID"]]


def test_events_are_found_by_each_attribute_time_and_page(
    cloud: LocalCloud, connect: Connect
) -> None:
    kms, trail = connect("kms"), connect("cloudtrail")
    first, second = (kms.create_key()["KeyMetadata"] for _ in range(2))
    cloud.advance(100)
    kms.describe_key(KeyId=first["KeyId"])
    newest = lookup(connect)[0]
    assert [e["eventName"] for e in lookup(connect)] == ["DescribeKey", "CreateKey", "CreateKey"]
    assert len(lookup(connect, ResourceName=first["Arn"])) == 2
    assert len(lookup(connect, ResourceName=second["Arn"])) == 1
    assert len(lookup(connect, ResourceType="AWS::KMS::Key")) == 3
    assert len(lookup(connect, EventSource="kms.amazonaws.com")) == 3
    assert len(lookup(connect, Username="deployer")) == 3
    assert lookup(connect, EventId=newest["eventID"]) == [newest]
    assert lookup(connect, AccessKeyId="AKIAOTHER") == []
    now = cloud.clock.now()
    assert len(trail.lookup_events(StartTime=now - 1)["Events"]) == 1
    assert len(trail.lookup_events(EndTime=now - 1)["Events"]) == 2
    pages = list(trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Events"]) for page in pages] == [2, 1]
    with pytest.raises(ClientError, match="InvalidTimeRangeException"):
        trail.lookup_events(StartTime=now, EndTime=now - 1)
    with pytest.raises(ClientError, match="NextToken"):
        trail.lookup_events(NextToken="bogus")
    with pytest.raises(ClientError, match="expected at most one"):
        trail.lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "x"}] * 2
        )
    with pytest.raises(ClientError, match="LookupEvents only"):
        trail.describe_trails()


def test_events_are_appended_to_a_file_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    who = Principal("arn:aws:iam::111122223333:user/u", "111122223333", "AKIA")
    for _ in range(2):
        with LocalCloud(clock=ManualClock(1_790_000_000.0), events=path, enforce=False) as cloud:
            cloud.services.client("kms", who).list_keys()
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert [event["eventName"] for event in events] == ["ListKeys", "ListKeys"]


def test_a_line_that_a_crash_left_half_is_kept_from_the_next(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"whole": true}\n{"torn": "li')
    file = EventsFile(path)
    for number in range(2):
        file.append({"number": number})
    lines = path.read_text().splitlines()
    assert lines == ['{"whole": true}', '{"torn": "li', '{"number": 0}', '{"number": 1}']
