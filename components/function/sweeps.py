"""`sweeps/<moment>-<run>-<number>.json`: evaluations to look through once more, from a moment on.

Whoever exports or deletes removes what others left over. But another run may write even after that
and be killed before it has looked; until a run is over nobody can tell. So a run leaves a note of
what it exports, and takes it back when all went well; a deletion leaves one in any case.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import takewhile
from typing import Any, cast

from . import manifests
from .admission import LONGEST_RUN
from .artifacts import ArtifactStore, Version, json_bytes
from .errors import ClientError, InternalServerException, is_key_unusable
from .invocation import Invocation

PREFIX = "sweeps/"
_IN_A_NOTE = 100
_TIME = "%Y%m%dT%H%M%S%fZ"


def leave(invocation: Invocation, evaluation_ids: Sequence[str]) -> list[Version]:
    """Leave notes for when no run of now goes on; none without a usable key.

    A run that has no time for the whole of a note begins it anew, so none is long.
    """
    due = (invocation.now() + LONGEST_RUN).strftime(_TIME)
    notes: list[Version] = []
    for start in range(0, len(evaluation_ids), _IN_A_NOTE):
        some = evaluation_ids[start : start + _IN_A_NOTE]
        key = f"{PREFIX}{due}-{invocation.request_id}-{start}.json"
        body = BytesIO(json_bytes({"batchEvaluationIds": some}))
        try:
            made = invocation.store.put(key, body, some[0])
        except ClientError as error:
            if is_key_unusable(error):
                break
            raise
        notes.append((made.key, made.version))
    return notes


def due(invocation: Invocation) -> Iterator[str]:
    """Return the keys of the notes whose moment has come."""
    now = f"{PREFIX}{invocation.now().strftime(_TIME)}"
    return takewhile(lambda key: key <= now, invocation.store.keys(PREFIX))


def sweep(invocation: Invocation, key: str, deleted: set[str]) -> None:
    """Look through what a note names, and take it back.

    Of deleted evaluations all goes, of exported ones what the manifest does not name. Raises
    InternalServerException for a note that the controller did not write.
    """
    store = invocation.store
    note = store.load(key)
    ids: Any = note.document.get("batchEvaluationIds") if note else []
    if not isinstance(ids, list):
        raise InternalServerException(f"{key}: not written by the controller")
    for evaluation_id in cast(list[str], ids):
        clean(store, evaluation_id, deleted=evaluation_id in deleted)
    store.remove(store.versions(key))


def clean(store: ArtifactStore, evaluation_id: str, *, deleted: bool) -> None:
    """Remove every version that the manifest does not name, and this too when it is deleted.

    Without a manifest the evaluation is still to be exported, and nothing is left over.
    """
    manifest = None if deleted else manifests.read(store, evaluation_id)
    if manifest or deleted:
        every = set(store.versions(f"evaluations/{evaluation_id}/"))
        if deleted:
            every |= set(store.versions(manifests.key(evaluation_id)))
        store.remove(every - manifests.named(manifest or {}))
