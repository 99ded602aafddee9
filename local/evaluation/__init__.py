"""The batch evaluation operations of Amazon Bedrock AgentCore, answered on this machine."""

from local.evaluation.service import BatchEvaluationService as BatchEvaluationService
from local.evaluation.service import Pace as Pace
