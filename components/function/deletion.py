"""DeleteBatchEvaluation: everything of an evaluation goes but the proof that it went.

The service deletes the evaluation and its own artifacts, but neither per-session results in
CloudWatch Logs nor our exports, so those are removed here
(docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-delete.html). The tombstone
comes first and the evaluation goes last: as long as both are there the deletion is unfinished, and
the next call or tick finishes it. Without a usable key there can be no tombstone; then the
evaluation goes first, since what the service does not know any more is not exported.
"""

from collections.abc import Mapping
from typing import Any

from . import manifests, marks, problems, records, results, sweeps
from .answers import answer, plain
from .artifacts import ArtifactStore, Version
from .errors import (
    AccessDeniedException,
    ClientError,
    ConflictException,
    InternalServerException,
    ResourceNotFoundException,
    code_of,
    is_conflict,
    is_key_unusable,
)
from .invocation import Invocation
from .lookup import find
from .records import Record
from .scope import name_in_scope

# No status of the service: it does not know the evaluation any more.
_GONE = "GONE"

# What nobody can delete, or what is not ours to delete.
KEPT = (
    "CloudTrail events of this evaluation, as long as the trail or event data store keeps them",
    "CloudWatch metrics of its scores, 15 months (they hold numbers, no text)",
    "the agents' own telemetry in the source log groups, as long as these retain it",
)


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
    if evaluation["status"] not in (*results.FINISHED, results.DELETING):
        raise _not_ended(evaluation)
    return remove(invocation, evaluation)


def remove(invocation: Invocation, evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Remove a finished evaluation, or what an interrupted deletion has left of it."""
    settings, store = invocation.settings, invocation.store
    evaluation_id: str = evaluation["batchEvaluationId"]
    earlier = _read(invocation, marks.tombstone_key(evaluation_id)) or {}
    link = _read(invocation, marks.link_key(evaluation_id)) or earlier
    token: str | None = link.get("clientToken")
    output: dict[str, Any] = evaluation.get("outputConfig") or earlier.get("outputConfig", {})
    removed = _versions(store, evaluation_id) | _removed(earlier)
    document: dict[str, Any] = {
        "batchEvaluationArn": settings.evaluation_arn(evaluation_id),
        "batchEvaluationId": evaluation_id,
        "clientToken": token,
        "deletedAt": earlier.get("deletedAt") or plain(invocation.now()),
        "kmsKeyArn": settings.evaluation_key_arn,
        "outputConfig": output,
        "receipt": _receipt(removed, earlier.get("receipt", {}).get("logStream", {})),
    }
    tombstone = _write_tombstone(invocation, evaluation_id, document)
    status = results.DELETING
    if not tombstone:
        status = _delete_at_service(invocation, evaluation)
    else:
        sweeps.leave(invocation, [evaluation_id])
        if token:
            marks.spend(store, token, evaluation_id)
    _remove_records(invocation, evaluation, token)
    if tombstone and not token:
        # A start that was completed meanwhile has left its link before its record went.
        token = (_read(invocation, marks.link_key(evaluation_id)) or {}).get("clientToken")
        if token:
            marks.spend(store, token, evaluation_id)
    # Before the objects: without a tombstone only they tell a repetition that something is left.
    stream = _remove_stream(invocation, evaluation_id, output.get("cloudWatchConfig", {}))
    # Looked up again: an export may have gone on until it saw the tombstone.
    versions = _versions(store, evaluation_id)
    store.remove(versions)
    problems.clear(store, [evaluation_id])
    if stream["state"] == "Absent":
        stream = document["receipt"]["logStream"] or stream
    document["receipt"] = _receipt(removed | versions, stream)
    if tombstone:
        marks.bury_for_good(store, evaluation_id, document)
        status = _delete_at_service(invocation, evaluation)
    invocation.log.info("EvaluationDeleted", batchEvaluationId=evaluation_id, status=status)
    return _answer(document, status, tombstone)


def _receipt(removed: set[Version], stream: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "artifacts": [{"key": key, "versionId": version} for key, version in sorted(removed)],
        "logStream": stream,
        "kept": list(KEPT),
    }


def _removed(tombstone: Mapping[str, Any]) -> set[Version]:
    entries = tombstone.get("receipt", {}).get("artifacts", [])
    return {(entry["key"], entry["versionId"]) for entry in entries}


def _versions(store: ArtifactStore, evaluation_id: str) -> set[Version]:
    artifacts = store.versions(f"evaluations/{evaluation_id}/")
    return {*artifacts, *store.versions(manifests.key(evaluation_id))}


def _answer(document: Mapping[str, Any], status: str, tombstone: str | None) -> dict[str, Any]:
    return answer(
        {
            "batchEvaluationId": document["batchEvaluationId"],
            "batchEvaluationArn": document["batchEvaluationArn"],
            "status": status,
        },
        receipt=document["receipt"],
        tombstone=tombstone,
    )


def _left_over(invocation: Invocation, evaluation_id: str) -> dict[str, Any] | None:
    """Describe an evaluation of which only objects are left.

    Another tool deleted it, or a deletion without the key that was interrupted. None as well when
    there is a tombstone.
    """
    store, settings = invocation.store, invocation.settings
    if (
        not name_in_scope(settings, evaluation_id)
        or store.exists(marks.tombstone_key(evaluation_id))
        or not _versions(store, evaluation_id)
    ):
        return None
    manifest = _read(invocation, manifests.key(evaluation_id)) or {}
    place = manifest.get("contents", {}).get("sessionResults", {})
    # Where the service writes by itself, unless the manifest tells.
    usual = {"logGroupName": settings.result_log_group, "logStreamName": f"run-{evaluation_id}"}
    return {
        "batchEvaluationId": evaluation_id,
        "batchEvaluationName": evaluation_id.rpartition("-")[0],
        "outputConfig": {
            "cloudWatchConfig": {name: place.get(name, usual[name]) for name in usual}
        },
        "status": _GONE,
    }


def _repeated(invocation: Invocation, evaluation_id: str) -> dict[str, Any]:
    """Answer for an evaluation that is gone, by its tombstone."""
    known = name_in_scope(invocation.settings, evaluation_id)
    key = marks.tombstone_key(evaluation_id)
    tombstone = _read(invocation, key) if known else None
    if tombstone is None and known and invocation.store.exists(key):
        raise ConflictException(
            f"batchEvaluationId: {evaluation_id} was deleted; its receipt {key} cannot be read "
            f"while the key {invocation.settings.evaluation_key_arn} is not usable"
        )
    if tombstone is None:
        raise ResourceNotFoundException(
            f"batchEvaluationId: this environment has no evaluation {evaluation_id}"
        )
    return _answer(tombstone, results.DELETING, key)


def _read(invocation: Invocation, key: str) -> dict[str, Any] | None:
    """Read an object; None as well when the key, which deleting does not need, is unusable."""
    try:
        loaded = invocation.store.load(key)
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
        return marks.bury(invocation.store, evaluation_id, document).key
    except ClientError as error:
        if is_key_unusable(error):
            invocation.log.warning("NoTombstone", batchEvaluationId=evaluation_id)
            return None
        raise


def _remove_records(
    invocation: Invocation, evaluation: Mapping[str, Any], token: str | None
) -> None:
    """Remove records of the evaluation's start: repeated now, they would start it anew.

    Where no link tells its token, the service does. Others of its name may wait for it to go.
    """
    for key in records.keys(invocation.store):
        if token and records.token_of(key) != token:
            continue
        try:
            record = records.read(invocation.store, key)
            if (
                record
                and record.name == evaluation["batchEvaluationName"]
                and (token or _came_of(invocation, evaluation, record))
            ):
                marks.spend(invocation.store, record.token, evaluation["batchEvaluationId"])
                records.remove(invocation.store, record)
        except InternalServerException:
            continue
        except ClientError as error:
            if not is_key_unusable(error):
                raise


def _came_of(invocation: Invocation, evaluation: Mapping[str, Any], record: Record) -> bool:
    """Tell whether the record's start made the evaluation, which still has its name.

    Under its own token the service gives it again; under another it refuses the name. When another
    run has deleted it meanwhile, this starts a second one.
    """
    if evaluation["status"] not in results.FINISHED:
        return False
    try:
        known = invocation.clients.evaluations.start_batch_evaluation(**record.parameters)
    except ClientError as error:
        if is_conflict(error):
            return False
        raise
    known_id = known["batchEvaluationId"]
    deleted = marks.deleted_under(invocation.store, record.token)
    if deleted and known_id not in (*deleted, evaluation["batchEvaluationId"]):
        from .unwanted import discard_late

        discard_late(invocation, record, known)
    return known_id == evaluation["batchEvaluationId"]


def _remove_stream(
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


def _delete_at_service(invocation: Invocation, evaluation: Mapping[str, Any]) -> str:
    """Delete the evaluation and return its status; one on its way out or gone is a success."""
    evaluation_id = evaluation["batchEvaluationId"]
    if evaluation["status"] == _GONE:
        return results.DELETING
    try:
        deleted = invocation.clients.evaluations.delete_batch_evaluation(
            batchEvaluationId=evaluation_id
        )
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return results.DELETING
        if code_of(error) != "ConflictException":
            raise
        # The SDK repeats a call whose answer was lost.
        found = find(invocation, evaluation_id)
        if found["status"] != results.DELETING:
            raise _not_ended(found) from None
        return results.DELETING
    return deleted["status"]


def _not_ended(evaluation: Mapping[str, Any]) -> ConflictException:
    return ConflictException(
        f"batchEvaluationId: {evaluation['batchEvaluationId']} is {evaluation['status']}; "
        "stop it or let it end"
    )
