"""`tokens/<token>/…`: why the start under a client token will not be tried again.

The service forgets a token with its evaluation, so a repetition (Lambda's own of an asynchronous
invocation, hours later) would start a deleted evaluation anew. And a start that is refused while it
waits in the queue has nobody to tell it to but whoever repeats the token.
"""

from io import BytesIO

from .artifacts import ArtifactStore, json_bytes, placeholder_id
from .errors import ConflictException, ControllerError
from .records import Record
from .refusals import kind_of

_REFUSED = "refused.json"


def refuse(store: ArtifactStore, record: Record, error: ControllerError) -> None:
    """Keep the refusal of a recorded start."""
    document = {"error": type(error).__name__, "message": str(error)}
    key = f"{_prefix(record.token)}{_REFUSED}"
    store.put_same(key, BytesIO(json_bytes(document)), placeholder_id(record.name))


def spend(store: ArtifactStore, token: str, evaluation_id: str) -> None:
    """Keep that the token's evaluation was deleted."""
    store.put_same(f"{_prefix(token)}{evaluation_id}.json", BytesIO(b"{}"), evaluation_id)


def require_fresh(store: ArtifactStore, token: str) -> None:
    """Raise ConflictException for a deleted evaluation's token, or what its start was refused with.

    One call for every other token.
    """
    for key in store.keys(_prefix(token)):
        name = key.removeprefix(_prefix(token))
        if name != _REFUSED:
            raise ConflictException(
                f"clientToken: {token} was given for {name.removesuffix('.json')}, which was "
                "deleted; use a new one"
            )
        loaded = store.load(key)
        if loaded:
            told = loaded.document
            raise kind_of(told["error"])(
                f"{told['message']}; so it was refused when its turn came; use a new clientToken"
            )


def _prefix(token: str) -> str:
    return f"tokens/{token}/"
