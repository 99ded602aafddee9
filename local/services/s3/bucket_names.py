"""Names that a bucket can have.

docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, general purpose buckets
"""

import re
from urllib.parse import unquote

from local.aws_api.aws_error import AwsError
from local.aws_api.request_context import RequestContext
from local.terminal import printable

_NAME = re.compile(r"(?!.*(?:\.\.|\.-|-\.))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+", re.ASCII)
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def check_bucket_names(call: RequestContext) -> None:
    """Raise InvalidBucketName for a bucket, or the bucket of a copy's source, of no such name."""
    names = [str(call.parameters["Bucket"])] if "Bucket" in call.parameters else []
    if source := call.header("x-amz-copy-source"):
        names.append(unquote(source).removeprefix("/").partition("/")[0])
    for name in names:
        if not is_bucket_name(name):
            raise AwsError(
                "InvalidBucketName", f"The specified bucket is not valid: {printable(name)}"
            )


def is_bucket_name(name: str) -> bool:
    """Tell whether a general purpose bucket can have this name."""
    return bool(
        _NAME.fullmatch(name)
        and not _ADDRESS.fullmatch(name)
        and not name.startswith(_PREFIXES)
        and not name.endswith(_SUFFIXES)
    )
