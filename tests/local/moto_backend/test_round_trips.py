"""Plain boto3 with each service that the stacks use."""

import base64
import hashlib
import hmac
import http.client
import socket
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys
from botocore.exceptions import ClientError

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import Principal
from local.aws_api.request_context import RequestContext
from local.cloud import LocalCloud
from local.gateway.aws_chunked import check_checksum
from local.gateway.server import PortInUseError

Connect = Callable[..., Any]
KEYS = [
    "plain",
    "a/b c",
    "ü/日本語/😀",
    "a//b",
    "/leading",
    "%41&=+?#~",
    "..",
    "a/../b",
    "tab\there",
]


@pytest.mark.parametrize("key", KEYS)
def test_an_object_comes_back_whatever_its_key(connect: Connect, key: str) -> None:
    s3 = connect("s3")
    s3.create_bucket(Bucket="bucket")
    metadata = {"my_key": "v", "other-key": "w"}
    s3.put_object(Bucket="bucket", Key=key, Body=b"data", Metadata=metadata)
    found = s3.get_object(Bucket="bucket", Key=key)
    assert found["Body"].read() == b"data"
    assert found["Metadata"] == metadata
    assert [row["Key"] for row in s3.list_objects_v2(Bucket="bucket")["Contents"]] == [key]
    s3.delete_object(Bucket="bucket", Key=key)
    assert "Contents" not in s3.list_objects_v2(Bucket="bucket")


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_an_object_comes_back_whatever_its_type(connect: Connect, kind: str) -> None:
    s3 = connect("s3")
    s3.create_bucket(Bucket="bucket")
    body = b"key=other&file=x&Action=DeleteBucket"
    s3.put_object(Bucket="bucket", Key="key", Body=body, ContentType=kind)
    found = s3.get_object(Bucket="bucket", Key="key")
    assert (found["Body"].read(), found["ContentType"]) == (body, kind)
    assert [row["Key"] for row in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["key"]


def test_each_service_answers_with_what_was_put(
    connect: Connect, role: Callable[[str], str]
) -> None:
    key = connect("kms").create_key(Description="k")["KeyMetadata"]
    assert key["Arn"].startswith("arn:aws:kms:us-east-1:111122223333:key/")
    role_arn = role("worker")
    assert role_arn == "arn:aws:iam::111122223333:role/worker"
    logs = connect("logs")
    logs.create_log_group(logGroupName="/group")
    assert logs.describe_log_groups()["logGroups"][0]["logGroupName"] == "/group"
    sqs = connect("sqs")
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
    scheduler = connect("scheduler")
    scheduler.create_schedule_group(Name="group")
    scheduler.create_schedule(
        GroupName="group",
        Name="s",
        ScheduleExpression="rate(1 hour)",
        State="DISABLED",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:lambda:us-east-1:111122223333:function:f", "RoleArn": role_arn},
    )
    assert scheduler.get_schedule(GroupName="group", Name="s")["State"] == "DISABLED"
    assert connect("sts").get_caller_identity()["Arn"].endswith(":user/deployer")
    users = connect("iam").list_attached_user_policies(UserName="deployer")
    assert users["AttachedPolicies"][0]["PolicyName"] == "AdministratorAccess"
    page = connect("bedrock-agentcore").list_batch_evaluations()
    assert page["batchEvaluations"] == []


def fetch(url: str, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    host, _, target = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, f"/{target}", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_presigned_url_does_what_it_says_and_nothing_else(connect: Connect) -> None:
    s3 = connect("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="bucket")
    where = {"Bucket": "bucket", "Key": "ü b"}
    put = s3.generate_presigned_url("put_object", where, 60)
    assert fetch(put, "PUT", b"data")[0] == 200
    get = s3.generate_presigned_url("get_object", where, 60)
    assert fetch(get) == (200, b"data")
    for changed in (
        get.replace("%20b", "%20c"),
        get.replace("X-Amz-Expires=60", "X-Amz-Expires=61"),
        get + "&versionId=1",
        get[:-1] + ("0" if get[-1] != "0" else "1"),
    ):
        assert fetch(changed)[0] == 403
    assert fetch(get, "DELETE")[0] == 403
    assert fetch(get, Origin="https://evil.example")[0] == 403
    assert fetch(s3.generate_presigned_url("get_object", where, 604801))[0] == 400
    assert (
        b"Please use AWS4-HMAC-SHA256"
        in fetch(connect("s3", signature_version="s3").generate_presigned_url("get_object", where))[
            1
        ]
    )


def sign_upload(
    cloud: LocalCloud, deployer: Any, payload: str, more: dict[str, str]
) -> tuple[AWSRequest, str]:
    """The headers of an aws-chunked upload to /bucket/key, and their signature."""
    request = AWSRequest("PUT", f"{cloud.address}/bucket/key", headers=more)

    class Signer(S3SigV4Auth):
        def payload(self, request: Any) -> str:
            return payload

    Signer(Keys(deployer.key, deployer.secret), "s3", "us-east-1").add_auth(request)
    return request, str(request.headers["Authorization"]).rpartition("=")[2]


def chunks(request: AWSRequest, deployer: Any, seed: str, pieces: list[bytes]) -> bytes:
    """The pieces framed, each with a signature over the one before."""
    moment = str(request.headers["X-Amz-Date"])
    scope = f"{moment[:8]}/us-east-1/s3/aws4_request"
    key = f"AWS4{deployer.secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    body = b""
    for piece in [*pieces, b""]:
        hashes = f"{hashlib.sha256(b'').hexdigest()}\n{hashlib.sha256(piece).hexdigest()}"
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{moment}\n{scope}\n{seed}\n{hashes}"
        seed = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        body += f"{len(piece):x};chunk-signature={seed}\r\n".encode() + piece + b"\r\n"
    return body


def test_a_signed_chunked_upload_is_taken_and_a_changed_chunk_is_not(
    cloud: LocalCloud, connect: Connect, deployer: Any
) -> None:
    s3 = connect("s3")
    s3.create_bucket(Bucket="bucket")
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    more = {"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "9"}
    request, seed = sign_upload(cloud, deployer, kind, more)
    body = chunks(request, deployer, seed, [b"first", b"next"])
    headers = dict(request.headers.items())
    assert fetch(str(request.url), "PUT", body, **headers)[0] == 200
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"firstnext"
    status, answer = fetch(str(request.url), "PUT", body.replace(b"first", b"FIRST"), **headers)
    assert (status, b"SignatureDoesNotMatch" in answer) == (403, True)
    cut = body[: body.index(b"4;")]
    assert b"IncompleteBody" in fetch(str(request.url), "PUT", cut, **headers)[1]


CHECKSUMS = {
    "crc32": zlib.crc32(b"hello world").to_bytes(4, "big"),
    "crc32c": bytes.fromhex("c99465aa"),
    "sha1": hashlib.sha1(b"hello world").digest(),
    "sha256": hashlib.sha256(b"hello world").digest(),
}


@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_a_trailing_checksum_is_compared_with_the_data(
    cloud: LocalCloud, connect: Connect, deployer: Any, algorithm: str
) -> None:
    connect("s3").create_bucket(Bucket="bucket")
    name = f"x-amz-checksum-{algorithm}"
    value = base64.b64encode(CHECKSUMS[algorithm]).decode()
    more = {
        "Content-Encoding": "aws-chunked",
        "X-Amz-Decoded-Content-Length": "11",
        "X-Amz-Trailer": name,
    }
    request, _ = sign_upload(cloud, deployer, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", more)
    headers = dict(request.headers.items())
    body = f"b\r\nhello world\r\n0\r\n{name}:{value}\r\n\r\n".encode()
    assert fetch(str(request.url), "PUT", body, **headers)[0] == 200
    changed = body.replace(b"hello", b"hullo")
    assert b"<Code>BadDigest</Code>" in fetch(str(request.url), "PUT", changed, **headers)[1]
    without = body.partition(name.encode())[0] + b"\r\n"
    assert b"MalformedTrailerError" in fetch(str(request.url), "PUT", without, **headers)[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("crc32", "cbf43926"),
        ("crc32c", "e3069283"),
        ("crc64nvme", "ae8b14860a799888"),
        ("sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
    ],
)
def test_a_checksum_has_its_published_check_value(name: str, value: str) -> None:
    wanted = base64.b64encode(bytes.fromhex(value)).decode()
    check_checksum(f"x-amz-checksum-{name}", wanted, b"123456789")
    with pytest.raises(AwsError, match="did not match"):
        check_checksum(f"x-amz-checksum-{name}", wanted, b"12345678")


def test_eight_threads_work_at_once(cloud: LocalCloud, connect: Connect) -> None:
    s3, kms, sqs = connect("s3"), connect("kms"), connect("sqs")
    s3.create_bucket(Bucket="bucket")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    deployer = Principal(
        "arn:aws:iam::111122223333:user/deployer",
        "111122223333",
        cloud.environment()["AWS_ACCESS_KEY_ID"],
    )

    def work(number: int) -> bytes:
        s3.put_object(
            Bucket="bucket",
            Key=f"{number}",
            Body=str(number).encode(),
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=key,
        )
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
        inside = cloud.services.client("kms", deployer)
        assert inside.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
        return s3.get_object(Bucket="bucket", Key=f"{number}")["Body"].read()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(40))) == [str(n).encode() for n in range(40)]
    names = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert names["ApproximateNumberOfMessages"] == "40"


def test_a_call_from_inside_is_made_by_whoever_acts(
    cloud: LocalCloud, connect: Connect, session_of: Callable[[str], Any]
) -> None:
    session = session_of("worker")
    identity = connect("sts", session).get_caller_identity()
    acting = Principal(
        identity["Arn"], "111122223333", session.key, "arn:aws:iam::111122223333:role/worker"
    )
    client = cloud.services.client("sts", acting)
    assert client.get_caller_identity()["Arn"] == identity["Arn"]
    assert cloud.services.client("sts", acting) is client


def test_nothing_of_the_users_own_settings_reaches_inside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    models = tmp_path / "kms" / "2014-11-01"
    models.mkdir(parents=True)
    (models / "service-2.json").write_text("broken")
    config = tmp_path / "config"
    config.write_text("[default]\nregion = mars-1\nendpoint_url = http://192.0.2.1\n")
    for name, value in {
        "AWS_DATA_PATH": str(tmp_path),
        "AWS_CONFIG_FILE": str(config),
        "AWS_PROFILE": "missing",
        "AWS_CA_BUNDLE": str(tmp_path / "missing.pem"),
        "AWS_ENDPOINT_URL": "http://192.0.2.1",
        "HTTP_PROXY": "http://192.0.2.1",
        "AWS_USE_FIPS_ENDPOINT": "true",
    }.items():
        monkeypatch.setenv(name, value)
    acting = Principal("arn:aws:iam::111122223333:user/deployer", "111122223333", "AKIA")
    with LocalCloud() as cloud:
        assert cloud.services.client("kms", acting).list_keys()["Keys"] == []
        assert cloud.services.client("sqs", acting).list_queues().get("QueueUrls", []) == []


def test_one_process_has_one_running_cloud_and_names_a_taken_port(cloud: LocalCloud) -> None:
    with pytest.raises(RuntimeError, match="found one running"):
        LocalCloud().start()


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"found {port} in use"):
            LocalCloud(port=port).start()
    with LocalCloud(port=port) as cloud:
        assert cloud.address.endswith(f":{port}")


def test_each_call_is_decided_once_and_a_refusal_is_the_answer() -> None:
    decided: list[str] = []

    def authorize(call: RequestContext) -> None:
        decided.append(f"{call.service}:{call.action}")
        if call.action == "CreateBucket":
            raise AwsError("AccessDenied", "no buckets today", 403)

    acting = Principal("arn:aws:iam::111122223333:user/u", "111122223333", "AKIA")
    with LocalCloud(enforce=False, authorize=authorize) as cloud:
        s3 = cloud.services.client("s3", acting)
        with pytest.raises(ClientError, match="no buckets today"):
            s3.create_bucket(Bucket="bucket")
        assert s3.list_buckets()["Buckets"] == []
        cloud.services.client("kms", acting).list_keys()
    assert decided == ["s3:CreateBucket", "s3:ListBuckets", "kms:ListKeys"]


def test_a_new_start_forgets_everything(cloud: LocalCloud, connect: Connect) -> None:
    connect("s3").create_bucket(Bucket="bucket")
    before = cloud.environment()
    cloud.stop()
    cloud.start()
    after = cloud.environment()
    assert before["AWS_SECRET_ACCESS_KEY"] != after["AWS_SECRET_ACCESS_KEY"]
    acting = Principal("arn:aws:iam::111122223333:user/u", "111122223333", "AKIA")
    assert cloud.services.client("s3", acting).list_buckets()["Buckets"] == []
