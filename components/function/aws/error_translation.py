"""Translates AWS errors into messages that quote no customer content.

A service's text may quote what was sent, whole, cut or escaped, and Lambda logs the message of
every error. So the text is searched for known causes and never repeated: a message states the code,
the operation, the fields that the model knows, and a permission that is missing.
"""

import re
from collections.abc import Iterator

from ..errors import (
    BotoCoreError,
    ClientError,
    ControllerError,
    InternalServerException,
    ParamValidationError,
    ServiceUnavailableException,
    code_of,
    fields_of,
    message_of,
    operation_of,
    reason_of,
)
from . import redaction, service_model
from .deadline import OutOfTime

_SERVICE = "bedrock-agentcore.amazonaws.com"

# The statement of the controller's role that grants each action, or of the key's policy.
GRANTED_BY = {
    "bedrock-agentcore:DeleteBatchEvaluation": "AllowEvaluations",
    "bedrock-agentcore:GetBatchEvaluation": "AllowEvaluations",
    "bedrock-agentcore:ListBatchEvaluations": "AllowStartAndList",
    "bedrock-agentcore:StartBatchEvaluation": "AllowStartAndList",
    "bedrock-agentcore:StopBatchEvaluation": "AllowEvaluations",
    "kms:Decrypt": "AllowCallerCryptoOps",
    "kms:DescribeKey": "AllowCallerAccess",
    "kms:GenerateDataKey": "AllowCallerCryptoOps",
    "logs:CreateLogGroup": "AllowResultLogs",
    "logs:CreateLogStream": "AllowResultLogs",
    "logs:DeleteLogStream": "AllowResultLogs",
    "logs:DescribeLogGroups": "AllowLogGroupSearch",
    "logs:FilterLogEvents": "AllowLogReading",
    "logs:GetLogEvents": "AllowLogReading",
    "logs:GetQueryResults": "AllowLogReading",
    "logs:PutLogEvents": "AllowResultLogs",
    "logs:PutRetentionPolicy": "AllowResultLogs",
    "logs:StartQuery": "AllowLogReading",
    "logs:TagResource": "AllowResultLogs",
    "s3:DeleteObjectVersion": "AllowExportObjects",
    "s3:GetObject": "AllowExportObjects",
    "s3:ListBucket": "AllowExportListing",
    "s3:ListBucketVersions": "AllowExportListing",
    "s3:PutObject": "AllowExportObjects",
}
_ACTION = re.compile(r"\b(?:bedrock-agentcore|kms|logs|s3):[A-Za-z]+")

# How the service words a missing permission of the log chain, in which it acts for the caller,
# without naming the action (docs.aws.amazon.com/bedrock-agentcore/latest/devguide/
# batch-evaluations-prereqs.html lists the actions).
_LOG_CHAIN = (
    (r"to create (?:CloudWatch )?log groups?", "logs:CreateLogGroup"),
    (r"to create (?:CloudWatch )?log streams?", "logs:CreateLogStream"),
    (r"set (?:CloudWatch )?log group retention", "logs:PutRetentionPolicy"),
    (r"to tag (?:CloudWatch )?log groups?", "logs:TagResource"),
    (r"Cannot verify log group", "logs:DescribeLogGroups"),
    (r"Logs query permissions", "logs:StartQuery"),
    (r"Logs query permissions", "logs:GetQueryResults"),
)


EXPLICIT_DENY = "a policy denies it explicitly"
# What stands against a right, whatever statement gives it.
# docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_BOUND = re.compile(
    "no (permissions boundary|((resource|service) control|session|VPC endpoint) policy) allows"
)


def from_sdk(error: ClientError | BotoCoreError | OutOfTime, note: str = "") -> ControllerError:
    """Return the SDK's error as one whose class is named as the service's code.

    A call without any answer, or without time for one, becomes ServiceUnavailableException; KMS's
    errors lose S3's prefix. `note` is added to the message.
    """
    if isinstance(error, ParamValidationError):
        return InternalServerException("a request that the SDK's model does not know")
    parts = [note] if note else []
    if isinstance(error, OutOfTime):
        return ServiceUnavailableException("; ".join(["the time of this run is used up", *parts]))
    if isinstance(error, BotoCoreError):
        reason = f"no answer from AWS ({type(error).__name__})"
        return ServiceUnavailableException("; ".join([reason, *parts]))
    code = code_of(error).removeprefix("KMS.")
    details = [f"{operation_of(error)}: {code}", *_details(error), *causes(error)]
    return kind_of(code)("; ".join([*details, *parts]))


def kind_of(code: str) -> type[ControllerError]:
    """Return the class of errors that is named as a service's code."""
    known = {kind.__name__: kind for kind in ControllerError.__subclasses__()}
    return known.get(code) or type(code, (ControllerError,), {})


def barrier(error: ClientError) -> str:
    """Tell why no further statement would give the right that is missing; nothing if one would."""
    if "explicit deny" in message_of(error):
        return EXPLICIT_DENY
    bound = _BOUND.search(message_of(error))
    return f"{bound[0]} it" if bound else ""


def causes(error: ClientError) -> list[str]:
    """Return the permissions whose lack the service's text tells of, and what would grant each."""
    text, operation = message_of(error), operation_of(error)
    actions = {action for action in _ACTION.findall(text) if action in GRANTED_BY}
    actions |= {action for words, action in _LOG_CHAIN if re.search(words, text, re.IGNORECASE)}
    barred = barrier(error)
    of_key = {action for action in actions if action.startswith("kms:")}
    details = [
        f"the controller's role lacks {action} "
        f"({barred or f'statement {GRANTED_BY[action]} of its policy'})"
        for action in sorted(actions - of_key)
    ]
    by_service = operation == "StartBatchEvaluation" and _SERVICE in text
    by_caller = not by_service or "the caller" in text or ":assumed-role/" in text
    for action in sorted(of_key):
        if by_caller:
            granted = barred or f"key policy {GRANTED_BY[action]}"
            details.append(f"the controller's role lacks {action} ({granted})")
        if by_service:
            granted = barred or "key policy AllowServicePrincipalAccess"
            details.append(f"{_SERVICE} lacks {action} ({granted})")
    if not details and operation == "StartBatchEvaluation" and is_about_key(error):
        details.append(
            "the key was not usable for the service; the caller's half was found in order before, "
            "so look at the key's policy for AllowServicePrincipalAccess"
        )
    return details


def is_about_key(error: ClientError) -> bool:
    """Tell whether the service refused because of the key, which may be usable again later.

    It checks the key at the start, as the caller and as itself:
    docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
    """
    return "kmsKeyArn" in fields_of(error) or tells_of_key(message_of(error))


def tells_of_key(*texts: str) -> bool:
    """Tell whether a text of the service gives the key as a cause."""
    return any(re.search(r"kmsKeyArn|\bkms\b", text, re.IGNORECASE) for text in texts)


def _details(error: ClientError) -> Iterator[str]:
    """Return reason and fields of a ValidationException, as far as the model knows them."""
    if operation_of(error) not in service_model.operations():
        return
    if reason_of(error) in service_model.shape_named("ValidationExceptionReason")["enum"]:
        yield reason_of(error)
    paths = {redaction.known_path(operation_of(error), name) for name in fields_of(error)} - {""}
    if paths:
        yield f"at {', '.join(sorted(paths))}"
