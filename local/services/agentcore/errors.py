"""The errors of the batch evaluation operations, as the service model names and numbers them.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html
"""

import json
from collections.abc import Sequence
from typing import Any

from local.aws_api.http_messages import Response
from local.aws_api.service_model import Fault, told


class ServiceError(Exception):
    """An answer that is an error: its type, HTTP status, and what the body holds."""

    def __init__(self, code: str, status: int, message: str, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.body = {"message": message, **members}

    def response(self) -> Response:
        """Return it as sent: the type in a header, a readable message in the body."""
        headers = {"content-type": "application/json", "x-amzn-errortype": self.code}
        return Response(self.status, headers, json.dumps(self.body).encode())


def invalid(faults: Sequence[Fault]) -> ServiceError:
    """Return the ValidationException that names every fault at once."""
    fields = [{"name": fault.field, "message": fault.message} for fault in faults]
    return ServiceError(
        "ValidationException", 400, told(faults), reason="FieldValidationFailed", fieldList=fields
    )


def refused(field: str, message: str) -> ServiceError:
    """Return a ValidationException in the service's own words, which concerns one member."""
    fields = [{"name": field, "message": message}]
    return ServiceError(
        "ValidationException", 400, message, reason="FieldValidationFailed", fieldList=fields
    )


def unreadable(message: str) -> ServiceError:
    """Return the ValidationException for a body that is not the JSON of a request."""
    return ServiceError("ValidationException", 400, message, reason="CannotParse")


def conflict(message: str) -> ServiceError:
    return ServiceError("ConflictException", 409, message)


def over_quota(message: str) -> ServiceError:
    return ServiceError("ServiceQuotaExceededException", 402, message)


def throttled(operation: str, rate: int) -> ServiceError:
    return ServiceError(
        "ThrottlingException", 429, f"Rate exceeded: {operation} allows {rate} requests a second."
    )


def unknown_evaluation() -> ServiceError:
    """Return the recorded answer for an id that names nothing."""
    return ServiceError(
        "ResourceNotFoundException",
        404,
        "Failed to retrieve the resource because it doesn't exist. Retry the request with a "
        "different resource identifier.",
    )


def internal(message: str) -> ServiceError:
    return ServiceError("InternalServerException", 500, message)


def unknown_operation(method: str, path: str) -> ServiceError:
    """Return what an operation of the service that is not here is answered with."""
    return ServiceError("NotImplemented", 501, f"No operation answers {method} {path} here.")
