"""S3's delete markers, which moto takes for nothing at all.

docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
"""

from dataclasses import replace

from local.aws_api.aws_error import AwsError, rendered
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.buckets import BucketState

_READING = frozenset(
    {"GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectTagging", "HeadObject"}
)


class DeleteMarkers:
    """A layer in front of moto's S3."""

    def __init__(self, state: BucketState) -> None:
        self._state = state

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Answer an S3 call; of a delete marker nothing but its deletion is allowed."""
        if call.action not in _READING:
            return next_handler(call)
        version = call.query("versionId")
        marker = self._state.delete_marker(
            str(call.parameters.get("Bucket")), str(call.parameters.get("Key")), version
        )
        if marker is None:
            return next_handler(call)
        headers = {"x-amz-delete-marker": "true", "x-amz-version-id": marker.version_id}
        if version is None:
            error = AwsError("NoSuchKey", "The specified key does not exist.", 404)
        else:
            error = AwsError(
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
                405,
            )
            headers |= {"allow": "DELETE", "last-modified": marker.last_modified}
        response = rendered(error, call.protocol, call.request_id)
        body = b"" if call.action == "HeadObject" else response.body
        return replace(response, headers={**response.headers, **headers}, body=body)
