"""StopBatchEvaluation: refused for evaluations of other environments."""

from typing import Any

from ..errors import ClientError, ConflictException, code_of
from ..evaluations.lookup import find
from ..invocation import Invocation
from ..responses import answer

_STOPPING = ("STOPPING", "STOPPED")


def stop(invocation: Invocation, evaluation_id: str) -> dict[str, Any]:
    """Stop a waiting or running evaluation; one that is stopped already is a success.

    Raises ConflictException for one that ended otherwise.
    """
    evaluation = find(invocation, evaluation_id)
    if evaluation["status"] not in _STOPPING:
        try:
            return answer(
                invocation.clients.evaluations.stop_batch_evaluation(
                    batchEvaluationId=evaluation_id
                )
            )
        except ClientError as error:
            # The SDK repeats a call whose answer was lost, and the first may have stopped it.
            evaluation = find(invocation, evaluation_id)
            if code_of(error) != "ConflictException":
                raise
            if evaluation["status"] not in _STOPPING:
                raise ConflictException(
                    f"batchEvaluationId: {evaluation_id} is {evaluation['status']}; only what is "
                    "waiting or running can be stopped"
                ) from None
    members = ("batchEvaluationId", "batchEvaluationArn", "status", "description")
    return answer({name: evaluation[name] for name in members if name in evaluation})
