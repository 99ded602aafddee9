"""The layer that refuses, as each service does, a request that its documentation does not allow.

First comes what the service's model states, for every operation, then the table of limits that
models leave out. Batch evaluation requests are checked by their own service, a function's event
is anybody's JSON.
"""

from collections.abc import Mapping
from typing import Any

from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.request_input import STRICT, members
from local.aws_api.service_model import Fault, faults, told
from local.aws_api.xml_text import unwritable
from local.services.s3.bucket_names import check_bucket_names
from local.services.s3.digests import check_digests
from local.services.s3.request_validation import check_s3
from local.validation.constraints_table import check_values

# The codes for a value of another type and for one that breaks a constraint.
# https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html and its likes; CloudWatch
# Logs has InvalidParameterException instead, IAM and STS have ValidationError for all.
_CODES = {
    "cloudwatch": ("SerializationException", "ValidationError"),
    "iam": ("ValidationError", "ValidationError"),
    "kms": ("SerializationException", "ValidationException"),
    "lambda": ("SerializationException", "ValidationException"),
    "logs": ("SerializationException", "InvalidParameterException"),
    "scheduler": ("SerializationException", "ValidationException"),
    "sqs": ("SerializationException", "InvalidParameterValue"),
    "sts": ("ValidationError", "ValidationError"),
}


def check_request(call: RequestContext, next_handler: Answer) -> Response:
    """Let a call through whose input is what the model says; raises AwsError naming all faults."""
    if call.protocol == "query":
        _check_writable(call.parameters)
    if call.service == "s3":
        check_bucket_names(call)
        check_digests(call)
        check_values("s3", call.action, check_s3(call))
    if call.service not in _CODES or call.action == "Invoke":
        return next_handler(call)
    shape: Any = get_service_model(call.service).operation_model(call.action).input_shape
    if shape is not None:
        given = members(call, shape)
        found = list(faults(shape, given, STRICT))
        if found:
            raise _refusal(call.service, found)
        check_values(call.service, call.action, given)
    return next_handler(call)


def _check_writable(parameters: Mapping[str, Any]) -> None:
    """Raise ValidationError for a value that the answers of a query service cannot hold.

    IAM's own patterns for names, paths, descriptions and tags have none of these characters:
    docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html
    """
    for name, value in parameters.items():
        if isinstance(value, str) and (found := unwritable(value)):
            raise AwsError(
                "ValidationError",
                f"Value at '{name}' failed to satisfy constraint: expected characters of XML 1.0, "
                f"found {found!r}",
            )


def _refusal(service: str, found: list[Fault]) -> AwsError:
    of_type, of_constraint = _CODES[service]
    wrong = [fault for fault in found if fault.type]
    return AwsError(of_type if wrong else of_constraint, told(wrong or found))
