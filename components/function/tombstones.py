"""`tombstones/<id>.json`: the mark of a deleted evaluation, with the receipt of what was removed.

It is written before anything is removed, so that no export can bring the evaluation back, and is
overwritten with the receipt. It holds no result and no session content.
"""

from io import BytesIO
from typing import Any

from .artifacts import ArtifactStore, json_bytes

PREFIX = "tombstones/"


def key(evaluation_id: str) -> str:
    """Return the tombstone's key."""
    return f"{PREFIX}{evaluation_id}.json"


def write(store: ArtifactStore, evaluation_id: str, document: dict[str, Any]) -> str:
    """Write the tombstone, over an earlier one, and return its key."""
    store.put(key(evaluation_id), BytesIO(json_bytes(document)), evaluation_id)
    return key(evaluation_id)


def write_last(store: ArtifactStore, evaluation_id: str, document: dict[str, Any]) -> None:
    """Write the tombstone with its receipt, and remove the versions that it replaces.

    S3 lists the latest version first (docs.aws.amazon.com/AmazonS3/latest/API/
    API_ListObjectVersions.html). Of two deletions at once each removes only what is older than its
    own; a version that a repeated call left is older too.
    """
    made = store.put(key(evaluation_id), BytesIO(json_bytes(document)), evaluation_id)
    versions = list(store.versions(key(evaluation_id)))
    own = (made.key, made.version)
    store.remove(versions[versions.index(own) + 1 :] if own in versions else [])


def ids(store: ArtifactStore) -> set[str]:
    """Return the ids of all evaluations that have a tombstone."""
    return {name.removeprefix(PREFIX).removesuffix(".json") for name in store.keys(PREFIX)}
