"""Deletes an evaluation with its artifacts and leaves a tombstone as evidence.

AgentCore deletes the evaluation and its own artifacts, but neither per-session results in
CloudWatch Logs nor our exports, so those are removed here
(docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-delete.html). The tombstone
comes first and the evaluation goes last: as long as both exist the deletion is unfinished, and the
next call or run finishes it. Without a usable key there can be no tombstone; then the evaluation
goes first, since an evaluation that AgentCore does not know any more is not exported.
"""

from collections.abc import Mapping
from typing import Any

from ..errors import ClientError, ConflictException, code_of, is_key_unusable
from ..evaluations import result_state
from ..evaluations.lookup import find
from ..invocation import Invocation
from ..responses import plain
from ..starts import tokens
from ..storage import back_off, cleanup, layout, tombstones
from ..storage.bucket import OutputBucket, Version
from .log_stream import remove_log_stream
from .receipt import build_receipt, deletion_answer, versions_in
from .start_records import remove_start_records

# No status of AgentCore: it does not know the evaluation any more.
GONE = "GONE"


def remove(invocation: Invocation, evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Remove a finished evaluation, or what an interrupted deletion has left of it."""
    settings, bucket = invocation.settings, invocation.bucket
    evaluation_id: str = evaluation["batchEvaluationId"]
    earlier = read_document(invocation, layout.tombstone(evaluation_id)) or {}
    link = read_document(invocation, layout.session_metadata(evaluation_id)) or earlier
    token: str | None = link.get("clientToken")
    output: dict[str, Any] = evaluation.get("outputConfig") or earlier.get("outputConfig", {})
    removed = artifact_versions(bucket, evaluation_id) | versions_in(earlier)
    document: dict[str, Any] = {
        "batchEvaluationArn": settings.evaluation_arn(evaluation_id),
        "batchEvaluationId": evaluation_id,
        "clientToken": token,
        "deletedAt": earlier.get("deletedAt") or plain(invocation.now()),
        "kmsKeyArn": settings.evaluation_key_arn,
        "outputConfig": output,
        "receipt": build_receipt(removed, earlier.get("receipt", {}).get("logStream", {})),
    }
    tombstone = _write_tombstone(invocation, evaluation_id, document)
    status = result_state.DELETING
    if not tombstone:
        status = _delete_at_service(invocation, evaluation)
    else:
        cleanup.schedule(bucket, [evaluation_id], invocation.now(), invocation.request_id)
        if token:
            tokens.spend(bucket, token, evaluation_id)
    remove_start_records(invocation, evaluation, token)
    if tombstone and not token:
        # A start that was completed meanwhile has left its link before its record went.
        token = (read_document(invocation, layout.session_metadata(evaluation_id)) or {}).get(
            "clientToken"
        )
        if token:
            tokens.spend(bucket, token, evaluation_id)
    # Before the objects: without a tombstone only they tell a repetition that something is left.
    stream = remove_log_stream(invocation, evaluation_id, output.get("cloudWatchConfig", {}))
    # Looked up again: an export may have gone on until it saw the tombstone.
    versions = artifact_versions(bucket, evaluation_id)
    bucket.remove(versions)
    back_off.clear(bucket, [evaluation_id])
    if stream["state"] == "Absent":
        stream = document["receipt"]["logStream"] or stream
    document["receipt"] = build_receipt(removed | versions, stream)
    if tombstone:
        tombstones.finalize(bucket, evaluation_id, document)
        status = _delete_at_service(invocation, evaluation)
    invocation.log.info("EvaluationDeleted", batchEvaluationId=evaluation_id, status=status)
    return deletion_answer(document, status, tombstone)


def artifact_versions(bucket: OutputBucket, evaluation_id: str) -> set[Version]:
    """Return every version of an evaluation's artifacts and of its manifest."""
    artifacts = bucket.versions(layout.artifacts_of(evaluation_id))
    return {*artifacts, *bucket.versions(layout.manifest(evaluation_id))}


def read_document(invocation: Invocation, key: str) -> dict[str, Any] | None:
    """Read an object; None as well when the key, which deleting does not need, is unusable."""
    try:
        loaded = invocation.bucket.load(key)
    except ClientError as error:
        if is_key_unusable(error):
            return None
        raise
    return loaded.document if loaded else None


def _write_tombstone(
    invocation: Invocation, evaluation_id: str, document: dict[str, Any]
) -> str | None:
    """Write the tombstone; without a usable key there can be none, nor an export to hold off."""
    try:
        return tombstones.write(invocation.bucket, evaluation_id, document).key
    except ClientError as error:
        if is_key_unusable(error):
            invocation.log.warning("NoTombstone", batchEvaluationId=evaluation_id)
            return None
        raise


def _delete_at_service(invocation: Invocation, evaluation: Mapping[str, Any]) -> str:
    """Delete the evaluation and return its status; one on its way out or gone is a success."""
    evaluation_id = evaluation["batchEvaluationId"]
    if evaluation["status"] == GONE:
        return result_state.DELETING
    try:
        deleted = invocation.clients.evaluations.delete_batch_evaluation(
            batchEvaluationId=evaluation_id
        )
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return result_state.DELETING
        if code_of(error) != "ConflictException":
            raise
        # The SDK repeats a call whose answer was lost.
        found = find(invocation, evaluation_id)
        if found["status"] != result_state.DELETING:
            raise not_ended(found) from None
        return result_state.DELETING
    return deleted["status"]


def not_ended(evaluation: Mapping[str, Any]) -> ConflictException:
    """Return the error for an evaluation that still waits, runs or stops."""
    return ConflictException(
        f"batchEvaluationId: {evaluation['batchEvaluationId']} is {evaluation['status']}; "
        "stop it or let it end"
    )
