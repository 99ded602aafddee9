"""S3's operations on objects that are answered here; the rest is refused.

moto takes an operation on an object that it does not know for GetObject or PutObject, by the
method alone: an answer would be the object's data that no key was asked for, or a new object.
"""

from local.call import Answer, Call
from local.faults import AwsError
from local.wire import Response

# Asked for their keys by the layer behind this one.
_WITH_DATA = frozenset(
    {"CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "GetObject", "HeadObject"}
    | {"PutObject", "UploadPart", "UploadPartCopy"}
)
# Take and give no data of an object, and moto knows each of them.
_WITHOUT_DATA = frozenset(
    {"AbortMultipartUpload", "DeleteObject", "DeleteObjectTagging", "GetObjectAcl"}
    | {"GetObjectAttributes", "GetObjectLegalHold", "GetObjectTagging", "ListParts"}
    | {"PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging"}
    | {"RestoreObject"}
)


def known_operations(call: Call, onward: Answer) -> Response:
    """Let a call through whose operation is known; raises NotImplemented as S3 does.

    docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    if "Key" in call.parameters and call.action not in _WITH_DATA | _WITHOUT_DATA:
        raise AwsError(
            "NotImplemented",
            f"{call.action}: the local endpoint has no such operation on objects",
            501,
        )
    return onward(call)
