"""`evaluations/<id>/progress.json`: how far the export of a long log stream has come.

A stream may be larger than what one run can read. After each shard but the last the object records
which shards are written and where the next begins, so a run that ends early loses at most one
shard. It is one of the evaluation's artifacts: it is removed with what the manifest does not name.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO

from ..storage import layout
from ..storage.bucket import OutputBucket, Stored, json_bytes
from .session_results import START, Counts, Position


@dataclass(frozen=True)
class Progress:
    """The shards that are written, what was counted up to their end, and where to go on."""

    shards: Sequence[Stored] = ()
    counts: Counts = field(default_factory=Counts)
    position: Position = START


def read(bucket: OutputBucket, evaluation_id: str) -> Progress:
    """Return the recorded progress; an empty one when a shard is missing or nothing was recorded.

    Also when another version of this code wrote it.
    """
    loaded = bucket.load(layout.progress(evaluation_id))
    noted = loaded.document if loaded else {}
    try:
        shards = [Stored(**entry) for entry in noted["shards"]]
        counts = Counts(**noted["counts"])
        position = Position(**noted["position"])
    except (KeyError, TypeError):
        return Progress()
    there = set(bucket.versions(layout.artifacts_of(evaluation_id)))
    if not there.issuperset((shard.key, shard.version) for shard in shards):
        return Progress()
    return Progress(shards, counts, position)


def write(bucket: OutputBucket, evaluation_id: str, progress: Progress) -> None:
    """Record the progress, over an earlier record."""
    shards = [{**asdict(shard), "created": False} for shard in progress.shards]
    document = {**asdict(progress), "shards": shards}
    bucket.put(layout.progress(evaluation_id), BytesIO(json_bytes(document)), evaluation_id)


def forget(bucket: OutputBucket, evaluation_id: str) -> None:
    """Let the next run begin anew."""
    bucket.remove(bucket.versions(layout.progress(evaluation_id)))
