"""Small objects that tie evaluations to their requests, as long as anybody may repeat one.

`evaluations/<id>/session-metadata.json` links an evaluation to the request that started it: session
metadata is in no answer of the service, so it is stored as soon as the service has named the
evaluation, and the export only takes it into the manifest.

`tombstones/<id>.json` marks a deleted evaluation and holds the receipt of what was removed, but no
result and no session content. It is written before anything is removed, so that no export can bring
the evaluation back.

`tokens/<token>/…` tells why the start under a client token will not be tried again. The service
forgets a token with its evaluation, so a repetition (Lambda's own of an asynchronous invocation,
hours later) would start a deleted evaluation anew. And a start that is refused while it waits in
the queue has nobody to tell it to but whoever repeats the token.
"""

from io import BytesIO
from typing import Any

from .artifacts import ArtifactStore, Stored, json_bytes, placeholder_id
from .errors import ConflictException, ControllerError
from .records import Record, digest_of
from .refusals import kind_of

TOMBSTONES = "tombstones/"

_REFUSED = "refused"


def link_key(evaluation_id: str) -> str:
    """Return the key of an evaluation's link."""
    return f"evaluations/{evaluation_id}/session-metadata.json"


def link(store: ArtifactStore, record: Record, evaluation_id: str) -> tuple[Stored, set[str]]:
    """Link the evaluation to its request; a repetition leaves the same version.

    Returns with it the evaluations under the request's token that were deleted. When this is one,
    what was written is removed again: a deletion first spends the token and then looks for objects,
    so one of the two sees the other.
    """
    metadata = record.parameters.get("evaluationMetadata", {})
    document = {
        "clientToken": record.token,
        "requestDigest": record.digest,
        "sessionMetadata": metadata.get("sessionMetadata", []),
    }
    stored = store.put_same(link_key(evaluation_id), BytesIO(json_bytes(document)), evaluation_id)
    deleted = deleted_under(store, record.token)
    if evaluation_id in deleted:
        store.remove([(stored.key, stored.version)])
    return stored, deleted


def linked(store: ArtifactStore, record: Record, evaluation_id: str) -> bool:
    """Tell whether the evaluation is linked to this very request."""
    loaded = store.load(link_key(evaluation_id))
    if loaded is None:
        return False
    known = loaded.document
    return (known["clientToken"], known["requestDigest"]) == (record.token, record.digest)


def tombstone_key(evaluation_id: str) -> str:
    """Return the key of an evaluation's tombstone."""
    return f"{TOMBSTONES}{evaluation_id}.json"


def bury(store: ArtifactStore, evaluation_id: str, document: dict[str, Any]) -> Stored:
    """Write the tombstone, over an earlier one."""
    return store.put(tombstone_key(evaluation_id), BytesIO(json_bytes(document)), evaluation_id)


def bury_for_good(store: ArtifactStore, evaluation_id: str, document: dict[str, Any]) -> None:
    """Write the tombstone with its receipt, and remove the versions that it replaces.

    Of two deletions at once each removes only what is older than its own; a version that a repeated
    call left is older too.
    """
    made = bury(store, evaluation_id, document)
    store.remove(store.down_from(made.key, made.version)[1:])


def refuse(store: ArtifactStore, record: Record, error: ControllerError) -> None:
    """Keep the refusal of a recorded start, which is not that of another under its token."""
    document = {
        "error": type(error).__name__,
        "message": str(error),
        "requestDigest": record.digest,
    }
    key = f"{_tokens(record.token)}{_REFUSED}.json"
    store.put_same(key, BytesIO(json_bytes(document)), placeholder_id(record.name))


def spend(store: ArtifactStore, token: str, evaluation_id: str) -> None:
    """Keep that the token's evaluation was deleted."""
    store.put_same(f"{_tokens(token)}{evaluation_id}.json", BytesIO(b"{}"), evaluation_id)


def deleted_under(store: ArtifactStore, token: str) -> set[str]:
    """Return the ids of the token's evaluations that were deleted."""
    return store.ids(_tokens(token)) - {_REFUSED}


def require_fresh(store: ArtifactStore, parameters: dict[str, Any]) -> None:
    """Raise ConflictException for a deleted evaluation's token, or what the start was refused with.

    One call for every other token.
    """
    token: str = parameters["clientToken"]
    for name in sorted(store.ids(_tokens(token))):
        if name != _REFUSED:
            raise ConflictException(
                f"clientToken: {token} was given for {name}, which was deleted; use a new one"
            )
        loaded = store.load(f"{_tokens(token)}{_REFUSED}.json")
        told = loaded.document if loaded else {}
        if told.get("requestDigest") == digest_of(parameters):
            raise kind_of(told["error"])(
                f"{told['message']}; so it was refused when its turn came; use a new clientToken"
            )


def _tokens(token: str) -> str:
    return f"tokens/{token}/"
