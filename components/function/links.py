"""`evaluations/<id>/session-metadata.json`: an evaluation's link to the request that started it.

Session metadata is in no answer of the service, so it is stored as an artifact as soon as the
service has named the evaluation; the export only takes it into the manifest.
"""

from io import BytesIO

from . import tombstones
from .artifacts import ArtifactStore, Stored, json_bytes
from .records import Record

NAME = "session-metadata.json"


def key(evaluation_id: str) -> str:
    """Return the link's key."""
    return f"evaluations/{evaluation_id}/{NAME}"


def write(store: ArtifactStore, record: Record, evaluation_id: str) -> Stored:
    """Link the evaluation to its request; a repetition leaves the same version.

    When the evaluation was deleted meanwhile, what was written is removed again: a deletion first
    leaves its tombstone and then looks for objects, so one of the two sees the other.
    """
    metadata = record.parameters.get("evaluationMetadata", {})
    document = {
        "clientToken": record.token,
        "requestDigest": record.digest,
        "sessionMetadata": metadata.get("sessionMetadata", []),
    }
    stored = store.put_same(key(evaluation_id), BytesIO(json_bytes(document)), evaluation_id)
    if store.exists(tombstones.key(evaluation_id)):
        store.remove([(stored.key, stored.version)])
    return stored


def joins(store: ArtifactStore, record: Record, evaluation_id: str) -> bool:
    """Tell whether the evaluation is linked to this very request."""
    loaded = store.load(key(evaluation_id))
    if loaded is None:
        return False
    link = loaded.document
    return (link["clientToken"], link["requestDigest"]) == (record.token, record.digest)
