"""S3: principals in bucket policies, keys of objects, buckets and objects that others name."""

from collections.abc import Sequence

from local.aws_api.request_context import RequestContext
from local.services.account import Account
from local.services.reference import Members, Reference, wrong_principal

_API = "AmazonS3/latest/API/API_"
_KMS = "AmazonS3/latest/userguide/UsingKMSEncryption.html"
_WRITING = ("CopyObject", "CreateMultipartUpload", "PutObject")


def _policy(call: RequestContext, members: Members, account: Account) -> str | None:
    document = call.request.body.decode("utf-8", "replace")
    wrong = wrong_principal(document, account, canonical_users=True)
    return "Invalid principal in policy" if wrong else None


def _not_here(call: RequestContext, members: Members, account: Account) -> str | None:
    return f"{call.action}: the local endpoint carries nothing out of a bucket"


REFERENCES: Sequence[Reference] = (
    Reference(
        "s3",
        ("PutBucketPolicy",),
        "Principal of the bucket policy",
        "exists",
        "MalformedPolicy",
        "Invalid principal in policy",
        f"{_API}PutBucketPolicy.html",
        _policy,
    ),
    Reference(
        "s3",
        _WRITING,
        "key of SSE-KMS",
        "exists",
        "KMS.NotFoundException",
        "does not exist",
        _KMS,
    ),
    Reference(
        "s3",
        _WRITING,
        "key of SSE-KMS",
        "is enabled",
        "KMS.DisabledException",
        "is disabled.",
        _KMS,
    ),
    Reference(
        "s3",
        _WRITING,
        "key of SSE-KMS",
        "lets the caller make a data key",
        "AccessDenied",
        "kms:GenerateDataKey",
        _KMS,
        status=403,
    ),
    Reference(
        "s3",
        ("CopyObject", "UploadPartCopy"),
        "x-amz-copy-source",
        "exists",
        "NoSuchKey",
        "The specified key does not exist.",
        f"{_API}CopyObject.html",
        status=404,
    ),
    Reference(
        "s3",
        ("PutBucketInventoryConfiguration", "PutBucketLogging", "PutBucketReplication"),
        "destination bucket",
        "not answered here: AWS refuses one that is not there, and replication without versioning",
        "NotImplemented",
        "the local endpoint carries nothing out of a bucket",
        f"{_API}PutBucketReplication.html",
        _not_here,
        501,
    ),
    Reference(
        "s3",
        ("PutBucketNotificationConfiguration",),
        "queue, topic or function",
        "not answered here: AWS refuses one that does not let S3 in",
        "NotImplemented",
        "the local endpoint has none",
        f"{_API}PutBucketNotificationConfiguration.html",
        status=501,
    ),
)
