"""The receipt of a deletion: what was removed, and what AWS keeps."""

from collections.abc import Mapping
from typing import Any

from ..responses import answer
from ..storage.bucket import Version

# What nobody can delete, or what is not ours to delete.
KEPT = (
    "CloudTrail events of this evaluation, as long as the trail or event data store keeps them",
    "CloudWatch metrics of its scores, 15 months (they hold numbers, no text)",
    "the agents' own telemetry in the source log groups, as long as these retain it",
)


def build_receipt(removed: set[Version], stream: Mapping[str, Any]) -> dict[str, Any]:
    """Return the receipt: removed versions, the state of the log stream, and what AWS keeps."""
    return {
        "artifacts": [{"key": key, "versionId": version} for key, version in sorted(removed)],
        "logStream": stream,
        "kept": list(KEPT),
    }


def versions_in(tombstone: Mapping[str, Any]) -> set[Version]:
    """Return the versions that an earlier attempt has removed, as its tombstone lists them."""
    entries = tombstone.get("receipt", {}).get("artifacts", [])
    return {(entry["key"], entry["versionId"]) for entry in entries}


def deletion_answer(
    document: Mapping[str, Any], status: str, tombstone: str | None
) -> dict[str, Any]:
    """Return the answer of DeleteBatchEvaluation; `tombstone` is the key of the tombstone."""
    return answer(
        {
            "batchEvaluationId": document["batchEvaluationId"],
            "batchEvaluationArn": document["batchEvaluationArn"],
            "status": status,
        },
        receipt=document["receipt"],
        tombstone=tombstone,
    )
