"""The batch evaluation operations of Amazon Bedrock AgentCore, answered on this machine."""

from local.services.agentcore.service import BatchEvaluationService as BatchEvaluationService
from local.services.agentcore.service import Pace as Pace
