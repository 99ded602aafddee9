"""The encryption context of every object that belongs to an evaluation.

AgentCore encrypts its own artifacts under this pair, so the key policy's AllowCallerCryptoOps is
enough for ours too, and CloudTrail groups all use of the key by evaluation.
docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
"""

from ..settings import Settings

ENCRYPTION_CONTEXT_KEY = "aws:bedrock-agentcore:batchEvaluationArn"


def encryption_context(settings: Settings, evaluation_id: str) -> dict[str, str]:
    """Return the encryption context of one evaluation."""
    return {ENCRYPTION_CONTEXT_KEY: settings.evaluation_arn(evaluation_id)}


def placeholder_id(name: str) -> str:
    """Return an id that the name's key policy scope covers and that no evaluation has.

    It stands for an evaluation that has no id yet: AgentCore chooses the id at the start.
    """
    return f"{name}-0000000000"
