"""Who may speak to the endpoint: attacks of web pages, and requests that are not rightly signed."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys
from botocore.exceptions import ClientError

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget
from local.cloud import LocalCloud
from local.gateway.authentication import Authenticator, IncomingRequest
from local.gateway.signature_v4 import Credential


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """One for all attacks: none of them may leave a trace."""
    with LocalCloud(enforce=False) as running:
        yield running


def send(
    cloud: LocalCloud,
    method: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> tuple[int, str, dict[str, str]]:
    """One raw request; gives status, body and headers of the answer."""
    host, _, port = cloud.address.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        connection.request(method, target, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def signed(
    cloud: LocalCloud,
    keys: Any,
    method: str,
    target: str,
    service: str = "s3",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    region: str = "us-east-1",
) -> dict[str, str]:
    """The headers of a rightly signed request."""
    request = AWSRequest(method, cloud.address + target, headers=dict(headers or {}), data=body)
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    kind(Keys(keys.key, keys.secret, keys.token), service, region).add_auth(request)
    return dict(request.headers.items())


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1:1", "127.0.0.1", "bucket.localhost:{port}",
     "s3.amazonaws.com", "moto_api", ""],
)  # fmt: skip
def test_a_foreign_host_is_refused_even_when_signed(
    cloud: LocalCloud, deployer: Any, host: str
) -> None:
    host = host.format(port=cloud.address.rpartition(":")[2])
    headers = signed(cloud, deployer, "GET", "/", headers={"Host": host})
    status, body, _ = send(cloud, "GET", "/", headers | {"Host": host})
    assert (status, "Host: expected one of" in body) == (403, True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_the_names_of_the_loopback_address_are_accepted(
    cloud: LocalCloud, deployer: Any, host: str
) -> None:
    host = f"{host}:{cloud.address.rpartition(':')[2]}"
    headers = signed(cloud, deployer, "GET", "/", headers={"Host": host})
    assert send(cloud, "GET", "/", headers | {"Host": host})[0] == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", ""])
def test_an_origin_is_refused_even_when_signed(
    cloud: LocalCloud, deployer: Any, origin: str
) -> None:
    headers = signed(cloud, deployer, "GET", "/", headers={"Origin": origin})
    assert send(cloud, "GET", "/", headers)[0] == 403


def test_a_preflight_is_refused_and_no_answer_allows_an_origin(
    cloud: LocalCloud, deployer: Any
) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
    answers = [
        send(cloud, "OPTIONS", "/", asked),
        send(cloud, "OPTIONS", "/", signed(cloud, deployer, "OPTIONS", "/")),
        send(cloud, "GET", "/", signed(cloud, deployer, "GET", "/")),
    ]
    assert [status for status, _, _ in answers] == [403, 403, 200]
    names = {name.lower() for _, _, headers in answers for name in headers}
    assert not [name for name in names if name.startswith("access-control-")]


RESETS = [
    "/moto-api/reset",
    "//moto-api/reset",
    "/moto-api/../moto-api/reset",
    "/%6doto-api/reset",
    "/moto-api/reset?Action=reset",
    "/s3_us-east-1/../moto-api/reset",
    "/moto-api/data.json",
    "/moto-api/config",
    "/latest/meta-data/iam/security-credentials/",
]


@pytest.mark.parametrize("target", RESETS)
def test_motos_control_api_is_not_reached_without_signature(
    cloud: LocalCloud, connect: Callable[..., Any], target: str
) -> None:
    connect("s3").create_bucket(Bucket="survivor")
    page = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    for headers in (page, {}):
        assert send(cloud, "POST", target, headers)[0] in (400, 403)
    assert [b["Name"] for b in connect("s3").list_buckets()["Buckets"]] == ["survivor"]


@pytest.mark.parametrize("target", RESETS)
def test_motos_control_api_is_not_reached_with_signature(
    cloud: LocalCloud, deployer: Any, connect: Callable[..., Any], target: str
) -> None:
    connect("s3").create_bucket(Bucket="survivor")
    for service in ("s3", "moto_api", "moto-api", "iam", "kms", "lambda", "sqs"):
        more = {"x-moto-account-id": "1"}
        headers = signed(cloud, deployer, "POST", target, service, headers=more)
        status, body, _ = send(cloud, "POST", target, headers)
        assert status >= 400
        assert not any(word in body for word in ('"status"', "deployer"))
    assert [b["Name"] for b in connect("s3").list_buckets()["Buckets"]] == ["survivor"]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"X-Amz-Target": "TrentService.ListKeys"}, 400, "MissingAuthenticationTokenException"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 403, "MissingAuthenticationToken"),
        ({"Content-Type": "application/json"}, 403, "MissingAuthenticationTokenException"),
        ({}, 403, "AccessDenied"),
        ({"Authorization": "AWS4-HMAC-SHA256 nonsense"}, 400, "AuthorizationHeaderMalformed"),
        ({"Authorization": "AWS AKIA:c2ln"}, 400, "AuthorizationHeaderMalformed"),
        ({"Authorization": "Bearer abc"}, 400, "AuthorizationHeaderMalformed"),
    ],
    ids=["json", "query", "rest-json", "s3", "malformed", "version 2", "bearer"],
)
def test_an_unsigned_request_is_refused_in_its_protocol(
    cloud: LocalCloud, headers: dict[str, str], status: int, code: str
) -> None:
    found, body, sent = send(cloud, "POST", "/", headers, b"Action=ListUsers")
    assert found == status
    if "json" in sent["content-type"]:
        assert json.loads(body)["__type"] == sent["x-amzn-errortype"] == code
    else:
        assert f"<Code>{code}</Code>" in body


CALLS: dict[str, Callable[[Any], Any]] = {
    "kms": lambda client: client.list_keys(),
    "iam": lambda client: client.list_users(),
    "sts": lambda client: client.get_caller_identity(),
    "s3": lambda client: client.list_buckets(),
    "logs": lambda client: client.describe_log_groups(),
    "sqs": lambda client: client.list_queues(),
    "lambda": lambda client: client.list_functions(),
    "scheduler": lambda client: client.list_schedules(),
    "cloudtrail": lambda client: client.lookup_events(),
}
CODES = {
    "json": ("UnrecognizedClientException", "InvalidSignatureException"),
    "query": ("InvalidClientTokenId", "SignatureDoesNotMatch"),
    "s3": ("InvalidAccessKeyId", "SignatureDoesNotMatch"),
}


def expected(service: str) -> tuple[str, str]:
    return CODES["query" if service in ("iam", "sts") else "s3" if service == "s3" else "json"]


def refusal(call: Callable[[], Any]) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("service", CALLS)
def test_each_service_refuses_an_unknown_key_and_a_wrong_secret(
    connect: Callable[..., Any], deployer: Any, service: str
) -> None:
    unknown = connect(service, replace(deployer, key="AKIAAAAAAAAAAAAAAAAA"))
    wrong = connect(service, replace(deployer, secret=deployer.secret[::-1]))
    assert refusal(lambda: CALLS[service](unknown))[0] == expected(service)[0]
    assert refusal(lambda: CALLS[service](wrong))[0] == expected(service)[1]


def test_a_role_session_is_known_by_its_token(
    connect: Callable[..., Any], session_of: Callable[[str], Any], deployer: Any
) -> None:
    session = session_of("worker")
    identity = connect("sts", session).get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::111122223333:assumed-role/worker/session"
    assert identity["Account"] == "111122223333"
    for token in ("bogus", "", session_of("other").token):
        bogus = replace(session, token=token)
        assert refusal(connect("s3", bogus).list_buckets)[0] == "InvalidToken"
        assert refusal(connect("kms", bogus).list_keys)[0] == "UnrecognizedClientException"
        assert refusal(connect("sts", bogus).get_caller_identity)[0] == "InvalidClientTokenId"
    with_token = replace(deployer, token=session.token)
    assert refusal(connect("s3", with_token).list_buckets)[0] == "InvalidToken"


def test_a_deactivated_and_a_deleted_key_are_refused(
    connect: Callable[..., Any], deployer: Any
) -> None:
    iam = connect("iam")
    iam.create_user(UserName="guest")
    made = iam.create_access_key(UserName="guest")["AccessKey"]
    guest = replace(deployer, key=made["AccessKeyId"], secret=made["SecretAccessKey"])
    assert connect("sts", guest).get_caller_identity()["Arn"].endswith("user/guest")
    iam.update_access_key(UserName="guest", AccessKeyId=guest.key, Status="Inactive")
    assert refusal(connect("kms", guest).list_keys)[0] == "UnrecognizedClientException"
    iam.delete_access_key(UserName="guest", AccessKeyId=guest.key)
    assert refusal(connect("kms", guest).list_keys)[0] == "UnrecognizedClientException"


def test_a_changed_body_target_or_header_breaks_the_signature(
    cloud: LocalCloud, deployer: Any
) -> None:
    target = {"X-Amz-Target": "TrentService.CreateKey"}
    headers = signed(cloud, deployer, "POST", "/", "kms", b"{}", target)
    assert send(cloud, "POST", "/", headers, b"{}")[0] == 200
    assert "InvalidSignature" in send(cloud, "POST", "/", headers, b'{"Description":"x"}')[1]
    assert "InvalidSignature" in send(cloud, "POST", "/?a=b", headers, b"{}")[1]
    other = headers | {"X-Amz-Target": "TrentService.ListKeys"}
    assert "InvalidSignature" in send(cloud, "POST", "/", other, b"{}")[1]
    unsigned_payload = headers | {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    assert "InvalidSignature" in send(cloud, "POST", "/", unsigned_payload, b'{"a":1}')[1]


def test_a_header_that_was_not_signed_is_refused(cloud: LocalCloud, deployer: Any) -> None:
    headers = signed(cloud, deployer, "GET", "/")
    status, body, _ = send(cloud, "GET", "/", headers | {"x-amz-expected-bucket-owner": "1"})
    assert (status, "not signed" in body) == (403, True)


def test_a_body_that_differs_from_its_hash_is_refused(cloud: LocalCloud, deployer: Any) -> None:
    headers = signed(cloud, deployer, "PUT", "/some-bucket/key", body=b"one")
    status, body, _ = send(cloud, "PUT", "/some-bucket/key", headers, b"two")
    assert (status, "<Code>XAmzContentSHA256Mismatch</Code>" in body) == (400, True)


def test_a_signature_for_another_region_is_refused(cloud: LocalCloud, deployer: Any) -> None:
    headers = signed(cloud, deployer, "GET", "/", region="eu-west-1")
    status, body, _ = send(cloud, "GET", "/", headers)
    assert (status, "expected us-east-1, found eu-west-1" in body) == (400, True)


def test_a_service_that_is_not_here_is_named(cloud: LocalCloud, deployer: Any) -> None:
    headers = signed(cloud, deployer, "POST", "/", "dynamodb")
    status, body, _ = send(cloud, "POST", "/", headers)
    assert (status, "no service 'dynamodb'" in body.replace("&apos;", "'")) == (501, True)


def test_an_operation_or_member_smuggled_in_is_not_carried_out(
    cloud: LocalCloud, connect: Callable[..., Any], deployer: Any
) -> None:
    kms = connect("kms")
    mine, other = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    form = "application/x-www-form-urlencoded"
    smuggled = f"&Action=ScheduleKeyDeletion&KeyId={other}&"
    body = json.dumps({"x": smuggled, "KeyId": mine}).encode()
    for target in (f"/?{smuggled.strip('&')}", "/"):
        for kind in (form, "application/x-amz-json-1.1"):
            wanted = {"X-Amz-Target": "TrentService.DescribeKey", "Content-Type": kind}
            wanted |= {"Action": "ScheduleKeyDeletion", "KeyId": other}
            headers = signed(cloud, deployer, "POST", target, "kms", body, wanted)
            answer = json.loads(send(cloud, "POST", target, headers, body)[1])
            assert answer["KeyMetadata"]["KeyId"] == mine
    for name in (mine, other):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "Enabled"


def test_an_operation_smuggled_past_a_rest_path_is_not_carried_out(
    cloud: LocalCloud, connect: Callable[..., Any], deployer: Any
) -> None:
    connect("scheduler").create_schedule_group(Name="kept")
    for target in ("/schedule-groups/kept", "/schedule-groups/kept?Action=DeleteScheduleGroup"):
        wanted = {"Action": "DeleteScheduleGroup", "X-Amz-Target": "X.DeleteScheduleGroup"}
        headers = signed(cloud, deployer, "GET", target, "scheduler", headers=wanted)
        status, body, _ = send(cloud, "GET", target, headers)
        assert (status, json.loads(body)["Name"]) == (200, "kept")


def test_a_parameter_given_twice_is_refused(cloud: LocalCloud, deployer: Any) -> None:
    body = b"Action=ListUsers&Action=DeleteUser&Version=2010-05-08"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    headers = signed(cloud, deployer, "POST", "/", "iam", body, form)
    assert "found repeated" in send(cloud, "POST", "/", headers, body)[1]


NOW = datetime(2026, 9, 21, 12, tzinfo=UTC)


def arrival(monkeypatch: pytest.MonkeyPatch, moment: datetime, **more: Any) -> IncomingRequest:
    """A request to list buckets that was signed at `moment`."""
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)
    request = AWSRequest("GET", "http://127.0.0.1:4566/")
    S3SigV4Auth(Keys("AKIA", "secret", more.pop("token", None)), "s3", "us-east-1").add_auth(
        request
    )
    headers = {name.lower(): value for name, value in request.headers.items()}
    fields = {"peer": "127.0.0.1", "headers": headers | {"host": "127.0.0.1:4566"}, **more}
    return IncomingRequest(method="GET", target="/", body=b"", **fields)


def gate(credential: Credential) -> Authenticator:
    return Authenticator(DeploymentTarget(), 4566, lambda _: credential, lambda: NOW)


@pytest.fixture
def credential() -> Credential:
    from local.aws_api.caller import Principal

    return Credential("secret", Principal("arn:aws:iam::111122223333:user/u", "111122223333", "A"))


@pytest.mark.parametrize(
    ("age", "code"),
    [
        (timedelta(), None),
        (timedelta(minutes=14), None),
        (timedelta(minutes=-14), None),
        (timedelta(minutes=16), "RequestTimeTooSkewed"),
        (timedelta(minutes=-16), "RequestTimeTooSkewed"),
    ],
    ids=["now", "14 minutes old", "14 minutes ahead", "16 minutes old", "16 minutes ahead"],
)
def test_a_signature_is_good_for_fifteen_minutes(
    monkeypatch: pytest.MonkeyPatch, credential: Credential, age: timedelta, code: str | None
) -> None:
    request = arrival(monkeypatch, NOW - age)
    if code is None:
        assert gate(credential).admit(request).action == "ListBuckets"
    else:
        with pytest.raises(AwsError) as caught:
            gate(credential).admit(request)
        assert caught.value.code == code


def test_an_ended_session_is_refused(
    monkeypatch: pytest.MonkeyPatch, credential: Credential
) -> None:
    ended = replace(credential, token="t", expires=NOW - timedelta(seconds=1))
    with pytest.raises(AwsError) as caught:
        gate(ended).admit(arrival(monkeypatch, NOW, token="t"))
    assert (caught.value.code, caught.value.status) == ("ExpiredToken", 403)


@pytest.mark.parametrize("peer", ["192.168.1.7", "0.0.0.0", "", "evil", "::ffff:8.8.8.8"])
def test_a_peer_that_is_not_loopback_is_refused(
    monkeypatch: pytest.MonkeyPatch, credential: Credential, peer: str
) -> None:
    with pytest.raises(AwsError, match="peer: expected a loopback address"):
        gate(credential).admit(arrival(monkeypatch, NOW, peer=peer))


def test_the_server_is_bound_to_the_loopback_address_only(cloud: LocalCloud) -> None:
    port = int(cloud.address.rpartition(":")[2])
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", port))  # would be taken, were all addresses bound
    assert cloud.address == f"http://127.0.0.1:{port}"
