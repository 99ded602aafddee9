"""S3's operations that are answered here; the rest is refused.

moto takes an operation that it does not know for another, by method and path alone: a listing for
`?session`, a new bucket for `?abac`, the object's data for `?retention`.
"""

from local.call import Answer, Call
from local.faults import AwsError
from local.moto_functions import S3_OPERATIONS
from local.wire import Response


def known_operations(call: Call, onward: Answer) -> Response:
    """Let a call through whose operation is known; raises NotImplemented as S3 does.

    docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    if call.action not in S3_OPERATIONS:
        raise AwsError(
            "NotImplemented", f"{call.action}: the local endpoint has no such operation of S3", 501
        )
    return onward(call)
