"""`evaluations/<id>/session-metadata.json`: links an evaluation to the request that started it.

GetBatchEvaluation does not return session metadata, so it is stored as soon as AgentCore has named
the evaluation; the export only takes the object into the manifest.
"""

from io import BytesIO

from ..storage import layout
from ..storage.bucket import OutputBucket, Stored, json_bytes
from . import tokens
from .records import Record


def link(bucket: OutputBucket, record: Record, evaluation_id: str) -> tuple[Stored, set[str]]:
    """Link the evaluation to its request; a repetition leaves the same version.

    Returns with it the evaluations under the request's token that were deleted. When this is one,
    the object is removed again: a deletion first spends the token and then looks for objects, so
    one of the two sees the other.
    """
    metadata = record.parameters.get("evaluationMetadata", {})
    document = {
        "clientToken": record.token,
        "requestDigest": record.digest,
        "sessionMetadata": metadata.get("sessionMetadata", []),
    }
    key = layout.session_metadata(evaluation_id)
    stored = bucket.put_same(key, BytesIO(json_bytes(document)), evaluation_id)
    deleted = tokens.deleted_under(bucket, record.token)
    if evaluation_id in deleted:
        bucket.remove([(stored.key, stored.version)])
    return stored, deleted


def linked(bucket: OutputBucket, record: Record, evaluation_id: str) -> bool:
    """Tell whether the evaluation is linked to this very request."""
    loaded = bucket.load(layout.session_metadata(evaluation_id))
    if loaded is None:
        return False
    known = loaded.document
    return (known["clientToken"], known["requestDigest"]) == (record.token, record.digest)
