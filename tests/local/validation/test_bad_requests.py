"""Whatever is sent gets the service's own error: nothing is answered 500, hangs or eats memory."""

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import Principal
from local.aws_api.request_context import PROTOCOLS, read_request
from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from tests.local.requests import Sent, requests

# What the stacks, the function, the provider and the demo call, by service.
OURS = {
    "iam": {
        *("AttachRolePolicy", "CreatePolicy", "CreatePolicyVersion", "CreateRole", "DeletePolicy"),
        *("DeleteRole", "DetachRolePolicy", "GetPolicy", "GetPolicyVersion", "GetRole", "TagRole"),
        *("ListAttachedRolePolicies", "ListPolicyVersions", "TagPolicy", "UpdateRole"),
        *("UpdateAssumeRolePolicy", "UntagRole", "PutRolePolicy", "GetUser"),
    },
    "kms": {
        *("CreateAlias", "CreateKey", "Decrypt", "DescribeKey", "DisableKey", "EnableKey"),
        *("EnableKeyRotation", "Encrypt", "GenerateDataKey", "GetKeyPolicy", "ListAliases"),
        *("GetKeyRotationStatus", "ListResourceTags", "PutKeyPolicy", "ScheduleKeyDeletion"),
        *("CancelKeyDeletion", "CreateGrant", "ListGrants", "RevokeGrant", "TagResource"),
    },
    "lambda": {
        *("CreateFunction", "DeleteFunction", "GetFunction", "GetFunctionConfiguration", "Invoke"),
        *("GetFunctionEventInvokeConfig", "ListFunctions", "PutFunctionConcurrency"),
        *("PutFunctionEventInvokeConfig", "UpdateFunctionCode", "UpdateFunctionConfiguration"),
    },
    "logs": {
        *("CreateLogGroup", "CreateLogStream", "DeleteLogGroup", "DeleteLogStream"),
        *("DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents"),
        *("GetQueryResults", "PutLogEvents", "PutRetentionPolicy", "TagResource"),
    },
    "s3": {
        *("CreateBucket", "DeleteBucket", "DeleteObject", "DeleteObjects", "GetBucketEncryption"),
        *("GetBucketPolicy", "GetObject", "HeadObject", "ListObjectVersions", "ListObjectsV2"),
        *("PutBucketEncryption", "PutBucketLifecycleConfiguration", "PutBucketOwnershipControls"),
        *("PutBucketPolicy", "PutBucketVersioning", "PutObject", "PutPublicAccessBlock"),
        *("UploadPart", "CompleteMultipartUpload", "CreateMultipartUpload", "CopyObject"),
    },
    "scheduler": {
        *("CreateSchedule", "CreateScheduleGroup", "DeleteSchedule", "DeleteScheduleGroup"),
        *("GetSchedule", "GetScheduleGroup", "ListSchedules", "UpdateSchedule", "TagResource"),
    },
    "sqs": {
        *("CreateQueue", "DeleteMessage", "DeleteQueue", "GetQueueAttributes", "GetQueueUrl"),
        *("ReceiveMessage", "SendMessage", "SetQueueAttributes", "TagQueue"),
    },
    "sts": {"AssumeRole", "GetCallerIdentity"},
}


@pytest.fixture(scope="module", params=[False, True], ids=["without policies", "enforcing"])
def endpoint(request: pytest.FixtureRequest) -> Iterator[LocalCloud]:
    with LocalCloud(clock=ManualClock(1_790_000_000.0), enforce=request.param) as cloud:
        yield cloud


def deployer(cloud: LocalCloud) -> Principal:
    return Principal(
        f"arn:aws:iam::{cloud.place.account}:user/deployer",
        cloud.place.account,
        cloud.environment()["AWS_ACCESS_KEY_ID"],
    )


def answered(cloud: LocalCloud, service: str, sent: Sent) -> tuple[int, str]:
    """The status and body for a request whose signature was verified."""
    try:
        call = read_request(
            deployer(cloud), service, cloud.place, sent.method, sent.target, sent.headers, sent.body
        )
    except AwsError as error:
        return error.status, error.message
    answer = cloud.answer(call)
    return answer.status, answer.body.decode("utf-8", "replace")


@pytest.mark.parametrize("service", sorted(PROTOCOLS))
def test_no_request_is_answered_by_a_server_error(endpoint: LocalCloud, service: str) -> None:
    failed: list[tuple[Any, ...]] = []
    statuses: Counter[int] = Counter()
    for sent in requests(service, 2):
        status, body = answered(endpoint, service, sent)
        statuses[status] += 1
        crashed = "moto cannot answer this" in body and sent.action in OURS.get(service, set())
        if (status >= 500 and status != 501) or crashed:
            failed.append((sent.action, sent.target[:80], sent.body[:120], status, body[:200]))
    assert failed == []
    assert statuses.total() > 40
    assert {status // 100 for status in statuses} >= {4}


def raw(cloud: LocalCloud, head: str, body: bytes = b"") -> tuple[int, bytes]:
    """Status and body for bytes as they are, with a Host; fails instead of waiting for long."""
    host, _, port = cloud.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        text = head.format(host=f"Host: {host}:{port}")
        connection.sendall(text.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        with closing(HTTPResponse(connection)) as answer:
            answer.begin()
            return answer.status, answer.read()


@pytest.mark.parametrize(
    ("head", "body", "status", "told"),
    [
        ("Content-Length: -1", b"", 400, b"Malformed Content-Length"),
        ("Content-Length: +5", b"abcde", 400, b"Malformed Content-Length"),
        ("Content-Length: 1_0", b"", 400, b"Malformed Content-Length"),
        ("Content-Length: 1e3", b"", 400, b"Malformed Content-Length"),
        ("Content-Length: 99999999999999999999", b"", 413, b""),
        ("Content-Length: 70000", b"", 400, b"<Code>EntityTooLarge</Code>"),
        ("Content-Length: 70000\nX-Amz-Target: T.A", b"", 400, b'"__type": "EntityTooLarge"'),
        ("Content-Length: 3\nTransfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n", 400, b""),
        ("Transfer-Encoding: chunked", b"zz\r\n", 400, b"<Code>IncompleteBody</Code>"),
        ("Transfer-Encoding: chunked", b"-5\r\nabcde\r\n", 400, b"<Code>IncompleteBody</Code>"),
        ("Transfer-Encoding: chunked", b"ffffffffff\r\n", 400, b"<Code>IncompleteBody</Code>"),
        ("Transfer-Encoding: chunked", b"ffffffff\r\n", 400, b"<Code>IncompleteBody</Code>"),
        ("Transfer-Encoding: chunked", b"3\r\nabcXX", 400, b"<Code>IncompleteBody</Code>"),
        ("Transfer-Encoding: chunked", b"5;x=y\r\nabcde\r\n0\r\n\r\n", 403, b"AccessDenied"),
        ("Transfer-Encoding: chunked", b"fff0\r\n" + b"a" * 65520 + b"\r\nff\r\n" + b"a" * 255
         + b"\r\n", 400, b"<Code>EntityTooLarge</Code>"),
        ("Transfer-Encoding: gzip", b"", 501, b""),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused(
    endpoint: LocalCloud, head: str, body: bytes, status: int, told: bytes
) -> None:
    answer = raw(endpoint, f"POST / HTTP/1.1\n{{host}}\n{head}", body)
    assert answer[0] == status
    assert told in answer[1]


@pytest.mark.parametrize(
    "request_line",
    ["GET /%ff%zz?%ff=%zz HTTP/1.1", "GET /\xff HTTP/1.1", "GET http://x/ HTTP/1.1",
     "GET / HTTP/9.9", "PRI * HTTP/2.0", "GET /#a HTTP/1.1", "F\xffO / HTTP/1.1", "GET",
     "\x16\x03\x01",
     "GET /?X-Amz-Signature=%C3%A9&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=9&"
     "X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&"
     "X-Amz-Credential={key}/20260101/us-east-1/s3/aws4_request HTTP/1.1"],
)  # fmt: skip
def test_a_request_line_that_means_nothing_is_refused(
    endpoint: LocalCloud, request_line: str
) -> None:
    key = endpoint.environment()["AWS_ACCESS_KEY_ID"]
    assert raw(endpoint, f"{request_line.replace('{key}', key)}\n{{host}}")[0] in (400, 403, 505)


KMS = {"X-Amz-Target": "TrentService.Encrypt"}
GRANTS = {"X-Amz-Target": "TrentService.ListGrants"}
EVENTS = {"X-Amz-Target": "Logs_20140328.PutLogEvents"}
GROUP = {"X-Amz-Target": "Logs_20140328.CreateLogGroup"}
SEND = {"X-Amz-Target": "AmazonSQS.SendMessage"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ROLE = b"Action=AssumeRole&RoleArn=arn:aws:iam::111122223333:role/r&RoleSessionName="


@pytest.mark.parametrize(
    ("service", "headers", "code", "body"),
    [
        ("kms", KMS, "SerializationException", b"[" * 50_000),
        ("kms", KMS, "SerializationException", b'{"a":' * 200 + b"1" + b"}" * 200),
        ("kms", KMS, "SerializationException", b'{"KeyId": 5, "Plaintext": "YQ=="}'),
        ("kms", KMS, "SerializationException", b'{"KeyId": "k", "Plaintext": 5}'),
        ("kms", KMS, "SerializationException", b'{"KeyId": "k", "Plaintext": "%"}'),
        ("kms", KMS, "SerializationException",
         b'{"KeyId": "k", "Plaintext": "YQ==", "EncryptionContext": ["a"]}'),
        ("kms", KMS, "ValidationException", b'{"KeyId": "k"}'),
        ("kms", GRANTS, "NotFoundException", b'{"KeyId": "none"}'),
        ("logs", EVENTS, "SerializationException",
         b'{"logGroupName": "g", "logStreamName": "s", "logEvents": [5]}'),
        ("logs", GROUP, "InvalidParameterException", b'{"logGroupName": "a b"}'),
        ("iam", FORM, "MalformedQueryString", b"Action=\xff"),
        ("iam", FORM, "ValidationError", b"Action=CreateRole"),
        ("sts", FORM, "ValidationError", ROLE + b"s&DurationSeconds=soon"),
        ("sts", FORM, "ValidationError", ROLE + b"a+b"),
        ("sqs", SEND, "SerializationException", b'{"QueueUrl": {}}'),
    ],
)  # fmt: skip
def test_a_signed_request_that_is_wrong_gets_the_services_error(
    endpoint: LocalCloud, service: str, headers: dict[str, str], code: str, body: bytes
) -> None:
    user = endpoint.environment()
    request = AWSRequest("POST", f"{endpoint.address}/", headers=headers, data=body)
    keys = Credentials(user["AWS_ACCESS_KEY_ID"], user["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(keys, service, "us-east-1").add_auth(request)
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    head = "\n".join(["POST / HTTP/1.1", "{host}", *lines, f"Content-Length: {len(body)}"])
    status, answer = raw(endpoint, head, body)
    assert (status, code.encode() in answer) == (400, True)
