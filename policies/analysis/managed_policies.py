"""AWS's managed policies, whose texts are in no stack.

`managed_policies.json` is written by tools/managed_policies.py. Of a policy that it lacks, AWS's
later ones, nothing is known.
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import cast

from ..iam import ESCALATION_ACTIONS, Policy, PolicyType
from ..model import policy_documents
from .evaluation_access import START

# What other rules ask of policies, besides escalation.
_READS = (
    "bedrock-agentcore:DeleteBatchEvaluation",
    "bedrock-agentcore:GetBatchEvaluation",
    "bedrock-agentcore:StopBatchEvaluation",
    "lambda:InvokeFunction",
    "logs:CreateExportTask",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:PutRetentionPolicy",
    "logs:StartLiveTail",
    "logs:StartQuery",
    "logs:Unmask",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionForReplication",
    "s3:PutObject",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
    "s3:UpdateObjectEncryption",
    "sqs:CancelMessageMoveTask",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:PurgeQueue",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "sqs:StartMessageMoveTask",
)

EXACT = frozenset(("AdministratorAccess", "PowerUserAccess"))
"""Those that allow as much as AWS's text, as far as evaluations go, and no less."""


def asked_about() -> frozenset[str]:
    """The actions, in lower case, that rules ask about."""
    return frozenset(
        action.lower() for action in (START, *_READS, *(row.action for row in ESCALATION_ACTIONS))
    )


def is_of_aws(arn: str) -> bool:
    """Whether an ARN is of a policy of AWS's own."""
    return arn.startswith("arn:aws") and ":iam::aws:policy/" in arn


@lru_cache(maxsize=1024)
def managed(arn: str) -> Policy | None:
    """What a policy of AWS allows; None if its text is not known."""
    name = arn.rpartition("/")[2]
    if not is_of_aws(arn) or name not in _statements():
        return None
    statements = _statements()[name]
    if not statements:
        return Policy(PolicyType.IDENTITY, name, "2012-10-17", ())
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    found = policy_documents.parsed(text, PolicyType.IDENTITY, name)
    return found if isinstance(found, Policy) else None


@lru_cache(maxsize=1)
def _statements() -> Mapping[str, Sequence[object]]:
    file = Path(__file__).with_name("managed_policies.json")
    return cast("Mapping[str, Sequence[object]]", json.loads(file.read_text("utf-8")))
