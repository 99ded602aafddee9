"""Verifies the digests of an S3 request against its body.

A digest that does not fit means that another body was meant: S3 stores nothing then.
docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html and
docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; DeleteObjects must have one:
docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

import base64
import hashlib

from local.aws_api.aws_error import AwsError
from local.aws_api.request_context import RequestContext
from local.gateway.aws_chunked import DIGEST_SIZES, check_checksum

_PREFIX = "x-amz-checksum-"
# What begins so and is the value of no checksum.
_OTHERS = frozenset(f"{_PREFIX}{name}" for name in ("algorithm", "mode", "type"))
# Names the checksum that follows the chunks of a body.
_TRAILER = "x-amz-trailer"
# Whose checksum is that of the object that its parts make, and not of its document.
_OF_THE_OBJECT = frozenset({"CompleteMultipartUpload"})


def check_digests(call: RequestContext) -> None:
    """Raise what S3 answers to a digest that is none, or that is another body's."""
    headers, body = call.request.headers, call.request.body
    md5 = headers.get("content-md5")
    if md5 is not None:
        if _size(md5) != hashlib.md5(usedforsecurity=False).digest_size:
            raise AwsError("InvalidDigest", "The Content-MD5 you specified is not valid.")
        found = hashlib.md5(body, usedforsecurity=False).digest()
        if base64.b64encode(found).decode() != md5.strip():
            raise AwsError(
                "BadDigest", "The Content-MD5 you specified did not match what we received."
            )
    given = sorted(name for name in headers if name.startswith(_PREFIX) and name not in _OTHERS)
    if len(given) > 1:
        raise AwsError(
            "InvalidRequest",
            f"Expecting a single {_PREFIX} header. Multiple checksum Types are not allowed.",
        )
    if call.action == "DeleteObjects" and md5 is None and not given and _TRAILER not in headers:
        raise AwsError(
            "InvalidRequest",
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
        )
    for name in given:
        algorithm, value = name.removeprefix(_PREFIX), headers[name].strip()
        text = value.rpartition("-")[0] or value if call.action in _OF_THE_OBJECT else value
        if algorithm in DIGEST_SIZES and _size(text) != DIGEST_SIZES[algorithm]:
            raise AwsError("InvalidRequest", f"Value for {name} header is invalid.")
        if call.action not in _OF_THE_OBJECT:
            check_checksum(name, value, body)


def _size(text: str) -> int | None:
    """How many bytes a Base64 text stands for; None for what is no Base64."""
    try:
        return len(base64.b64decode(text.strip(), validate=True))
    except ValueError:
        return None
