"""No operation on objects gives data out, or puts data in, that no key was asked for."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError, rendered
from local.aws_api.caller import Principal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import read_request
from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from tests.local.requests import Sent, requests

Connect = Callable[..., Any]
MODEL: Any = get_service_model("s3")
PLAINTEXT = b"what only the key gives out"


def paths() -> dict[str, str]:
    operations = {name: MODEL.operation_model(name) for name in MODEL.operation_names}
    return {name: each.http["requestUri"] for name, each in operations.items()}


ON_OBJECTS = sorted(name for name, path in paths().items() if "{Key" in path)
# The bucket and the key of these requests are `name`.
SENT = {
    action: [each for each in requests("s3", 0) if each.action == action] for action in ON_OBJECTS
}
CHANGING = {"CompleteMultipartUpload", "CopyObject", "DeleteObject", "PutObject"}
REFUSED = {
    *("DeleteObjectAnnotation", "GetObjectAnnotation", "GetObjectRetention", "GetObjectTorrent"),
    *("ListObjectAnnotations", "ObjectCORSPreflightCheck", "PutObjectAnnotation"),
    *("RenameObject", "SelectObjectContent", "UpdateObjectEncryption"),
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(clock=ManualClock(1_790_000_000.0), enforce=False) as running:
        assert answer(running, Sent("", "PUT", "/name", {}, b"")).status == 200
        yield running


@pytest.fixture
def switch(connect: Connect) -> Callable[[bool], None]:
    """switch(on) enables or disables the key of a new object `name` in the bucket `name`."""
    kms = connect("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    connect("s3").put_object(Bucket="name", Key="name", Body=PLAINTEXT, **sealed)
    return lambda on: (kms.enable_key if on else kms.disable_key)(KeyId=key)


def answer(cloud: LocalCloud, sent: Sent) -> Response:
    account, key = cloud.place.account, cloud.environment()["AWS_ACCESS_KEY_ID"]
    headers = dict(sent.headers)
    if "x-amz-copy-source" in headers:
        headers["x-amz-copy-source"] = "name/name"
    deployer = Principal(f"arn:aws:iam::{account}:user/deployer", account, key)
    try:
        call = read_request(
            deployer, "s3", cloud.place, sent.method, sent.target, headers, sent.body
        )
    except AwsError as error:
        return rendered(error, "rest-xml", "")
    return cloud.answer(call)


def test_the_object_is_read_with_its_key(cloud: LocalCloud, switch: Callable[[bool], None]) -> None:
    assert answer(cloud, SENT["GetObject"][0]).body == PLAINTEXT
    switch(False)
    assert b"KMS.DisabledException" in answer(cloud, SENT["GetObject"][0]).body


@pytest.mark.parametrize("action", ON_OBJECTS)
def test_no_operation_gives_out_the_data_without_the_key(
    cloud: LocalCloud, switch: Callable[[bool], None], connect: Connect, action: str
) -> None:
    assert len(SENT[action]) == 2
    switch(False)
    for sent in SENT[action]:
        found = answer(cloud, sent)
        assert PLAINTEXT not in found.body
        assert action not in REFUSED or found.status in (400, 501)
    switch(True)
    if action not in CHANGING:
        assert connect("s3").get_object(Bucket="name", Key="name")["Body"].read() == PLAINTEXT


@pytest.mark.parametrize("name", ["annotation", "retention", "torrent", "x"])
def test_whatever_else_the_query_says_the_key_is_asked(
    cloud: LocalCloud, switch: Callable[[bool], None], name: str
) -> None:
    switch(False)
    for query in (name, f"{name}=", f"{name}=y", f"partNumber=1&{name}", f"versionId=null&{name}"):
        sent = Sent("", "GET", f"/name/name?{query}", {}, b"")
        found = answer(cloud, sent)
        assert found.status >= 400
        assert PLAINTEXT not in found.body
