"""S3 with KMS, and the settings of buckets that moto forgets."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud

Connect = Callable[..., Any]
BATCH = "arn:aws:bedrock-agentcore:us-east-1:111122223333:batch-evaluate/team_a-0123456789"
PAIR = {"aws:bedrock-agentcore:batchEvaluationArn": BATCH}
CONTEXT = base64.b64encode(json.dumps(PAIR).encode()).decode()
HERE = {"Bucket": "bucket", "Key": "a/ü"}
ARN = "arn:aws:s3:::bucket/a/ü"


@pytest.fixture
def s3(connect: Connect) -> Any:
    client = connect("s3")
    client.create_bucket(Bucket="bucket")
    return client


@pytest.fixture
def key(connect: Connect) -> str:
    return connect("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def events(connect: Connect) -> Callable[[], list[dict[str, Any]]]:
    """events() gives the uses of KMS so far, the oldest first."""

    def read() -> list[dict[str, Any]]:
        rows = connect("cloudtrail").lookup_events()["Events"]
        found = [json.loads(row["CloudTrailEvent"]) for row in rows]
        return [e for e in found[::-1] if e["eventName"] in ("GenerateDataKey", "Decrypt")]

    return read


def refusal(call: Callable[..., Any], **members: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def put(s3: Any, key: str, **more: Any) -> Any:
    return s3.put_object(
        **HERE,
        Body=b"data",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
        SSEKMSEncryptionContext=CONTEXT,
        **more,
    )


def test_the_context_is_kept_and_given_to_kms_with_s3s_own_pair(
    s3: Any, key: str, events: Any
) -> None:
    written = put(s3, key)
    assert written["SSEKMSEncryptionContext"] == CONTEXT
    read = s3.get_object(**HERE)
    assert (read["ServerSideEncryption"], read["SSEKMSKeyId"]) == ("aws:kms", key)
    assert "BucketKeyEnabled" not in read
    assert s3.head_object(**HERE)["SSEKMSKeyId"] == key
    made, opened = events()
    assert (made["eventName"], opened["eventName"]) == ("GenerateDataKey", "Decrypt")
    for event in (made, opened):
        assert event["requestParameters"]["encryptionContext"] == {**PAIR, "aws:s3:arn": ARN}
        assert event["userIdentity"]["arn"] == "arn:aws:iam::111122223333:user/deployer"
        assert event["userIdentity"]["invokedBy"] == "s3.us-east-1.amazonaws.com"
        assert event["resources"][0]["ARN"] == key


def test_a_lost_context_makes_the_object_unreadable(
    s3: Any, key: str, cloud: LocalCloud, events: Any
) -> None:
    """The data key was made under the context: KMS gives it out under no other."""
    put(s3, key)
    s3.put_object(**HERE | {"Key": "b"}, Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.get_object(**HERE | {"Key": "b"})
    contexts = [event["requestParameters"]["encryptionContext"] for event in events()]
    assert contexts == [{**PAIR, "aws:s3:arn": ARN}] + [{"aws:s3:arn": "arn:aws:s3:::bucket/b"}] * 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda kms, key: kms.disable_key(KeyId=key), "KMS.DisabledException"),
        (
            lambda kms, key: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7),
            "KMS.KMSInvalidStateException",
        ),
    ],
    ids=["disabled", "pending deletion"],
)
def test_a_key_that_is_off_stops_writing_and_reading_but_not_the_rest(
    s3: Any, key: str, connect: Connect, change: Callable[[Any, str], Any], code: str
) -> None:
    put(s3, key)
    change(connect("kms"), key)
    assert refusal(put, s3=s3, key=key) == (code, 400)
    assert refusal(s3.get_object, **HERE) == (code, 400)
    copy = {"CopySource": HERE, "Bucket": "bucket", "Key": "copy"}
    assert refusal(s3.copy_object, **copy) == (code, 400)
    assert s3.head_object(**HERE)["ContentLength"] == 4
    assert refusal(s3.head_object, ChecksumMode="ENABLED", **HERE)[1] == 400
    assert [row["Key"] for row in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["a/ü"]
    s3.delete_object(**HERE)


def test_a_key_without_material_is_refused(s3: Any, connect: Connect) -> None:
    waiting = connect("kms").create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    assert refusal(put, s3=s3, key=waiting) == ("KMS.KMSInvalidStateException", 400)
    assert "Contents" not in s3.list_objects_v2(Bucket="bucket")


def test_a_key_that_does_not_exist_is_refused(s3: Any, key: str) -> None:
    missing = key[:-12] + "000000000000"
    assert refusal(put, s3=s3, key=missing) == ("KMS.NotFoundException", 400)
    assert refusal(put, s3=s3, key="alias/missing") == ("KMS.NotFoundException", 400)
    assert "Contents" not in s3.list_objects_v2(Bucket="bucket")


def default_to(s3: Any, key: str | None, **rule: Any) -> None:
    default = (
        {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
    )
    s3.put_bucket_encryption(
        Bucket="bucket",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default, **rule}]
        },
    )


def test_the_buckets_default_counts_when_the_request_says_nothing(
    s3: Any, key: str, connect: Connect, events: Any
) -> None:
    default_to(s3, key)
    answer = s3.put_object(**HERE, Body=b"data")
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", key)
    assert s3.get_object(**HERE)["SSEKMSKeyId"] == key
    assert [e["requestParameters"]["encryptionContext"] for e in events()] == [
        {"aws:s3:arn": ARN}
    ] * 2
    connect("kms").disable_key(KeyId=key)
    assert refusal(s3.put_object, Body=b"", **HERE)[0] == "KMS.DisabledException"
    assert refusal(s3.get_object, **HERE)[0] == "KMS.DisabledException"
    answer = s3.put_object(**HERE, Body=b"data", ServerSideEncryption="AES256")
    assert (answer["ServerSideEncryption"], "SSEKMSKeyId" in answer) == ("AES256", False)
    assert s3.get_object(**HERE)["Body"].read() == b"data"


def test_kms_without_a_key_is_the_aws_managed_key_and_not_the_buckets(s3: Any, key: str) -> None:
    default_to(s3, key)
    answer = s3.put_object(**HERE, Body=b"data", ServerSideEncryption="aws:kms")
    assert answer["SSEKMSKeyId"].startswith("arn:aws:kms:us-east-1:111122223333:key/")
    assert answer["SSEKMSKeyId"] != key
    assert s3.get_object(**HERE)["Body"].read() == b"data"


def test_every_object_is_encrypted_by_s3_at_least(s3: Any, events: Any) -> None:
    assert s3.put_object(**HERE, Body=b"data")["ServerSideEncryption"] == "AES256"
    assert s3.get_object(**HERE)["ServerSideEncryption"] == "AES256"
    assert events() == []


@pytest.mark.parametrize("by", ["header", "bucket"])
def test_a_bucket_key_binds_the_bucket_only(s3: Any, key: str, events: Any, by: str) -> None:
    default_to(s3, key, BucketKeyEnabled=by == "bucket")
    more = {"BucketKeyEnabled": True} if by == "header" else {}
    assert put(s3, key, **more)["BucketKeyEnabled"] is True
    assert s3.get_object(**HERE)["BucketKeyEnabled"] is True
    contexts = [event["requestParameters"]["encryptionContext"] for event in events()]
    assert contexts == [{"aws:s3:arn": "arn:aws:s3:::bucket"}] * 2


def test_the_request_may_turn_the_buckets_bucket_key_off(s3: Any, key: str, events: Any) -> None:
    default_to(s3, key, BucketKeyEnabled=True)
    assert "BucketKeyEnabled" not in put(s3, key, BucketKeyEnabled=False)
    assert events()[0]["requestParameters"]["encryptionContext"] == {**PAIR, "aws:s3:arn": ARN}


@pytest.mark.parametrize("given", ["no base64", CONTEXT[:-4] + "!!!!", "W10=", "eyJhIjoxfQ=="])
def test_a_malformed_context_is_refused(s3: Any, key: str, given: str) -> None:
    members = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "Body": b""}
    answer = refusal(s3.put_object, SSEKMSEncryptionContext=given, **members, **HERE)
    assert answer == ("InvalidArgument", 400)


def test_an_encryption_header_on_reading_is_refused(s3: Any, key: str) -> None:
    put(s3, key)
    s3.meta.events.register(
        "before-sign.s3.*",
        lambda request, **_: request.headers.add_header("x-amz-server-side-encryption", "aws:kms"),
    )
    assert refusal(s3.get_object, **HERE)[1] == 400
    assert refusal(s3.head_object, **HERE)[1] == 400


def test_each_version_keeps_its_own_context(
    s3: Any, key: str, connect: Connect, events: Any
) -> None:
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    other = connect("kms").create_key()["KeyMetadata"]["Arn"]
    first, second = put(s3, key)["VersionId"], put(s3, other)["VersionId"]
    assert s3.get_object(**HERE)["SSEKMSKeyId"] == other
    assert s3.get_object(**HERE, VersionId=first)["SSEKMSKeyId"] == key
    connect("kms").disable_key(KeyId=other)
    assert refusal(s3.get_object, **HERE, VersionId=second)[0] == "KMS.DisabledException"
    assert s3.get_object(**HERE, VersionId=first)["Body"].read() == b"data"


def test_a_copy_opens_its_source_and_is_sealed_anew(
    s3: Any, key: str, connect: Connect, events: Any
) -> None:
    put(s3, key)
    other = connect("kms").create_key()["KeyMetadata"]["Arn"]
    s3.copy_object(
        Bucket="bucket",
        Key="copy",
        CopySource=HERE,
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=other,
    )
    assert s3.get_object(Bucket="bucket", Key="copy")["SSEKMSKeyId"] == other
    seen = [(e["eventName"], e["resources"][0]["ARN"]) for e in events()[1:]]
    assert seen == [("Decrypt", key), ("GenerateDataKey", other), ("Decrypt", other)]


def test_a_multipart_upload_makes_one_data_key_and_opens_it_for_each_part(
    s3: Any, key: str, events: Any
) -> None:
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    upload = s3.create_multipart_upload(**HERE, **sealed, SSEKMSEncryptionContext=CONTEXT)
    assert upload["SSEKMSKeyId"] == key
    where = {**HERE, "UploadId": upload["UploadId"]}
    part = s3.upload_part(**where, PartNumber=1, Body=b"data")
    done = s3.complete_multipart_upload(
        **where, MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    )
    assert done["SSEKMSKeyId"] == key
    assert s3.get_object(**HERE)["Body"].read() == b"data"
    assert [e["eventName"] for e in events()] == ["GenerateDataKey"] + ["Decrypt"] * 3
    contexts = [e["requestParameters"]["encryptionContext"] for e in events()]
    assert contexts == [{**PAIR, "aws:s3:arn": ARN}] * 4


def test_a_write_that_must_be_new_is_refused_over_an_object(s3: Any, key: str) -> None:
    put(s3, key, IfNoneMatch="*")
    assert refusal(put, s3=s3, key=key, IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert s3.get_object(**HERE)["Body"].read() == b"data"


def test_another_expected_owner_is_refused(s3: Any, key: str) -> None:
    put(s3, key, ExpectedBucketOwner="111122223333")
    wrong = {"ExpectedBucketOwner": "444455556666"}
    assert refusal(put, s3=s3, key=key, **wrong) == ("AccessDenied", 403)
    for call in (s3.get_object, s3.delete_object):
        assert refusal(call, **HERE, **wrong) == ("AccessDenied", 403)
    assert refusal(s3.list_objects_v2, Bucket="bucket", **wrong) == ("AccessDenied", 403)
    copy = {"Bucket": "bucket", "Key": "c", "CopySource": HERE}
    source = {"ExpectedSourceBucketOwner": "444455556666"}
    assert refusal(s3.copy_object, **copy, **source) == ("AccessDenied", 403)


def rule_of(s3: Any) -> dict[str, Any]:
    answer = s3.get_bucket_encryption(Bucket="bucket")
    return answer["ServerSideEncryptionConfiguration"]["Rules"][0]


def test_a_new_bucket_is_encrypted_and_blocks_sse_c(s3: Any) -> None:
    rule = rule_of(s3)
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert rule["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}


def test_blocked_encryption_types_come_back_and_are_applied(s3: Any, key: str) -> None:
    customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}

    def write() -> Any:
        return s3.put_object(**HERE, Body=b"", **customer)

    default_to(s3, key, BlockedEncryptionTypes={"EncryptionType": ["SSE-C"]})
    assert rule_of(s3)["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}
    assert rule_of(s3)["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key
    assert refusal(write) == ("AccessDenied", 403)
    default_to(s3, key, BlockedEncryptionTypes={"EncryptionType": ["NONE"]})
    assert rule_of(s3)["BlockedEncryptionTypes"] == {"EncryptionType": ["NONE"]}
    write()
    s3.delete_bucket_encryption(Bucket="bucket")
    assert rule_of(s3)["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}


SETTING_ACLS: list[tuple[str, dict[str, Any]]] = [
    ("put_bucket_acl", {"Bucket": "bucket", "ACL": "private"}),
    ("put_object_acl", {**HERE, "ACL": "bucket-owner-full-control"}),
    ("put_object", {**HERE, "ACL": "public-read"}),
    ("put_object", {**HERE, "GrantRead": "uri=http://acs.amazonaws.com/groups/global/AllUsers"}),
    ("create_multipart_upload", {**HERE, "ACL": "authenticated-read"}),
    ("copy_object", {"Bucket": "bucket", "Key": "b", "CopySource": HERE, "ACL": "private"}),
]


@pytest.mark.parametrize(("operation", "parameters"), SETTING_ACLS)
def test_a_bucket_has_no_acls_unless_its_ownership_allows_them(
    s3: Any, operation: str, parameters: dict[str, Any]
) -> None:
    controls = s3.get_bucket_ownership_controls(Bucket="bucket")["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_object(**HERE, ACL="bucket-owner-full-control")

    with pytest.raises(ClientError, match="AccessControlListNotSupported"):
        getattr(s3, operation)(**parameters)

    s3.delete_bucket_ownership_controls(Bucket="bucket")
    s3.delete_public_access_block(Bucket="bucket")
    getattr(s3, operation)(**parameters)


def test_a_bucket_is_made_with_the_ownership_that_is_asked_for(s3: Any) -> None:
    s3.create_bucket(Bucket="other", ObjectOwnership="ObjectWriter")
    s3.put_bucket_acl(Bucket="other", ACL="private")


def test_the_minimum_size_of_transitions_comes_back(s3: Any) -> None:
    rule = {"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}

    def cycle(**more: Any) -> str:
        s3.put_bucket_lifecycle_configuration(
            Bucket="bucket", LifecycleConfiguration={"Rules": [rule]}, **more
        )
        answer = s3.get_bucket_lifecycle_configuration(Bucket="bucket")
        return answer["TransitionDefaultMinimumObjectSize"]

    assert cycle() == "all_storage_classes_128K"
    given = "varies_by_storage_class"
    assert cycle(TransitionDefaultMinimumObjectSize=given) == given
    assert cycle() == "all_storage_classes_128K"


READING: dict[str, dict[str, Any]] = {
    "get_object": {},
    "get_object_acl": {},
    "get_object_attributes": {"ObjectAttributes": ["ETag"]},
    "get_object_tagging": {},
    "head_object": {},
}


@pytest.mark.parametrize("operation", READING)
def test_a_delete_marker_is_told_by_headers_and_read_by_nobody(
    connect: Connect, operation: str
) -> None:
    """docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html"""
    s3 = connect("s3")
    s3.create_bucket(Bucket="versioned")
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="versioned", Key="key", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket="versioned", Key="key")["VersionId"]

    def answer(**members: Any) -> tuple[int, dict[str, str]]:
        with pytest.raises(ClientError) as caught:
            getattr(s3, operation)(Bucket="versioned", Key="key", **READING[operation], **members)
        metadata = caught.value.response["ResponseMetadata"]
        return metadata["HTTPStatusCode"], metadata["HTTPHeaders"]

    status, headers = answer()
    assert (status, headers["x-amz-delete-marker"]) == (404, "true")
    assert headers["x-amz-version-id"] == marker
    status, headers = answer(VersionId=marker)
    assert (status, headers["x-amz-delete-marker"], headers["allow"]) == (405, "true", "DELETE")
    assert headers["last-modified"].endswith("GMT")
    assert getattr(s3, operation)(
        Bucket="versioned", Key="key", VersionId=first, **READING[operation]
    )
    s3.delete_object(Bucket="versioned", Key="key", VersionId=marker)
    assert getattr(s3, operation)(Bucket="versioned", Key="key", **READING[operation])


def test_a_continuation_token_is_one_that_a_page_gave(s3: Any) -> None:
    for number in range(3):
        s3.put_object(Bucket="bucket", Key=f"k{number}", Body=b"x")
    junk = {"Bucket": "bucket", "ContinuationToken": "zzz"}
    assert refusal(s3.list_objects_v2, **junk) == ("InvalidArgument", 400)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket="bucket", PaginationConfig={"PageSize": 1}
    )
    assert [each["Key"] for page in pages for each in page["Contents"]] == ["k0", "k1", "k2"]
    assert s3.list_objects(Bucket="bucket", Marker="k1")["Contents"][0]["Key"] == "k2"


@pytest.mark.parametrize(
    ("method", "target", "code"),
    [
        ("put_bucket_versioning", {"VersioningConfiguration": {}},
         "IllegalVersioningConfigurationException"),
        ("put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [{}, {}]}},
         "MalformedXML"),
        ("put_bucket_accelerate_configuration", {"AccelerateConfiguration": {}}, "MalformedXML"),
        ("put_bucket_website", {"WebsiteConfiguration": {}}, "MalformedXML"),
    ],
)  # fmt: skip
def test_a_document_without_what_it_is_about_is_refused(
    s3: Any, method: str, target: dict[str, Any], code: str
) -> None:
    assert refusal(getattr(s3, method), Bucket="bucket", **target) == (code, 400)
