"""A body of S3 is stored when it fits its digests, in every operation that takes one.

docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

import base64
import hashlib
import http.client
import re
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core.utils import get_service_model

from local.cloud import LocalCloud
from local.moto_backend.dispatch import S3_OPERATIONS
from tests.local.requests import right_requests

MODEL: Any = get_service_model("s3")
Send = Callable[..., tuple[int, str, str]]


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def md5(body: bytes) -> str:
    return encoded(hashlib.md5(body, usedforsecurity=False).digest())


@pytest.fixture
def send(cloud: LocalCloud) -> Send:
    """send(method, target, body, **headers) gives status, code and message of the answer."""
    keys = cloud.environment()
    signer = S3SigV4Auth(
        Credentials(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]), "s3", "us-east-1"
    )

    def call(
        method: str, target: str, body: bytes, claimed: str | None = None, **headers: str
    ) -> tuple[int, str, str]:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        request = AWSRequest(method, cloud.address + target, data=body, headers=given)
        if claimed is not None:
            signer.payload = lambda _: claimed  # pyright: ignore[reportAttributeAccessIssue]
        signer.add_auth(request)
        connection = http.client.HTTPConnection(urlsplit(cloud.address).netloc)
        connection.request(method, target, body, dict(request.prepare().headers))
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        found = re.search("<Code>(.*?)</Code><Message>(.*?)</Message>", text)
        return answer.status, *(found.groups() if found else ("", ""))  # pyright: ignore

    return call


WITH_BODY = {
    sent.action: (sent.method, sent.target, sent.body)
    for sent in right_requests("s3")
    if sent.action in S3_OPERATIONS
    and MODEL.operation_model(sent.action).input_shape.serialization.get("payload")
}
WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no MD5": ({"content-md5": "junk"}, "InvalidDigest"),
    "an MD5 that is too short": ({"content-md5": encoded(b"x" * 15)}, "InvalidDigest"),
    "another body's MD5": ({"content-md5": md5(b"another")}, "BadDigest"),
    "no checksum": ({"x-amz-checksum-crc32": "junk"}, "InvalidRequest"),
    "a checksum of another length": ({"x-amz-checksum-sha256": "AAAAAA=="}, "InvalidRequest"),
    "two checksums": (
        {"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-crc32c": "AAAAAA=="},
        "InvalidRequest",
    ),
}  # fmt: skip
OF_ANOTHER = {
    "crc32": encoded(zlib.crc32(b"another").to_bytes(4, "big")),
    "crc32c": encoded(b"xxxx"),
    "crc64nvme": encoded(b"x" * 8),
    "sha1": encoded(hashlib.sha1(b"another", usedforsecurity=False).digest()),
    "sha256": encoded(hashlib.sha256(b"another").digest()),
}


def test_operations_with_a_body_are_many() -> None:
    assert {"CompleteMultipartUpload", "DeleteObjects", "PutBucketPolicy", "UploadPart"} <= set(
        WITH_BODY
    )


@pytest.mark.parametrize("case", WRONG)
def test_a_digest_that_is_none_is_refused_by_each_operation(send: Send, case: str) -> None:
    headers, code = WRONG[case]
    found = {
        action: send(method, target, body, **headers)[:2]
        for action, (method, target, body) in WITH_BODY.items()
    }
    assert found == dict.fromkeys(WITH_BODY, (400, code))


@pytest.mark.parametrize("algorithm", OF_ANOTHER)
def test_a_checksum_of_another_body_is_refused_by_each_operation(
    send: Send, algorithm: str
) -> None:
    """That of CompleteMultipartUpload is the object's, and not its document's."""
    others = {name: each for name, each in WITH_BODY.items() if name != "CompleteMultipartUpload"}
    header = {f"x-amz-checksum-{algorithm}": OF_ANOTHER[algorithm]}
    found = {
        action: send(method, target, body, **header)[:2]
        for action, (method, target, body) in others.items()
    }
    assert found == dict.fromkeys(others, (400, "BadDigest"))


def test_a_deletion_of_objects_has_a_digest(send: Send, connect: Callable[..., Any]) -> None:
    s3 = connect("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"data")
    body = b"<Delete><Object><Key>key</Key></Object></Delete>"
    status, code, text = send("POST", "/bucket?delete", body)
    assert (status, code) == (400, "InvalidRequest")
    assert text == "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 1
    assert send("POST", "/bucket?delete", body, **{"content-md5": md5(body)})[0] == 200
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 0


def test_a_hash_of_another_payload_is_refused(send: Send) -> None:
    wrong = hashlib.sha256(b"another").hexdigest()
    refusal = send("PUT", "/bucket", b"", claimed=wrong)
    assert refusal[:2] == (400, "XAmzContentSHA256Mismatch")
    refusal = send("PUT", "/bucket", b"", claimed="junk")
    assert refusal[:2] == (400, "InvalidArgument")


def test_what_fits_is_stored_and_what_does_not_leaves_all_as_it_was(
    send: Send, connect: Callable[..., Any]
) -> None:
    assert send("PUT", "/bucket", b"")[0] == 200
    right = encoded(hashlib.sha256(b"data").digest())
    assert send("PUT", "/bucket/key", b"data", **{"x-amz-checksum-sha256": right})[0] == 200
    assert send("PUT", "/bucket/key", b"data", **{"content-md5": md5(b"data")})[0] == 200
    assert send("PUT", "/bucket/key", b"other", **{"content-md5": md5(b"data")})[0] == 400
    s3 = connect("s3")
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"data"
    for algorithm in ("CRC32", "SHA1", "SHA256"):  # the others need the CRT, which SDKs may lack
        s3.put_object(Bucket="bucket", Key="key", Body=b"data", ChecksumAlgorithm=algorithm)
