"""Every answer of every operation can be read by an SDK, and a missing operation says so."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import botocore.parsers
import pytest
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model
from requests.structures import CaseInsensitiveDict

from local.aws_api.aws_error import AwsError, rendered
from local.aws_api.caller import Principal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import PROTOCOLS, read_request
from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from local.services.s3.bucket_names import is_bucket_name
from tests.local.requests import Sent, requests

Connect = Callable[..., Any]
CONTROL = "a\x0b\x00b"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[LocalCloud]:
    with LocalCloud(clock=ManualClock(1_790_000_000.0), enforce=False) as running:
        yield running


def answer(cloud: LocalCloud, service: str, sent: Sent) -> Response:
    account, key = cloud.place.account, cloud.environment()["AWS_ACCESS_KEY_ID"]
    who = Principal(f"arn:aws:iam::{account}:user/deployer", account, key)
    try:
        call = read_request(
            who, service, cloud.place, sent.method, sent.target, sent.headers, sent.body
        )
    except AwsError as error:
        return rendered(error, PROTOCOLS[service], "refused")
    return cloud.answer(call)


def parsed(service: str, action: str, found: Response) -> dict[str, Any]:
    """What botocore makes of an answer; raises ResponseParserError."""
    model: Any = get_service_model(service)
    shape = model.operation_model(action).output_shape
    streams = found.status < 300 and model.operation_model(action).has_streaming_output
    body = io.BytesIO(found.body) if streams else found.body
    if found.status >= 300:
        shape = None
    parser = botocore.parsers.create_parser(PROTOCOLS[service])
    headers = CaseInsensitiveDict(found.headers)
    return parser.parse({"status_code": found.status, "headers": headers, "body": body}, shape)


@pytest.mark.parametrize("service", sorted(PROTOCOLS))
def test_every_answer_is_parsed_and_every_error_has_a_code(
    endpoint: LocalCloud, service: str
) -> None:
    wrong: list[tuple[Any, ...]] = []
    for sent in requests(service, 0):
        found = answer(endpoint, service, sent)
        try:
            code = str(parsed(service, sent.action, found).get("Error", {}).get("Code", ""))
        except botocore.parsers.ResponseParserError as error:
            wrong.append((sent.action, found.status, str(error)[:200]))
            continue
        # The answer to HEAD has no body, in S3 neither.
        if found.status >= 300 and sent.method != "HEAD" and (not code or code.isdigit()):
            wrong.append((sent.action, found.status, found.body[:200]))
        if found.status == 501:
            assert code == "NotImplemented"
            if PROTOCOLS[service] in ("json", "rest-json"):
                assert found.headers["x-amzn-errortype"] == "NotImplemented"
    assert wrong == []


@pytest.mark.parametrize(
    ("service", "method", "target", "operation"),
    [
        ("lambda", "GET", "/2021-07-20/functions/f/runtime-management-config", ""),
        ("lambda", "PUT", "/2024-08-31/functions/f/recursion-config", ""),
        ("bedrock-agentcore", "POST", "/runtimes/r/invocations", ""),
        ("cloudtrail", "POST", "/", "CloudTrail_20131101.DescribeTrails"),
        ("kms", "POST", "/", "TrentService.DescribeCustomKeyStores"),
        ("logs", "POST", "/", "Logs_20140328.DescribeQueryDefinitions"),
        ("sqs", "POST", "/", "AmazonSQS.ListMessageMoveTasks"),
        ("iam", "POST", "/", "SimulateCustomPolicy"),
        ("sts", "POST", "/", "DecodeAuthorizationMessage"),
        ("s3", "GET", "/bucket?abac", ""),
    ],
)
def test_a_missing_operation_is_501_in_the_protocol_of_its_service(
    endpoint: LocalCloud, service: str, method: str, target: str, operation: str
) -> None:
    """SDKs do not send again what is answered so; Lambda's gets no HTML."""
    given = {"SourceArn": "arn:aws:sqs:us-east-1:111122223333:q"}
    headers, body = {"x-amz-target": operation}, json.dumps(given if operation else {}).encode()
    if PROTOCOLS[service] == "query":
        headers = {"content-type": "application/x-www-form-urlencoded"}
        members = "EncodedMessage=x&PolicyInputList.member.1=x&ActionNames.member.1=s3:Get"
        body = f"Action={operation}&Version=2010-05-08&{members}".encode()
    if PROTOCOLS[service].startswith("rest"):
        headers, body = {}, b'{"RecursiveLoop": "Allow"}' if method == "PUT" else b""
    found = answer(endpoint, service, Sent("", method, target, headers, body))
    action = {"s3": "GetBucketAbac", "lambda": "GetRuntimeManagementConfig"}.get(service)
    model: Any = get_service_model(service)
    actions = [action] if action else list(model.operation_names)[:1]
    assert found.status == 501
    assert parsed(service, str(actions[0]), found)["Error"]["Code"] == "NotImplemented"


@pytest.fixture
def client(endpoint: LocalCloud) -> Connect:
    account, key = endpoint.place.account, endpoint.environment()["AWS_ACCESS_KEY_ID"]
    who = Principal(f"arn:aws:iam::{account}:user/deployer", account, key)
    return lambda service: endpoint.services.client(service, who)


@pytest.mark.parametrize("member", ["Description", "Path", "Tags"])
def test_iam_stores_nothing_that_no_xml_can_hold(client: Connect, member: str) -> None:
    """Else no SDK could read any list with it: ListRoles, GetAccountAuthorizationDetails."""
    iam = client("iam")
    name = f"role-of-{member}"
    given = [{"Key": "a", "Value": CONTROL}] if member == "Tags" else f"/{CONTROL}/"
    with pytest.raises(ClientError) as caught:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, **{member: given})
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    allowed = {"Description": "a & <b>", "Tags": [{"Key": "a", "Value": "\N{EM DASH} \t"}]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, **allowed)
    assert iam.get_role(RoleName=name)["Role"]["Description"] == "a & <b>"
    assert name in [role["RoleName"] for role in iam.list_roles()["Roles"]]


def test_keys_of_any_character_are_listed(client: Connect) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key=CONTROL, Body=CONTROL.encode())
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="bucket")["Contents"]] == [CONTROL]
    assert s3.get_object(Bucket="bucket", Key=CONTROL)["Body"].read() == CONTROL.encode()
    assert len(s3.list_object_versions(Bucket="bucket")["Versions"]) == 1
    s3.create_multipart_upload(Bucket="bucket", Key=CONTROL)
    assert len(s3.list_multipart_uploads(Bucket="bucket")["Uploads"]) == 1
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="bucket", Key=f"{CONTROL}2")
    for version in s3.list_object_versions(Bucket="bucket")["Versions"]:
        s3.delete_object(Bucket="bucket", Key=version["Key"])


def test_an_error_repeats_a_control_character_and_is_xml() -> None:
    body = rendered(AwsError("Code", f"found {CONTROL} \ud83d \uffff"), "query", "id").body
    assert ElementTree.fromstring(body)[0][2].text == "found a--b - -".replace(
        "-", "\N{REPLACEMENT CHARACTER}"
    )


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("abc", True), ("a" * 63, True), ("a.b-c.1", True), ("1ab", True), ("xn-ab", True),
        ("ab", False), ("a" * 64, False), ("Abc", False), ("a_c", False), ("a..b", False),
        ("ab.-c", False), ("ab-.c", False), ("a--b", True),
        (".ab", False), ("ab.", False), ("-ab", False), ("ab-", False), ("192.168.5.4", False),
        ("xn--abc", False), ("sthree-abc", False), ("amzn-s3-demo-b", False), ("abc\n", False),
        ("abc-s3alias", False), ("abc--ol-s3", False), ("abc.mrap", False), ("ab\u00e9", False),
        ("abc--x-s3", False), ("abc--table-s3", False), ("..", False), ("", False),
    ],
)  # fmt: skip
def test_a_bucket_has_a_name_that_aws_allows(endpoint: LocalCloud, name: str, valid: bool) -> None:
    assert is_bucket_name(name) == valid


@pytest.mark.parametrize("target", ["/%2e%2e", "/..", "/%2e%2e/key", "/Name", "/a", "/%00ab"])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_no_operation_reaches_a_bucket_of_another_name(
    endpoint: LocalCloud, method: str, target: str
) -> None:
    before = answer(endpoint, "s3", Sent("", "GET", "/", {}, b"")).body
    found = answer(endpoint, "s3", Sent("", method, target, {}, b""))
    assert found.status == 400
    assert b"<Code>InvalidBucketName</Code>" in found.body
    assert answer(endpoint, "s3", Sent("", "GET", "/", {}, b"")).body == before
