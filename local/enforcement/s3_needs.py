"""The permissions of S3's operations, whose names differ from the operations' in many places.

docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from collections.abc import Mapping, Sequence

from local.call import Call
from local.enforcement.need import Need
from local.enforcement.stored import Stored
from local.readings import copy_source

_NAMES = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
_OF_A_VERSION = frozenset(
    {"DeleteObject", "DeleteObjectTagging", "GetObject", "GetObjectAcl", "GetObjectAttributes"}
    | {"GetObjectTagging", "PutObjectAcl", "PutObjectTagging"}
)
# Condition keys that take the value of a header of the same name, and exist only if it was sent.
_HEADERS = tuple(
    f"x-amz-{name}"
    for name in (
        "acl",
        "content-sha256",
        "copy-source",
        "grant-full-control",
        "grant-read",
        "grant-read-acp",
        "grant-write",
        "grant-write-acp",
        "metadata-directive",
        "object-ownership",
        "server-side-encryption",
        "server-side-encryption-aws-kms-key-id",
        "server-side-encryption-customer-algorithm",
        "storage-class",
        "website-redirect-location",
    )
)
# Any of these sets an access control list.
_ACL = ("x-amz-acl", "x-amz-grant-")
_CONDITIONAL_HEADERS = ("if-match", "if-none-match")
_QUERY = {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"}
_CREATES = frozenset(
    {"CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "PutObject", "UploadPart"}
)


def needs_of(call: Call, stored: Stored) -> Sequence[Need]:
    """The permissions of an S3 call; DeleteObjects takes one for each object instead."""
    bucket, key = call.parameters.get("Bucket"), call.parameters.get("Key")
    version = call.query("versionId")
    name = _NAMES.get(call.action, call.action)
    if version is not None and name in _OF_A_VERSION:
        name = name.replace("Object", "ObjectVersion", 1)
    if bucket is None:
        return [Need(f"s3:{name}")]
    needs = [_need(stored, name, bucket, key, _context(call))]
    if call.action == "GetObjectAttributes":
        needs.append(_need(stored, name.removesuffix("Attributes"), bucket, key, {}))
    if (source := copy_source(call.request)) is not None:
        needs.append(_source(stored, *source))
    if name == "PutObject" and call.header("x-amz-tagging"):
        needs.append(_need(stored, "PutObjectTagging", bucket, key, {}))
    if name == "PutObject" and any(header.startswith(_ACL) for header in call.request.headers):
        needs.append(_need(stored, "PutObjectAcl", bucket, key, _context(call)))
    return needs


def deletion(call: Call, stored: Stored, key: str, version: str | None) -> Need:
    """The permission to delete one of the objects that DeleteObjects names."""
    name = "DeleteObject" if version is None else "DeleteObjectVersion"
    context = {} if version is None else {"s3:VersionId": version}
    return _need(stored, name, call.parameters["Bucket"], key, context)


def listing(call: Call, stored: Stored) -> Need:
    """The permission without which a missing object is forbidden and not missing.

    docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, Permissions
    """
    return _need(stored, "ListBucket", call.parameters["Bucket"], None, {})


def _need(
    stored: Stored, name: str, bucket: str, key: str | None, context: Mapping[str, str]
) -> Need:
    owner = stored.bucket_owner(bucket)
    own = {} if owner is None else {"s3:ResourceAccount": owner}
    return Need(f"s3:{name}", stored.bucket_arn(bucket, key), {**own, **context}, owner)


def _source(stored: Stored, bucket: str, key: str, version: str | None) -> Need:
    context = {} if version is None else {"s3:VersionId": version}
    return _need(stored, "GetObjectVersion" if version else "GetObject", bucket, key, context)


def _context(call: Call) -> dict[str, str]:
    context = {
        f"s3:{name}": value
        for name in (*_HEADERS, *_CONDITIONAL_HEADERS)
        if (value := call.header(name)) is not None
    }
    if (source := copy_source(call.request)) is not None:
        context["s3:x-amz-copy-source"] = "/".join(source[:2])
    for key, name in _QUERY.items():
        if (value := call.query(name)) is not None:
            context[key] = value
    if (version := call.query("versionId")) is not None:
        context["s3:VersionId"] = version
    if call.action in _CREATES:
        context["s3:ObjectCreationOperation"] = "true"
    return context
