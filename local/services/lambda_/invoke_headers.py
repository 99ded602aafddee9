"""The headers of Invoke: the client's context, and whether the end of the log comes back.

docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import base64
import binascii
import json
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.request_context import RequestContext

_LONGEST_CONTEXT = 3583
_LOG_TYPES = ("None", "Tail")


def wants_log(call: RequestContext) -> bool:
    """Whether LogType asks for the end of the log; raises ValidationException."""
    wanted = call.header("x-amz-log-type") or "None"
    if wanted not in _LOG_TYPES:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{wanted:.80}' at 'logType' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(_LOG_TYPES)}]",
        )
    return wanted == "Tail"


def client_context(call: RequestContext) -> dict[str, Any] | None:
    """The JSON object of ClientContext, None without one; raises AwsError as Lambda does."""
    given = call.header("x-amz-client-context")
    if not given:
        return None
    if len(given) > _LONGEST_CONTEXT:
        raise AwsError(
            "InvalidRequestContentException",
            f"Client context must be at most {_LONGEST_CONTEXT} bytes, found {len(given)}",
        )
    try:
        context = json.loads(base64.b64decode(given, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        context = None
    if not isinstance(context, dict):
        raise AwsError(
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
        )
    return context
