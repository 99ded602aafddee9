"""Errors under the names that AWS gives them: Lambda reports an exception's class as its type."""

import re
import traceback
from pathlib import Path
from typing import Any, cast

from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    BotoCoreError as BotoCoreError,
)
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    ClientError as ClientError,
)
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    ParamValidationError as ParamValidationError,
)


class ControllerError(Exception):
    """Base of what the controller answers instead of a result."""


class AccessDeniedException(ControllerError):
    """The environment, the key's policy or IAM does not allow it."""


class ConflictException(ControllerError):
    """The evaluation's state, or an earlier request, stands against it."""


class InternalServerException(ControllerError):
    """The service or the controller did what neither should do."""


class ResourceNotFoundException(ControllerError):
    """No such evaluation, or one that does not belong to this environment."""


class ServiceUnavailableException(ControllerError):
    """A service gave no answer within the time and the retries allowed."""


class ValidationException(ControllerError):
    """The request, or the key that it would run under, is not usable."""


class SettingsError(ControllerError):
    """The function's environment variables, or its SDK, are not what the code needs."""


# A code is a name that AWS made, or the HTTP status where an answer has no body.
_CODE = re.compile(r"(KMS\.)?[A-Z][A-Za-z]{0,63}|[45][0-9]{2}")


def code_of(error: ClientError) -> str:
    """Return the error code that the service answered with; `Unknown` for what is none."""
    code = str(cast(Any, error).response.get("Error", {}).get("Code", ""))
    return code if _CODE.fullmatch(code) else "Unknown"


def message_of(error: ClientError) -> str:
    """Return the service's own text, which may quote content: for recognising, not for telling."""
    return str(cast(Any, error).response.get("Error", {}).get("Message", ""))


def operation_of(error: ClientError) -> str:
    """Return the operation that was answered with the error."""
    return str(cast(Any, error).operation_name)


def reason_of(error: ClientError) -> str:
    """Return the reason that comes with a ValidationException."""
    return str(cast(Any, error).response.get("reason", ""))


def headers_of(error: ClientError) -> dict[str, str]:
    """Return the headers of the answer, their names in lower case."""
    return cast(Any, error).response.get("ResponseMetadata", {}).get("HTTPHeaders", {})


def fields_of(error: ClientError) -> list[str]:
    """Return the fields that a ValidationException names, as the service spells them."""
    entries = cast(list[dict[str, str]], cast(Any, error).response.get("fieldList") or [])
    return [entry.get("name", "") for entry in entries]


def places_of(error: Exception) -> list[str]:
    """Return the places in the code that an error went through, its origin last.

    They replace the message, which may hold a piece of what was being handled.
    """
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]


# The account has as many evaluations as it may, or the service is busy: both pass by themselves.
# docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html
FULL = ("ServiceQuotaExceededException", "ThrottlingException")


def is_final(error: ClientError) -> bool:
    """Tell whether the same call would be refused again, and not only at this moment."""
    status = cast(Any, error).response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return 400 <= status < 500 and status != 429 and code_of(error) not in FULL


def is_conflict(error: ClientError) -> bool:
    """Tell whether a start was refused for its name, or for another request under its token.

    The guide and the model differ on the answer to the latter:
    docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-start.html
    """
    mismatch = reason_of(error) == "IdempotentParameterMismatchException"
    return mismatch or code_of(error) == "ConflictException"


def is_key_unusable(error: ClientError) -> bool:
    """Tell whether S3 could not use the key for an object, for whatever reason.

    S3 passes KMS's errors on as `KMS.<name>`, and a refusal by the key's policy as AccessDenied
    whose text names the KMS action
    (docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
    """
    code = code_of(error)
    return code.startswith("KMS.") or (code == "AccessDenied" and "kms:" in message_of(error))
