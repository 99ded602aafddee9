"""Pulumi components for AgentCore batch evaluations encrypted under your own KMS key."""

from .config.errors import InvalidInput, InvalidInputs, KeyNotUsable, LookupFailed, UnknownInput
from .controller import EvaluationController, EvaluationControllerArgs
from .environment import BatchEvaluationEnvironment, BatchEvaluationEnvironmentArgs
from .evaluation_key import EvaluationKey, EvaluationKeyArgs
from .operations_key import OperationsKey, OperationsKeyArgs
from .output_bucket import OutputBucket, OutputBucketArgs
from .result_logs import ResultLogs, ResultLogsArgs
from .roles import EvaluationRoles, EvaluationRolesArgs
from .settings.stack_file import settings_from_config

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
