"""No call makes later calls of others fail, or does to another resource what it was asked for."""

import json
from typing import Any

import pytest

from local.aws_api.http_messages import Response
from tests.local.authorization.odd_documents import ACCOUNT
from tests.local.authorization.small_endpoint import (
    FUNCTION,
    PROBES,
    QUEUE,
    ROLE,
    SENT,
    Endpoint,
    probe,
)

FUNCTIONS = "/2015-03-31/functions"
SUBSCRIPTION = {
    "logGroupName": "name",
    "filterName": "f",
    "filterPattern": "",
    "destinationArn": FUNCTION,
}
EVENTS = {
    "logGroupName": "name",
    "logStreamName": "stream",
    "logEvents": [{"timestamp": 1_790_000_000_000, "message": "m"}],
}


def body(**members: Any) -> bytes:
    return json.dumps(members).encode()


def notification(kind: str, element: str, arn: str) -> bytes:
    inner = f"<Id>1</Id><{element}>{arn}</{element}><Event>s3:ObjectCreated:*</Event>"
    return (
        f"<NotificationConfiguration><{kind}>{inner}</{kind}></NotificationConfiguration>".encode()
    )


def test_log_events_are_taken_after_a_subscription_was_tried(endpoint: Endpoint) -> None:
    stream = {"logGroupName": "name", "logStreamName": "stream"}
    assert endpoint.json("logs", "CreateLogStream", stream).status == 200
    assert endpoint.json("logs", "PutSubscriptionFilter", SUBSCRIPTION).status == 501
    assert endpoint.json("logs", "PutLogEvents", EVENTS).status == 200


def test_log_data_is_not_written_to_a_bucket_that_nobody_asked(endpoint: Endpoint) -> None:
    task = {"logGroupName": "name", "from": 0, "to": 1, "destination": "name"}
    assert endpoint.json("logs", "CreateExportTask", task).status == 501
    assert b"aws-logs-write-test" not in endpoint.http("s3", "GET", "/name").body


def test_messages_are_taken_after_an_event_source_was_tried(endpoint: Endpoint) -> None:
    mapping = body(EventSourceArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:name", FunctionName="name")
    target = "/2015-03-31/event-source-mappings"
    assert endpoint.http("lambda", "POST", target, mapping).status == 501
    assert endpoint.json("sqs", "SendMessage", SENT).status == 200


@pytest.mark.parametrize(
    ("kind", "element", "arn"),
    [
        ("QueueConfiguration", "Queue", f"arn:aws:sqs:us-east-1:{ACCOUNT}:name"),
        ("CloudFunctionConfiguration", "CloudFunction", FUNCTION),
        ("TopicConfiguration", "Topic", f"arn:aws:sns:us-east-1:{ACCOUNT}:name"),
    ],
)
def test_a_bucket_notifies_nobody_by_itself(
    endpoint: Endpoint, kind: str, element: str, arn: str
) -> None:
    sent = notification(kind, element, arn)
    assert endpoint.http("s3", "PUT", "/name?notification", sent).status == 501
    assert endpoint.json("sqs", "PurgeQueue", {"QueueUrl": QUEUE}).status in (200, 400, 403)
    assert endpoint.http("s3", "PUT", "/name/other", b"x").status == 200
    received = endpoint.json("sqs", "ReceiveMessage", {"QueueUrl": QUEUE})
    assert b"s3:TestEvent" not in received.body


@pytest.mark.parametrize("principal", ["deployer", "guest"])
@pytest.mark.parametrize("call", ["update", "create", "layer"])
def test_code_in_s3_is_read_with_the_rights_of_who_deploys_it(
    endpoint: Endpoint, call: str, principal: str
) -> None:
    allowed = {"Effect": "Allow", "Action": ["lambda:*", "iam:PassRole"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    given = endpoint.form(
        "PutUserPolicy", UserName="name", PolicyName="own", PolicyDocument=document
    )
    assert given.status == 200
    packed = b"PK\x05\x06" + b"\0" * 18
    assert endpoint.http("s3", "PUT", "/name/code.zip", packed).status == 200
    source = {"S3Bucket": "name", "S3Key": "code.zip"}
    new = {"FunctionName": f"by-{principal}", "Runtime": "python3.13", "Handler": "code.handler"}
    requests = {
        "update": ("PUT", f"{FUNCTIONS}/name/code", body(**source)),
        "create": ("POST", FUNCTIONS, body(**new, Role=ROLE, Code=source)),
        "layer": ("POST", "/2018-10-31/layers/name/versions", body(Content=source)),
    }
    answer = endpoint.http("lambda", *requests[call], getattr(endpoint, principal))
    if principal == "deployer":
        assert answer.status in (200, 201), answer
    else:
        assert (answer.status, b"GetObject for name/code.zip" in answer.body) == (403, True)
    probe(endpoint, "Lambda")


def sent(endpoint: Endpoint, method: str, rest: str, **members: Any) -> Response:
    target = f"{FUNCTIONS}/name{rest}"
    return endpoint.http("lambda", method, target, body(**members) if members else b"")


def test_a_permission_of_a_version_is_none_of_the_function(endpoint: Endpoint) -> None:
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": ACCOUNT}
    assert sent(endpoint, "POST", "/versions").status == 201
    assert sent(endpoint, "POST", "/policy", **permission).status == 201
    assert sent(endpoint, "DELETE", "/policy/s?Qualifier=1").status == 404
    assert sent(endpoint, "GET", "/policy").status == 200
    assert sent(endpoint, "POST", "/policy?Qualifier=1", **permission).status == 201
    assert sent(endpoint, "DELETE", "/policy/s?Qualifier=1").status == 204
    assert sent(endpoint, "DELETE", "/policy/s").status == 204
    assert sent(endpoint, "GET", "/policy").status == 404


def test_the_settings_of_a_version_are_none_of_the_function(endpoint: Endpoint) -> None:
    target = "/2019-09-25/functions/name/event-invoke-config?Qualifier=1"
    put = endpoint.http("lambda", "PUT", target, body(MaximumRetryAttempts=0))
    assert put.status == 501
    missing = endpoint.http("lambda", "GET", target.partition("?")[0])
    assert missing.status == 404


@pytest.mark.parametrize("path", ["policy", "configuration", "code", "event-invoke-config"])
def test_a_slash_at_the_end_does_not_name_another_function(endpoint: Endpoint, path: str) -> None:
    new = {"Runtime": "python3.13", "Handler": "code.handler", "Role": ROLE}
    code = {"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}
    endpoint.http("lambda", "POST", FUNCTIONS, body(FunctionName=path, **new, Code=code))
    before = endpoint.http("lambda", "GET", f"{FUNCTIONS}/{path}").body
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": ACCOUNT}
    assert sent(endpoint, "POST", "/policy/", **permission).status == 201
    assert sent(endpoint, "PUT", "/configuration/", Description="mine").status == 200
    assert endpoint.http("lambda", "GET", f"{FUNCTIONS}/{path}/policy").status == 404
    after = endpoint.http("lambda", "GET", f"{FUNCTIONS}/{path}").body
    assert json.loads(after)["Configuration"] == json.loads(before)["Configuration"]
    assert sent(endpoint, "DELETE", "/policy/s").status == 204


def test_the_layer_in_the_path_is_the_one_that_is_made(endpoint: Endpoint) -> None:
    content = {"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}
    target = "/2018-10-31/layers/mine/versions"
    made = endpoint.http("lambda", "POST", target, body(LayerName="theirs", Content=content))
    assert json.loads(made.body)["LayerArn"].endswith(":layer:mine")


@pytest.mark.parametrize("digits", [30, 200])
def test_a_rate_beyond_all_time_stops_no_schedule(endpoint: Endpoint, digits: int) -> None:
    schedule = {
        "ScheduleExpression": f"rate({'9' * digits} days)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": FUNCTION, "RoleArn": ROLE},
    }
    made = endpoint.http("scheduler", "POST", "/schedules/name", body(**schedule))
    assert made.status in (200, 400)
    endpoint.cloud.advance(60)
    for ask in PROBES["Lambda"]:
        assert ask(endpoint, endpoint.deployer).status < 500
    endpoint.http("scheduler", "DELETE", "/schedules/name")
