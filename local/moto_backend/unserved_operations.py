"""Operations by which moto would do more than what it was asked for, or fail ever after.

They make something that happens later, with later calls of others, and that moto does by itself:
it asks no policy and no key, and where a function is to run it wants to start a container.
"""

from collections.abc import Mapping

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext

_REASONS: Mapping[tuple[str, str], str] = {
    ("lambda", "CreateEventSourceMapping"): "it polls no sources of events",
    ("lambda", "InvokeAsync"): "Invoke takes its place, with InvocationType Event",
    ("logs", "CreateExportTask"): "it exports no log data to S3",
    ("logs", "PutSubscriptionFilter"): "it delivers log events to no destination",
    ("s3", "PutBucketNotificationConfiguration"): "it notifies Amazon EventBridge only",
}
# The elements of a notification configuration with a destination of their own, of either form.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
_DESTINATIONS = (b"TopicConfiguration", b"QueueConfiguration", b"FunctionConfiguration")


def refuse_unserved(call: RequestContext, next_handler: Answer) -> Response:
    """Let a call through unless it is one of these; raises NotImplemented."""
    reason = _REASONS.get((call.service, call.action))
    if reason is None or (call.service == "s3" and not _has_destination(call.request.body)):
        return next_handler(call)
    raise AwsError("NotImplemented", f"{call.action}: the local endpoint has none, {reason}", 501)


def _has_destination(document: bytes) -> bool:
    return any(name in document for name in _DESTINATIONS)
