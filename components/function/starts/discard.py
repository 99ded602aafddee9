"""Stops and deletes evaluations that must not exist: wrong key, or token already deleted."""

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import (
    ClientError,
    ConflictException,
    ControllerError,
    InternalServerException,
    code_of,
)
from ..invocation import Invocation
from ..storage import tombstones
from . import records
from .records import Record


def without_our_key(
    invocation: Invocation, record: Record, started: Mapping[str, Any]
) -> tuple[ControllerError, bool]:
    """Discard an evaluation that came back under another key or none.

    Only one that writes to our log group came of our request. Otherwise the token is known from
    somebody else's, and the evaluation is theirs. Returns the error to raise, and if that is the
    end of it: one that is still stopping is deleted by the next run, which asks for it again.
    """
    settings, evaluations = invocation.settings, invocation.clients.evaluations
    output = started.get("outputConfig", {}).get("cloudWatchConfig", {})
    if output.get("logGroupName") != settings.result_log_group:
        reason = f"clientToken: {record.token} belongs to an evaluation outside this environment"
        return ConflictException(reason), True
    evaluation_id = started["batchEvaluationId"]
    invocation.metrics.put(EvaluationsWithoutOurKey=1)
    invocation.log.warning("EvaluationWithoutOurKey", batchEvaluationId=evaluation_id)
    _try(evaluations.stop_batch_evaluation, evaluation_id)
    deleted = _try(evaluations.delete_batch_evaluation, evaluation_id)
    outcome = "deleted" if deleted else "stopped and will be deleted by the next export"
    error = InternalServerException(
        f"kmsKeyArn: expected {settings.evaluation_key_arn}, the service started {evaluation_id} "
        f"under {started.get('kmsKeyArn') or 'no customer key'}; it was {outcome}"
    )
    return error, deleted


def late(invocation: Invocation, record: Record, started: Mapping[str, Any]) -> ConflictException:
    """Discard the second evaluation of a token, whose first was deleted during its start.

    AgentCore forgets a token with its evaluation. The tombstone comes first: the record may be gone
    with the first evaluation, and the tombstone is what makes the next export run delete it.
    """
    evaluation_id = started["batchEvaluationId"]
    known = {name: started[name] for name in ("batchEvaluationArn", "batchEvaluationId")}
    document: dict[str, Any] = {**known, "clientToken": record.token, "receipt": {}}
    tombstones.write(invocation.bucket, evaluation_id, document)
    _try(invocation.clients.evaluations.stop_batch_evaluation, evaluation_id)
    records.remove(invocation.bucket, record)
    invocation.log.warning("LateStart", batchEvaluationId=evaluation_id, clientToken=record.token)
    return ConflictException(
        f"clientToken: the evaluation of {record.token} was deleted during this start, and "
        f"{evaluation_id}, which it made, is stopped and will be deleted by the next export; "
        "use a new one"
    )


def _try(act: Callable[..., object], evaluation_id: str) -> bool:
    """Stop or delete; False when the evaluation's status does not allow it."""
    try:
        act(batchEvaluationId=evaluation_id)
    except ClientError as error:
        if code_of(error) not in ("ConflictException", "ResourceNotFoundException"):
            raise
        return code_of(error) != "ConflictException"
    return True
