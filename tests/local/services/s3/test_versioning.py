"""A bucket whose versioning is suspended keeps the versions that it has.

docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectsfromVersioningSuspendedBuckets.html
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
    return client


def version(s3: Any, status: str) -> None:
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": status})


@pytest.fixture
def named(s3: Any) -> str:
    """The id of a version that was made before versioning was suspended."""
    version(s3, "Enabled")
    named = s3.put_object(**KEY, Body=b"named")["VersionId"]
    version(s3, "Suspended")
    return named


def listed(s3: Any) -> dict[str, bool]:
    """Whether each version is a delete marker, by its id."""
    found = s3.list_object_versions(Bucket="bucket")
    return {each["VersionId"]: False for each in found.get("Versions", [])} | {
        each["VersionId"]: True for each in found.get("DeleteMarkers", [])
    }


def test_a_delete_puts_a_null_marker_in_place_of_the_null_version(s3: Any, named: str) -> None:
    s3.put_object(**KEY, Body=b"null")
    assert listed(s3) == {named: False, "null": False}
    for _ in range(2):
        gone = s3.delete_object(**KEY)
        assert (gone["DeleteMarker"], gone["VersionId"]) == (True, "null")
        assert listed(s3) == {named: False, "null": True}
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(**KEY)
    assert s3.get_object(**KEY, VersionId=named)["Body"].read() == b"named"
    s3.delete_object(**KEY, VersionId="null")
    assert s3.get_object(**KEY)["Body"].read() == b"named"


def test_deletions_of_many_keep_named_versions_too(s3: Any, named: str) -> None:
    answer = s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "key"}]})
    assert answer["Deleted"] == [
        {"Key": "key", "DeleteMarker": True, "DeleteMarkerVersionId": "null"}
    ]
    assert listed(s3) == {named: False, "null": True}


def put(s3: Any) -> None:
    s3.put_object(**KEY, Body=b"new")


def copy(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="source", Body=b"new")
    s3.copy_object(**KEY, CopySource="bucket/source")
    s3.delete_object(Bucket="bucket", Key="source", VersionId="null")


def upload(s3: Any) -> None:
    started = s3.create_multipart_upload(**KEY)["UploadId"]
    part = s3.upload_part(**KEY, UploadId=started, PartNumber=1, Body=b"new")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**KEY, UploadId=started, MultipartUpload=parts)


@pytest.mark.parametrize("write", [put, copy, upload])
def test_a_write_takes_the_place_of_the_null_version_only(
    s3: Any, named: str, write: Callable[[Any], None]
) -> None:
    for _ in range(2):
        write(s3)
        assert listed(s3) == {named: False, "null": False}
        assert s3.get_object(**KEY)["Body"].read() == b"new"
    s3.delete_object(**KEY)
    write(s3)
    assert listed(s3) == {named: False, "null": False}
    assert s3.get_object(**KEY, VersionId=named)["Body"].read() == b"named"


def test_an_object_of_before_versioning_is_the_null_version(s3: Any) -> None:
    s3.put_object(**KEY, Body=b"before")
    version(s3, "Enabled")
    named = s3.put_object(**KEY, Body=b"named")["VersionId"]
    version(s3, "Suspended")
    s3.delete_object(**KEY)
    assert listed(s3) == {named: False, "null": True}
    version(s3, "Enabled")
    marker = s3.delete_object(**KEY)["VersionId"]
    assert listed(s3) == {named: False, "null": True, marker: True}


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_of_a_key_without_object_a_delete_leaves_a_marker(s3: Any, status: str) -> None:
    version(s3, status)
    made = s3.delete_object(**KEY)
    assert listed(s3) == {made["VersionId"]: True}
    assert (made["VersionId"] == "null") == (status == "Suspended")


def test_without_versioning_a_delete_is_one(s3: Any) -> None:
    s3.put_object(**KEY, Body=b"one")
    assert "VersionId" not in s3.delete_object(**KEY)
    assert listed(s3) == {}
