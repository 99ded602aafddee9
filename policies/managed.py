"""AWS's managed policies that allow the most, as far as rules ask: their texts are in no stack.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

import json
from collections.abc import Mapping

from . import documents
from .access import Policy, PolicyKind

_LOGS = ["logs:FilterLogEvents", "logs:Get*", "logs:StartLiveTail", "logs:StartQuery"]
_OBJECTS = ["s3:Get*", "s3:List*"]
_ALLOWS: Mapping[str, Mapping[str, object]] = {
    "AWSLambda_FullAccess": {"Action": "lambda:*"},
    "AdministratorAccess": {"Action": "*"},
    "AmazonEventBridgeFullAccess": {"Action": ["events:*", "pipes:*", "scheduler:*"]},
    "AmazonEventBridgeSchedulerFullAccess": {"Action": "scheduler:*"},
    "AmazonS3FullAccess": {"Action": "s3:*"},
    "AmazonS3ReadOnlyAccess": {"Action": _OBJECTS},
    "AmazonSQSFullAccess": {"Action": "sqs:*"},
    "BedrockAgentCoreFullAccess": {"Action": "bedrock-agentcore:*"},
    "CloudWatchFullAccess": {"Action": "logs:*"},
    "CloudWatchFullAccessV2": {"Action": "logs:*"},
    "CloudWatchLogsFullAccess": {"Action": "logs:*"},
    "CloudWatchLogsReadOnlyAccess": {"Action": _LOGS},
    "CloudWatchReadOnlyAccess": {"Action": _LOGS},
    "IAMFullAccess": {"Action": "iam:*"},
    "PowerUserAccess": {"NotAction": ["account:*", "iam:*", "organizations:*"]},
    "ReadOnlyAccess": {"Action": [*_LOGS, *_OBJECTS]},
}

EXACT = frozenset(("AdministratorAccess", "PowerUserAccess"))
"""Those that allow as much as AWS's text, as far as evaluations go, and no less."""


def managed(arn: str) -> Policy | None:
    """What a policy of AWS allows, if it is one of these."""
    start, _, name = arn.partition(":iam::aws:policy/")
    allowed = _ALLOWS.get(name) if start.startswith("arn:aws") else None
    if allowed is None:
        return None
    statement = {"Effect": "Allow", **allowed, "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    found = documents.parsed(text, PolicyKind.IDENTITY, name)
    return found if isinstance(found, Policy) else None
