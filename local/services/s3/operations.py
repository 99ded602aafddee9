"""S3's operations that are answered here; the rest is refused.

moto takes an operation that it does not know for another, by method and path alone: a listing for
`?session`, a new bucket for `?abac`, the object's data for `?retention`.
"""

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.moto_backend.dispatch import S3_OPERATIONS


def known_operations(call: RequestContext, next_handler: Answer) -> Response:
    """Let a call through whose operation is known; raises NotImplemented as S3 does.

    docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    if call.action not in S3_OPERATIONS:
        raise AwsError(
            "NotImplemented", f"{call.action}: the local endpoint has no such operation of S3", 501
        )
    return next_handler(call)
