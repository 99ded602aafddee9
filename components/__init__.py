"""Pulumi components for AgentCore batch evaluations encrypted under your own KMS key."""

from .bucket import OutputBucket, OutputBucketArgs
from .controller import EvaluationController, EvaluationControllerArgs
from .environment import BatchEvaluationEnvironment, BatchEvaluationEnvironmentArgs
from .errors import InvalidInput, InvalidInputs, KeyNotUsable, LookupFailed, UnknownInput
from .key import EvaluationKey, EvaluationKeyArgs
from .logs import ResultLogs, ResultLogsArgs
from .operations_key import OperationsKey, OperationsKeyArgs
from .roles import EvaluationRoles, EvaluationRolesArgs
from .settings import settings_from_config

__all__ = [
    "BatchEvaluationEnvironment",
    "BatchEvaluationEnvironmentArgs",
    "EvaluationController",
    "EvaluationControllerArgs",
    "EvaluationKey",
    "EvaluationKeyArgs",
    "EvaluationRoles",
    "EvaluationRolesArgs",
    "InvalidInput",
    "InvalidInputs",
    "KeyNotUsable",
    "LookupFailed",
    "OperationsKey",
    "OperationsKeyArgs",
    "OutputBucket",
    "OutputBucketArgs",
    "ResultLogs",
    "ResultLogsArgs",
    "UnknownInput",
    "settings_from_config",
]
