"""S3's conditional writes and deletions, of which moto knows those of some operations only.

docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html, conditional-deletes.html
"""

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.request_parsing import copy_source
from local.moto_backend.buckets import BucketState

# If-Match and If-None-Match of these are about the object that is written or deleted.
_WRITING = frozenset({"CompleteMultipartUpload", "CopyObject", "PutObject"})
_DELETING = frozenset({"DeleteObject"})


class ConditionalRequests:
    """A layer in front of moto's S3, and of the keys that an object's encryption asks for."""

    def __init__(self, state: BucketState) -> None:
        self._state = state

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer an S3 call; raises PreconditionFailed, and NoSuchKey where nothing can match."""
        if call.action in _WRITING | _DELETING:
            bucket, key = call.parameters["Bucket"], call.parameters["Key"]
            none_match, match = call.header("if-none-match"), call.header("if-match")
            etag = self._state.etag(bucket, key)
            if call.action in _WRITING and none_match == "*" and etag is not None:
                raise _failed("If-None-Match")
            if match is not None and etag is None:
                raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
            if match is not None and match.strip() != "*" and match.strip().strip('"') != etag:
                raise _failed("If-Match")
            if call.action == "CopyObject":
                self._check_copy(call)
        return next_handler(call)

    def _check_copy(self, call: RequestContext) -> None:
        """Refuse a copy of an object onto itself that changes nothing.

        docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
        """
        source = copy_source(call.request)
        here = (call.parameters["Bucket"], call.parameters["Key"])
        if source is None or source[:2] != here or source[2] is not None:
            return
        headers = call.request.headers
        replaces = headers.get("x-amz-metadata-directive", "").upper() == "REPLACE"
        if replaces or any(name.startswith(_CHANGES) for name in headers):
            return
        raise AwsError(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without "
            "changing the object's metadata, storage class, website redirect location or "
            "encryption attributes.",
        )


# Headers of a copy by which the object becomes another one where it is.
_CHANGES = (
    "x-amz-checksum-algorithm",
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
)


def _failed(condition: str) -> AwsError:
    return AwsError(
        "PreconditionFailed",
        f"At least one of the pre-conditions you specified did not hold: {condition}",
        412,
    )
