"""Deletes the log stream of per-session results, which AgentCore leaves behind.

docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-delete.html
"""

from collections.abc import Mapping
from typing import Any

from ..errors import ClientError, code_of
from ..invocation import Invocation


def remove_log_stream(
    invocation: Invocation, evaluation_id: str, config: Mapping[str, Any]
) -> dict[str, Any]:
    """Delete the log stream of per-session results when it is ours and this evaluation's alone."""
    group, stream = config.get("logGroupName"), config.get("logStreamName")
    where = {"logGroupName": group, "logStreamName": stream}
    if not stream:
        return {**where, "state": "Kept", "reason": "the service names no stream"}
    if group != invocation.settings.result_log_group:
        return {**where, "state": "Kept", "reason": "not in this environment's result log group"}
    if evaluation_id not in stream:
        reason = "its name does not say that it holds this evaluation alone"
        return {**where, "state": "Kept", "reason": reason}
    try:
        invocation.clients.logs.delete_log_stream(logGroupName=group, logStreamName=stream)
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return {**where, "state": "Absent"}
    return {**where, "state": "Deleted"}
