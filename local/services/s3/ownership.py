"""S3's object ownership: new buckets have no ACLs, and moto lets them be set all the same.

docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.buckets import BucketState

_ENFORCED = "BucketOwnerEnforced"
_SETTERS = frozenset({"PutBucketAcl", "PutObjectAcl"})
_WRITERS = frozenset({"CopyObject", "CreateMultipartUpload", "PutObject"})


class ObjectOwnership:
    """A layer in front of moto's S3."""

    def __init__(self, state: BucketState) -> None:
        self._state = state

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer an S3 call; raises AccessControlListNotSupported where the bucket has no ACLs."""
        bucket = call.parameters.get("Bucket", "")
        if _sets_acl(call) and self._state.ownership(bucket) == _ENFORCED:
            raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
        # An owner who makes a bucket again gets 200 in us-east-1, and the bucket as it was:
        # docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
        is_new = call.action == "CreateBucket" and self._state.owner(bucket) is None
        response = next_handler(call)
        made = is_new and response.status < 300
        if made and call.header("x-amz-object-ownership") is None:
            self._state.set_ownership(bucket, _ENFORCED)
        return response


def _sets_acl(call: RequestContext) -> bool:
    """Whether a call gives more than what the owner of the bucket has anyway."""
    if call.action in _SETTERS:
        return True
    if call.action not in _WRITERS:
        return False
    canned = call.header("x-amz-acl") not in (None, "bucket-owner-full-control")
    return canned or any(name.startswith("x-amz-grant-") for name in call.request.headers)
