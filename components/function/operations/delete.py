"""DeleteBatchEvaluation: returns a receipt, the same one when it is repeated."""

from typing import Any

from ..deletions.receipt import deletion_answer
from ..deletions.removal import GONE, artifact_versions, not_ended, read_document, remove
from ..errors import AccessDeniedException, ConflictException, ResourceNotFoundException
from ..evaluations import result_state
from ..evaluations.lookup import find
from ..evaluations.scope import name_in_scope
from ..invocation import Invocation
from ..storage import layout


def delete(invocation: Invocation, evaluation_id: str) -> dict[str, Any]:
    """Delete an evaluation of ours and return the service's answer with a receipt.

    A repetition returns the same receipt. Raises AccessDeniedException where the environment does
    not allow deletion, ConflictException for a status other than the final ones.
    """
    if not invocation.settings.allow_delete:
        raise AccessDeniedException(
            f"DeleteBatchEvaluation: the environment {invocation.settings.environment} does not "
            "allow deletion (its setting allowDelete is false)"
        )
    try:
        evaluation = find(invocation, evaluation_id)
    except ResourceNotFoundException:
        left = _left_over(invocation, evaluation_id)
        return remove(invocation, left) if left else _repeated(invocation, evaluation_id)
    if evaluation["status"] not in (*result_state.FINISHED, result_state.DELETING):
        raise not_ended(evaluation)
    return remove(invocation, evaluation)


def _left_over(invocation: Invocation, evaluation_id: str) -> dict[str, Any] | None:
    """Describe an evaluation of which only objects are left.

    Another tool deleted it, or a deletion without the key that was interrupted. None as well when
    there is a tombstone.
    """
    bucket, settings = invocation.bucket, invocation.settings
    if (
        not name_in_scope(settings, evaluation_id)
        or bucket.exists(layout.tombstone(evaluation_id))
        or not artifact_versions(bucket, evaluation_id)
    ):
        return None
    manifest = read_document(invocation, layout.manifest(evaluation_id)) or {}
    place = manifest.get("contents", {}).get("sessionResults", {})
    # Where the service writes by itself, unless the manifest tells.
    usual = {"logGroupName": settings.result_log_group, "logStreamName": f"run-{evaluation_id}"}
    return {
        "batchEvaluationId": evaluation_id,
        "batchEvaluationName": evaluation_id.rpartition("-")[0],
        "outputConfig": {
            "cloudWatchConfig": {name: place.get(name, usual[name]) for name in usual}
        },
        "status": GONE,
    }


def _repeated(invocation: Invocation, evaluation_id: str) -> dict[str, Any]:
    """Answer for an evaluation that is gone, by its tombstone."""
    known = name_in_scope(invocation.settings, evaluation_id)
    key = layout.tombstone(evaluation_id)
    tombstone = read_document(invocation, key) if known else None
    if tombstone is None and known and invocation.bucket.exists(key):
        raise ConflictException(
            f"batchEvaluationId: {evaluation_id} was deleted; its receipt {key} cannot be read "
            f"while the key {invocation.settings.evaluation_key_arn} is not usable"
        )
    if tombstone is None:
        raise ResourceNotFoundException(
            f"batchEvaluationId: this environment has no evaluation {evaluation_id}"
        )
    return deletion_answer(tombstone, result_state.DELETING, key)
