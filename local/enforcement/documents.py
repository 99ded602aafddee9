"""Policy documents on their way in: malformed ones are refused, and so is a lock-out of KMS.

A document that could not be parsed could not be enforced either.
"""

from collections.abc import Mapping
from typing import Any

from local.call import Call
from local.enforcement.stored import Stored
from local.faults import AwsError
from policies.access import MalformedPolicyError, Policy, PolicyKind, parse_policy

_IDENTITY = frozenset(
    {"CreatePolicy", "CreatePolicyVersion", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy"}
)
_NOT_KEPT = ("PolicyArns.", "Tags.", "TransitiveTagKeys.")


def check_documents(call: Call, stored: Stored) -> None:
    """Raise the service's error for a policy in the request that it would not store."""
    if call.service == "sts" and any(name.startswith(_NOT_KEPT) for name in call.parameters):
        # moto would forget them, and the session have more rights than was asked for.
        raise AwsError(
            "InvalidParameterValue",
            "PolicyArns, Tags: expected none, because the local endpoint keeps only Policy",
        )
    for text, kind in _documents(call):
        bucket = call.parameters.get("Bucket")
        bucket_arn = stored.bucket_arn(bucket) if kind is PolicyKind.BUCKET and bucket else None
        read_document(text, kind, bucket_arn)


def read_document(text: object, kind: PolicyKind, bucket_arn: str | None = None) -> Policy:
    """The policy that a request brings; raises AwsError under the service's own code."""
    try:
        return parse_policy(str(text), kind, bucket_arn=bucket_arn)
    except MalformedPolicyError as error:
        raise AwsError(error.code, str(error)) from None


def _documents(call: Call) -> list[tuple[object, PolicyKind]]:
    given: Mapping[str, Any] = call.parameters
    match call.service, call.action:
        case "iam", action if action in _IDENTITY:
            return [(given.get("PolicyDocument"), PolicyKind.IDENTITY)]
        case "iam", "CreateRole":
            return [(given.get("AssumeRolePolicyDocument"), PolicyKind.TRUST)]
        case "iam", "UpdateAssumeRolePolicy":
            return [(given.get("PolicyDocument"), PolicyKind.TRUST)]
        case "sts", "AssumeRole" if "Policy" in given:
            return [(given["Policy"], PolicyKind.SESSION)]
        case "s3", "PutBucketPolicy":
            return [(call.request.body.decode("utf-8", "replace"), PolicyKind.BUCKET)]
        case "sqs", "CreateQueue" | "SetQueueAttributes":
            attributes: Any = given.get("Attributes") or {}
            policy = attributes.get("Policy") if isinstance(attributes, dict) else None
            return [(policy, PolicyKind.RESOURCE)] if policy else []
        case "kms", "CreateKey" | "PutKeyPolicy" if "Policy" in given:
            return [(given["Policy"], PolicyKind.KEY)]
        case _:
            return []
