"""The permissions of S3's operations, whose names differ from the operations' in many places.

docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

import re
from collections.abc import Mapping, Sequence

from local.aws_api.request_context import RequestContext
from local.aws_api.request_parsing import copy_source
from local.aws_api.required_permission import RequiredPermission, pass_role
from local.moto_backend.policies_in_force import PoliciesInForce

_NAMES = {
    **{
        f"{verb}Bucket{kind}Configuration{plural}": f"{right}{kind}Configuration"
        for kind in ("Analytics", "IntelligentTiering", "Inventory", "Metrics")
        for verb, plural, right in (
            ("Delete", "", "Put"),
            ("Get", "", "Get"),
            ("List", "s", "Get"),
            ("Put", "", "Put"),
        )
    },
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
# What a header asks for beside its operation, by the operation's permission.
# docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html, API_PutObject.html and
# API_DeleteObject.html, Permissions
_BESIDE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "CreateBucket": {
        "x-amz-acl": ("PutBucketAcl",),
        "x-amz-bucket-object-lock-enabled": (
            "PutBucketObjectLockConfiguration",
            "PutBucketVersioning",
        ),
        "x-amz-grant-": ("PutBucketAcl",),
        "x-amz-object-ownership": ("PutBucketOwnershipControls",),
    },
    "PutObject": {
        "x-amz-acl": ("PutObjectAcl",),
        "x-amz-grant-": ("PutObjectAcl",),
        "x-amz-object-lock-legal-hold": ("PutObjectLegalHold",),
        "x-amz-object-lock-mode": ("PutObjectRetention",),
        "x-amz-object-lock-retain-until-date": ("PutObjectRetention",),
        "x-amz-tagging": ("PutObjectTagging",),
    },
}
_ROLE = re.compile(rb"<Role>\s*([^<\s]+)\s*</Role>")
_BYPASS = "x-amz-bypass-governance-retention"
_CONDITIONAL_HEADERS = ("if-match", "if-none-match")
_QUERY = {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"}
_CREATES = frozenset(
    {"CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "PutObject", "UploadPart"}
)


def needs_of(call: RequestContext, stored: PoliciesInForce) -> Sequence[RequiredPermission]:
    """The permissions of an S3 call; DeleteObjects takes one for each object instead."""
    bucket, key = call.parameters.get("Bucket"), call.parameters.get("Key")
    version = call.query("versionId")
    name = _NAMES.get(call.action, call.action)
    if version is not None and name in _OF_A_VERSION:
        name = name.replace("Object", "ObjectVersion", 1)
    if bucket is None:
        return [RequiredPermission(f"s3:{name}")]
    needs = [_need(stored, name, bucket, key, _context(call))]
    if call.action == "GetObjectAttributes":
        needs.append(_need(stored, name.removesuffix("Attributes"), bucket, key, {}))
    if (source := copy_source(call.request)) is not None:
        needs.append(_source(stored, *source))
    headers = call.request.headers
    beside = {
        right
        for start, rights in _BESIDE.get(name, {}).items()
        if any(header.startswith(start) for header in headers)
        for right in rights
    }
    if "x-amz-tagging-directive" in headers and "x-amz-tagging" not in headers:
        beside.discard("PutObjectTagging")  # COPY, the default
    if headers.get(_BYPASS, "").lower() == "true":
        beside.add("BypassGovernanceRetention")
    needs += [_need(stored, right, bucket, key, _context(call)) for right in sorted(beside)]
    # docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html, Permissions
    if call.action == "PutBucketReplication" and (role := _ROLE.search(call.request.body)):
        needs.append(pass_role(role[1].decode(), "s3.amazonaws.com"))
    return needs


def deletion(
    call: RequestContext, stored: PoliciesInForce, key: str, version: str | None
) -> RequiredPermission:
    """The permission to delete one of the objects that DeleteObjects names."""
    name = "DeleteObject" if version is None else "DeleteObjectVersion"
    context = {} if version is None else {"s3:VersionId": version}
    return _need(stored, name, call.parameters["Bucket"], key, context)


def listing(call: RequestContext, stored: PoliciesInForce) -> RequiredPermission:
    """The permission without which a missing object is forbidden and not missing.

    docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, Permissions
    """
    return _need(stored, "ListBucket", call.parameters["Bucket"], None, {})


def _need(
    stored: PoliciesInForce, name: str, bucket: str, key: str | None, context: Mapping[str, str]
) -> RequiredPermission:
    owner = stored.bucket_owner(bucket)
    own = {} if owner is None else {"s3:ResourceAccount": owner}
    return RequiredPermission(
        f"s3:{name}", stored.bucket_arn(bucket, key), {**own, **context}, owner
    )


def _source(
    stored: PoliciesInForce, bucket: str, key: str, version: str | None
) -> RequiredPermission:
    context = {} if version is None else {"s3:VersionId": version}
    return _need(stored, "GetObjectVersion" if version else "GetObject", bucket, key, context)


def _context(call: RequestContext) -> dict[str, str]:
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
