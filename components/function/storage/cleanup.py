"""`sweeps/<moment>-<run>-<number>.json`: cleanup tasks, evaluations to look through once more.

An export or a deletion removes what others left over. But another run may write even after that and
be killed before it has looked, and until a run is over nobody can tell. So a run leaves a task for
what it exports, and removes the task when all went well; a deletion leaves one in any case.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import takewhile
from typing import Any, cast

from ..aws.deadline import LONGEST_RUN
from ..errors import ClientError, InternalServerException, is_key_unusable
from . import layout, manifests
from .bucket import OutputBucket, Version, json_bytes

_IN_A_TASK = 100
_TIME = "%Y%m%dT%H%M%S%fZ"


def schedule(
    bucket: OutputBucket, evaluation_ids: Sequence[str], now: datetime, run: str
) -> list[Version]:
    """Leave tasks for when no run of `now` goes on; none without a usable key.

    A run that has no time for the whole of a task begins it anew, so none is long.
    """
    due = (now + LONGEST_RUN).strftime(_TIME)
    tasks: list[Version] = []
    for start in range(0, len(evaluation_ids), _IN_A_TASK):
        some = evaluation_ids[start : start + _IN_A_TASK]
        key = f"{layout.CLEANUP_TASKS}{due}-{run}-{start}.json"
        body = BytesIO(json_bytes({"batchEvaluationIds": some}))
        try:
            made = bucket.put(key, body, some[0])
        except ClientError as error:
            if is_key_unusable(error):
                break
            raise
        tasks.append((made.key, made.version))
    return tasks


def due(bucket: OutputBucket, now: datetime) -> Iterator[str]:
    """Return the keys of the tasks whose moment has come."""
    latest = f"{layout.CLEANUP_TASKS}{now.strftime(_TIME)}"
    return takewhile(lambda key: key <= latest, bucket.keys(layout.CLEANUP_TASKS))


def perform(bucket: OutputBucket, key: str, deleted: set[str]) -> None:
    """Look through the evaluations of a task, and remove the task.

    Of deleted evaluations everything is removed, of exported ones what the manifest does not name.
    Raises InternalServerException for an object that the controller did not write.
    """
    task = bucket.load(key)
    ids: Any = task.document.get("batchEvaluationIds") if task else []
    if not isinstance(ids, list):
        raise InternalServerException(f"{key}: not written by the controller")
    for evaluation_id in cast(list[str], ids):
        remove_unnamed(bucket, evaluation_id, deleted=evaluation_id in deleted)
    bucket.remove(bucket.versions(key))


def remove_unnamed(bucket: OutputBucket, evaluation_id: str, *, deleted: bool) -> None:
    """Remove every version that the manifest does not name; the manifest too when it is deleted.

    Without a manifest the evaluation is still to be exported, and nothing is left over.
    """
    manifest = None if deleted else manifests.read(bucket, evaluation_id)
    if manifest or deleted:
        every = set(bucket.versions(layout.artifacts_of(evaluation_id)))
        if deleted:
            every |= set(bucket.versions(layout.manifest(evaluation_id)))
        bucket.remove(every - manifests.named(manifest or {}))
