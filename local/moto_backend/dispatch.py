"""moto runs the function of the operation that was decided on, or none.

moto finds its function by itself, from paths, queries, forms and headers: `GET /bucket?session` is
a listing for it. The gate asked for the permissions of one operation, so that another function
would do what nobody was asked for. docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

_RUNNING = threading.local()
# moto's functions that are called otherwise than their operations.
_OTHER_NAMES = {
    "GetBucketLifecycleConfiguration": "get_bucket_lifecycle",
    "GetBucketNotificationConfiguration": "get_bucket_notification",
    "GetBucketTagging": "get_bucket_tags",
    "ListBuckets": "all_buckets",
    "PutBucketLifecycleConfiguration": "put_bucket_lifecycle",
}
# The operations of S3 that moto has. It takes any other for one of these, by method and path alone.
S3_OPERATIONS = frozenset(
    {
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateBucket",
        "CreateMultipartUpload",
        "DeleteBucket",
        "DeleteBucketCors",
        "DeleteBucketEncryption",
        "DeleteBucketLifecycle",
        "DeleteBucketOwnershipControls",
        "DeleteBucketPolicy",
        "DeleteBucketReplication",
        "DeleteBucketTagging",
        "DeleteBucketWebsite",
        "DeleteObject",
        "DeleteObjectTagging",
        "DeleteObjects",
        "DeletePublicAccessBlock",
        "GetBucketAccelerateConfiguration",
        "GetBucketAcl",
        "GetBucketCors",
        "GetBucketEncryption",
        "GetBucketInventoryConfiguration",
        "GetBucketLifecycleConfiguration",
        "GetBucketLocation",
        "GetBucketLogging",
        "GetBucketNotificationConfiguration",
        "GetBucketOwnershipControls",
        "GetBucketPolicy",
        "GetBucketPolicyStatus",
        "GetBucketReplication",
        "GetBucketTagging",
        "GetBucketVersioning",
        "GetBucketWebsite",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectLegalHold",
        "GetObjectLockConfiguration",
        "GetObjectTagging",
        "GetPublicAccessBlock",
        "HeadBucket",
        "HeadObject",
        "ListBucketInventoryConfigurations",
        "ListBuckets",
        "ListMultipartUploads",
        "ListObjectVersions",
        "ListObjects",
        "ListObjectsV2",
        "ListParts",
        "PutBucketAccelerateConfiguration",
        "PutBucketAcl",
        "PutBucketCors",
        "PutBucketEncryption",
        "PutBucketInventoryConfiguration",
        "PutBucketLifecycleConfiguration",
        "PutBucketLogging",
        "PutBucketNotificationConfiguration",
        "PutBucketOwnershipControls",
        "PutBucketPolicy",
        "PutBucketReplication",
        "PutBucketTagging",
        "PutBucketVersioning",
        "PutBucketWebsite",
        "PutObject",
        "PutObjectAcl",
        "PutObjectLegalHold",
        "PutObjectLockConfiguration",
        "PutObjectRetention",
        "PutObjectTagging",
        "PutPublicAccessBlock",
        "RestoreObject",
        "UploadPart",
        "UploadPartCopy",
    }
)


def function_of(action: str) -> str:
    """The name of moto's function for an operation."""
    return _OTHER_NAMES.get(action) or camelcase_to_underscores(action)


@contextmanager
def only(service: str, action: str) -> Iterator[Callable[[], bool]]:
    """Let moto run the function of this operation only; gives what tells whether it ran.

    Another one raises NotImplementedError.
    """
    _RUNNING.service, _RUNNING.action, _RUNNING.reached = service, action, False
    try:
        yield lambda: bool(_RUNNING.reached)
    finally:
        _RUNNING.service = _RUNNING.action = None


def _enter(service: str, name: str) -> None:
    """Raise NotImplementedError unless this is the function of the running operation.

    What that function calls in its turn is its own business, as is what moto does by itself.
    """
    if getattr(_RUNNING, "service", None) != service or _RUNNING.reached:
        return
    if name != function_of(_RUNNING.action):
        raise NotImplementedError(f"moto has {name} in place of {_RUNNING.action}")
    _RUNNING.reached = True


def _guarded(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @wraps(function)
    def guarded(*arguments: Any, **members: Any) -> Any:
        _enter("s3", name)
        return function(*arguments, **members)

    return guarded


def _guard_s3() -> None:
    """Guard S3's functions: methods of its responses, else of its backend.

    moto's class of responses has one for each operation that reads or deletes, and for objects; the
    others call the backend from the middle of a long function.
    """
    for name in sorted(
        {function_of(action) for action in S3_OPERATIONS} | {"select_object_content"}
    ):
        owner: Any = S3Response if name in S3Response.__dict__ else S3Backend
        setattr(owner, name, _guarded(owner.__dict__[name], name))


_call_action = BaseResponse.call_action


def _call_only(self: BaseResponse) -> Any:
    """Stands in for moto's choice of a function by the action that it has read."""
    name = {"awslambda": "lambda"}.get(str(self.service_name), str(self.service_name))
    _enter(name, camelcase_to_underscores(self._get_action()))
    return _call_action(self)


_guard_s3()
BaseResponse.call_action = _call_only  # pyright: ignore[reportAttributeAccessIssue]
