"""CloudWatch Logs: keys of groups, the groups of streams, and destinations."""

from collections.abc import Sequence

from local.aws_api.request_context import RequestContext
from local.services.account import Account
from local.services.reference import Members, Reference, wrong_principal

_API = "AmazonCloudWatchLogs/latest/APIReference/API_"
_KEYS = "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"


def _policy(call: RequestContext, members: Members, account: Account) -> str | None:
    document = members.get("policyDocument") or members.get("accessPolicy")
    wrong = wrong_principal(document, account) if document else None
    return f"Invalid principal in policy: {wrong}" if wrong else None


REFERENCES: Sequence[Reference] = (
    Reference(
        "logs",
        ("AssociateKmsKey", "CreateLogGroup"),
        "kmsKeyId",
        "is the ARN of a symmetric key that exists and is enabled",
        "InvalidParameterException",
        "The specified KMS Key Id could not be found.",
        f"{_API}AssociateKmsKey.html",
    ),
    Reference(
        "logs",
        ("AssociateKmsKey", "CreateLogGroup"),
        "kmsKeyId",
        "lets `logs.REGION.amazonaws.com` in for the group, and the caller describe it",
        "AccessDeniedException",
        "The specified KMS key does not exist or is not allowed to be used with Arn",
        _KEYS,
    ),
    Reference(
        "logs",
        ("CreateLogStream", "PutLogEvents", "PutRetentionPolicy"),
        "logGroupName",
        "exists",
        "ResourceNotFoundException",
        "The specified log group does not exist",
        f"{_API}CreateLogStream.html",
    ),
    Reference(
        "logs",
        ("CreateExportTask", "PutSubscriptionFilter"),
        "destination",
        "not answered here: AWS refuses one that does not let CloudWatch Logs in",
        "NotImplemented",
        "the local endpoint has none",
        f"{_API}PutSubscriptionFilter.html",
        status=501,
    ),
    Reference(
        "logs",
        ("PutDestinationPolicy", "PutResourcePolicy"),
        "Principal of the policy",
        "exists",
        "InvalidParameterException",
        "Invalid principal in policy",
        f"{_API}PutResourcePolicy.html",
        _policy,
    ),
)
