"""`manifests/<id>.json`: the last object of an export, which makes the export complete.

A manifest names every artifact with its version, size and SHA-256. It never expires, so that an
evaluation is exported once. Read the versions that it names, not the artifacts' current versions.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from ..responses import plain
from . import layout
from .bucket import OutputBucket, Stored, Version, json_bytes

_FROM_EVALUATION = (
    "batchEvaluationArn",
    "batchEvaluationId",
    "batchEvaluationName",
    "createdAt",
    "kmsKeyArn",
    "status",
    "updatedAt",
)
_COUNTS = (
    "numberOfSessionsCompleted",
    "numberOfSessionsFailed",
    "numberOfSessionsIgnored",
    "numberOfSessionsInProgress",
    "totalNumberOfSessions",
)


def build(
    evaluation: Mapping[str, Any],
    artifacts: Iterable[Stored],
    contents: Mapping[str, Any],
    moment: datetime,
) -> dict[str, Any]:
    """Return the manifest; `contents` says of each kind of result if it is there or why not."""
    results = evaluation.get("evaluationResults", {})
    return plain(
        {
            **{name: evaluation[name] for name in _FROM_EVALUATION if name in evaluation},
            "exportedAt": moment,
            "artifacts": [
                {
                    "key": artifact.key,
                    "versionId": artifact.version,
                    "size": artifact.size,
                    "sha256": artifact.sha256,
                }
                for artifact in artifacts
            ],
            "contents": contents,
            "counts": {name: results[name] for name in _COUNTS if name in results},
        }
    )


def write(bucket: OutputBucket, manifest: Mapping[str, Any]) -> Stored | None:
    """Write the manifest; None when another export was first."""
    evaluation_id = manifest["batchEvaluationId"]
    return bucket.put_new(
        layout.manifest(evaluation_id), BytesIO(json_bytes(manifest)), evaluation_id
    )


def read(bucket: OutputBucket, evaluation_id: str) -> dict[str, Any] | None:
    """Read a manifest; None when the evaluation is not exported."""
    loaded = bucket.load(layout.manifest(evaluation_id))
    return loaded.document if loaded else None


def named(manifest: Mapping[str, Any]) -> set[Version]:
    """Return the versions that a manifest names."""
    return {(entry["key"], entry["versionId"]) for entry in manifest.get("artifacts", ())}
