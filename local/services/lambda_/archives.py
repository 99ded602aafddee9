"""Lambda: deployment packages and layers that are no zip archive, or too large for a function.

docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, deployment package size
"""

import base64
import io
import zipfile
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext

_LARGEST = 262_144_000
# Where a request that creates holds its code; UpdateFunctionCode is its code.
_CODE = {"CreateFunction": "Code", "PublishLayerVersion": "Content"}


def check_archive(call: RequestContext, next_handler: Answer) -> Response:
    """Let a call through whose code Lambda can unpack; raises AwsError as Lambda does."""
    code: dict[str, Any] = {}
    if call.action == "UpdateFunctionCode":
        code = call.parameters
    elif member := _CODE.get(call.action):
        code = call.parameters.get(member) or {}
    if code.get("ZipFile"):
        _check(base64.b64decode(code["ZipFile"]))
    return next_handler(call)


def _check(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise AwsError(
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ) from None
    if size > _LARGEST:
        raise AwsError(
            "InvalidParameterValueException",
            f"Unzipped size must be smaller than {_LARGEST} bytes",
        )
