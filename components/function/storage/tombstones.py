"""`tombstones/<id>.json`: evidence that an evaluation was deleted.

A tombstone holds the receipt of what was removed, but no result and no session content. It is
written before anything is removed, so that no export brings the evaluation back.
"""

from io import BytesIO
from typing import Any

from . import layout
from .bucket import OutputBucket, Stored, json_bytes


def write(bucket: OutputBucket, evaluation_id: str, document: dict[str, Any]) -> Stored:
    """Write the tombstone, over an earlier one."""
    body = BytesIO(json_bytes(document))
    return bucket.put(layout.tombstone(evaluation_id), body, evaluation_id)


def finalize(bucket: OutputBucket, evaluation_id: str, document: dict[str, Any]) -> None:
    """Write the tombstone with its receipt, and remove the versions that it replaces.

    Of two deletions at once each removes only what is older than its own; a version that a repeated
    call left is older too.
    """
    made = write(bucket, evaluation_id, document)
    bucket.remove(bucket.down_from(made.key, made.version)[1:])
