"""What one writes first: a handler whose clients are made when it is imported."""

from typing import Any

import boto3

evaluations, kms, s3 = (boto3.client(name) for name in ("bedrock-agentcore", "kms", "s3"))
CALLS = {
    "StartBatchEvaluation": evaluations.start_batch_evaluation,
    "GetBatchEvaluation": evaluations.get_batch_evaluation,
    "ListBatchEvaluations": evaluations.list_batch_evaluations,
}


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Pass the event on to the API."""
    return CALLS[event["operation"]](**event["parameters"])
