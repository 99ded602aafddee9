"""The layout of the output bucket: every prefix and every key of an object.

| Key | Content |
|---|---|
| `requests/<time>-<token>.json` | a start that AgentCore has not answered yet |
| `tokens/<token>/<id>.json` | the token's evaluation was deleted |
| `tokens/<token>/refused.json` | the token's start was refused when its turn came |
| `evaluations/<id>/session-metadata.json` | the request that started the evaluation |
| `evaluations/<id>/progress.json` | how far the export of a long log stream has come |
| `evaluations/<id>/…` | artifacts |
| `manifests/<id>.json` | the export is complete |
| `tombstones/<id>.json` | the evaluation was deleted |
| `problems/<id>/…` see `back_off.py` | the export failed and is tried again later |
| `sweeps/…` see `cleanup.py` | what an interrupted run may have left |
"""

ARTIFACTS = "evaluations/"
REQUESTS = "requests/"
MANIFESTS = "manifests/"
TOMBSTONES = "tombstones/"
BACK_OFF = "problems/"
CLEANUP_TASKS = "sweeps/"


def artifacts_of(evaluation_id: str) -> str:
    """Return the prefix of an evaluation's artifacts."""
    return f"{ARTIFACTS}{evaluation_id}/"


def artifact(evaluation_id: str, name: str) -> str:
    """Return the key of one artifact."""
    return f"{artifacts_of(evaluation_id)}{name}"


def session_metadata(evaluation_id: str) -> str:
    """Return the key of the object that links an evaluation to its request."""
    return artifact(evaluation_id, "session-metadata.json")


def progress(evaluation_id: str) -> str:
    """Return the key of the progress of an unfinished export."""
    return artifact(evaluation_id, "progress.json")


def manifest(evaluation_id: str) -> str:
    """Return the key of an evaluation's manifest."""
    return f"{MANIFESTS}{evaluation_id}.json"


def tombstone(evaluation_id: str) -> str:
    """Return the key of an evaluation's tombstone."""
    return f"{TOMBSTONES}{evaluation_id}.json"


def tokens_of(token: str) -> str:
    """Return the prefix of what is known of a client token."""
    return f"tokens/{token}/"


def back_off_of(evaluation_id: str) -> str:
    """Return the prefix of an evaluation's back-off record."""
    return f"{BACK_OFF}{evaluation_id}/"
