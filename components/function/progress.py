"""`evaluations/<id>/progress.json`: how far the export of a long log stream has come.

A stream may be larger than what one run can read. After each shard but the last it is noted which
shards lie in the bucket and where the next begins, so a run that ends, in whatever way, loses no
more than one shard. It lies among the artifacts, so whatever removes what the manifest does not
name, or a deleted evaluation, removes it too.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO

from .artifacts import ArtifactStore, Stored, json_bytes
from .session_results import START, Counts, Position


@dataclass(frozen=True)
class Progress:
    """The shards that are written, what was counted up to their end, and where to go on."""

    shards: Sequence[Stored] = ()
    counts: Counts = field(default_factory=Counts)
    position: Position = START


def read(store: ArtifactStore, evaluation_id: str) -> Progress:
    """Return what was noted; none when a shard is no longer there, or nothing was.

    Nor when another version of this code has noted it.
    """
    loaded = store.load(_key(evaluation_id))
    noted = loaded.document if loaded else {}
    try:
        shards = [Stored(**entry) for entry in noted["shards"]]
        counts = Counts(**noted["counts"])
        position = Position(**noted["position"])
    except (KeyError, TypeError):
        return Progress()
    there = set(store.versions(f"evaluations/{evaluation_id}/"))
    if not there.issuperset((shard.key, shard.version) for shard in shards):
        return Progress()
    return Progress(shards, counts, position)


def note(store: ArtifactStore, evaluation_id: str, progress: Progress) -> None:
    """Note it, over what was noted before."""
    shards = [{**asdict(shard), "created": False} for shard in progress.shards]
    document = {**asdict(progress), "shards": shards}
    store.put(_key(evaluation_id), BytesIO(json_bytes(document)), evaluation_id)


def forget(store: ArtifactStore, evaluation_id: str) -> None:
    """Let the next run begin anew."""
    store.remove(store.versions(_key(evaluation_id)))


def _key(evaluation_id: str) -> str:
    return f"evaluations/{evaluation_id}/progress.json"
