"""Policy documents on their way in: malformed ones are refused, and so is a lock-out of KMS.

A document that could not be parsed could not be enforced either.
"""

import json
from collections.abc import Mapping
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.request_context import RequestContext
from local.moto_backend.policies_in_force import PoliciesInForce
from policies.iam import MalformedPolicyError, Policy, PolicyType, parse_policy
from policies.iam.language.policy_types import RULES

_IDENTITY = frozenset(
    {"CreatePolicy", "CreatePolicyVersion", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy"}
)
# Of a resource's policy the code is the service's own.
_CODES = {"logs": "InvalidParameterException", "sqs": "InvalidAttributeValue"}
_NOT_KEPT = ("PolicyArns.", "Tags.", "TransitiveTagKeys.")


def check_documents(call: RequestContext, stored: PoliciesInForce) -> None:
    """Raise the service's error for a policy in the request that it would not store."""
    if call.service == "sts" and any(name.startswith(_NOT_KEPT) for name in call.parameters):
        # moto would forget them, and the session have more rights than was asked for.
        raise AwsError(
            "InvalidParameterValue",
            "PolicyArns, Tags: expected none, because the local endpoint keeps only Policy",
        )
    for text, kind in _documents(call):
        bucket = call.parameters.get("Bucket")
        bucket_arn = stored.bucket_arn(bucket) if kind is PolicyType.BUCKET and bucket else None
        try:
            read_document(text, kind, bucket_arn)
        except AwsError as error:
            raise AwsError(_CODES.get(call.service, error.code), error.message) from None


def read_document(text: object, kind: PolicyType, bucket_arn: str | None = None) -> Policy:
    """The policy that a request brings; raises AwsError under the code of its kind.

    It is read as it will be stored: bytes that are no UTF-8, or half of a character, would come
    back as something else.
    """
    try:
        written = text.decode() if isinstance(text, bytes) else str(text)
        policy = parse_policy(written, kind, bucket_arn=bucket_arn)
        json.dumps(json.loads(written), ensure_ascii=False).encode()
    except MalformedPolicyError as error:
        raise AwsError(error.code, str(error)) from None
    except UnicodeError:
        raise AwsError(RULES[kind].code, "document: expected text in UTF-8") from None
    return policy


def _documents(call: RequestContext) -> list[tuple[object, PolicyType]]:
    given: Mapping[str, Any] = call.parameters
    match call.service, call.action:
        case "iam", action if action in _IDENTITY:
            return [(given.get("PolicyDocument"), PolicyType.IDENTITY)]
        case "iam", "CreateRole":
            return [(given.get("AssumeRolePolicyDocument"), PolicyType.TRUST)]
        case "iam", "UpdateAssumeRolePolicy":
            return [(given.get("PolicyDocument"), PolicyType.TRUST)]
        case "sts", "AssumeRole" | "GetFederationToken" if "Policy" in given:
            return [(given["Policy"], PolicyType.SESSION)]
        case "s3", "PutBucketPolicy":
            return [(call.request.body, PolicyType.BUCKET)]
        case "sqs", "CreateQueue" | "SetQueueAttributes":
            attributes: Any = given.get("Attributes") or {}
            policy = attributes.get("Policy") if isinstance(attributes, dict) else None
            return [(policy, PolicyType.RESOURCE)] if policy else []
        case "kms", "CreateKey" | "PutKeyPolicy" | "ReplicateKey" if "Policy" in given:
            return [(given["Policy"], PolicyType.KEY)]
        case "logs", "PutResourcePolicy" if "policyDocument" in given:
            return [(given["policyDocument"], PolicyType.RESOURCE)]
        case "logs", "PutDestinationPolicy":
            return [(given.get("accessPolicy"), PolicyType.RESOURCE)]
        case _:
            return []
