"""Writes and deletions of S3 that hold under a condition only, and copies onto themselves.

docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Connect = Callable[..., Any]
KEY = {"Bucket": "bucket", "Key": "key"}


@pytest.fixture
def s3(connect: Connect) -> Any:
    client = connect("s3")
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="source", Body=b"new")
    return client


def put(s3: Any, **condition: str) -> None:
    s3.put_object(**KEY, Body=b"new", **condition)


def copy(s3: Any, **condition: str) -> None:
    s3.copy_object(**KEY, CopySource="bucket/source", **condition)


def upload(s3: Any, **condition: str) -> None:
    started = s3.create_multipart_upload(**KEY)["UploadId"]
    part = s3.upload_part(**KEY, UploadId=started, PartNumber=1, Body=b"new")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**KEY, UploadId=started, MultipartUpload=parts, **condition)


def delete(s3: Any, **condition: str) -> None:
    s3.delete_object(**KEY, **condition)


WRITES = pytest.mark.parametrize("write", [put, copy, upload])


def refusal(write: Callable[..., None], s3: Any, **condition: str) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        write(s3, **condition)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def content(s3: Any) -> bytes:
    return s3.get_object(**KEY)["Body"].read()


@WRITES
def test_what_must_be_new_takes_the_place_of_nothing(s3: Any, write: Callable[..., None]) -> None:
    write(s3, IfNoneMatch="*")
    s3.put_object(**KEY, Body=b"old")
    assert refusal(write, s3, IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert content(s3) == b"old"


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
@WRITES
def test_over_a_delete_marker_an_object_is_new(
    s3: Any, write: Callable[..., None], status: str
) -> None:
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": status})
    s3.put_object(**KEY, Body=b"old")
    s3.delete_object(**KEY)
    assert refusal(write, s3, IfMatch="*") == ("NoSuchKey", 404)
    write(s3, IfNoneMatch="*")
    assert content(s3) == b"new"


@pytest.mark.parametrize("write", [put, copy, upload, delete])
def test_a_condition_on_the_etag_holds_for_that_object_only(
    s3: Any, write: Callable[..., None]
) -> None:
    assert refusal(write, s3, IfMatch='"0123"') == ("NoSuchKey", 404)
    etag = s3.put_object(**KEY, Body=b"old")["ETag"]
    assert refusal(write, s3, IfMatch='"0123"') == ("PreconditionFailed", 412)
    assert content(s3) == b"old"
    write(s3, IfMatch=etag)


def test_a_refused_copy_asks_for_no_data_key(s3: Any, connect: Connect) -> None:
    key = connect("kms").create_key()["KeyMetadata"]["Arn"]
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(**KEY, Body=b"old")
    assert refusal(copy, s3, IfNoneMatch="*", **sealed)[0] == "PreconditionFailed"
    events = connect("cloudtrail").lookup_events()["Events"]
    assert "GenerateDataKey" not in [event["EventName"] for event in events]


def test_a_copy_onto_itself_changes_something(s3: Any) -> None:
    """docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    s3.put_object(**KEY, Body=b"old")
    self = {**KEY, "CopySource": "bucket/key"}
    with pytest.raises(ClientError, match=r"InvalidRequest.*without changing"):
        s3.copy_object(**self)
    with pytest.raises(ClientError, match=r"InvalidRequest.*without changing"):
        s3.copy_object(**self, MetadataDirective="COPY")
    changes: list[dict[str, Any]] = [
        {"MetadataDirective": "REPLACE", "Metadata": {"a": "b"}},
        {"StorageClass": "STANDARD_IA"},
        {"ServerSideEncryption": "AES256"},
    ]
    for change in changes:
        s3.copy_object(**self, **change)
    assert content(s3) == b"old"
