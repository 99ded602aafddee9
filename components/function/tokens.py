"""`tokens/<token>/…`: why the start under a client token will not be tried again.

A start that is refused while it waits in the queue has nobody to tell it to, so the reason is kept
for whoever repeats the token.
"""

from io import BytesIO

from .artifacts import ArtifactStore, json_bytes
from .errors import ControllerError
from .preflight import placeholder_id
from .records import Record
from .refusals import kind_of

_REFUSED = "refused.json"


def refuse(store: ArtifactStore, record: Record, error: ControllerError) -> None:
    """Keep the refusal of a recorded start."""
    document = {"error": type(error).__name__, "message": str(error)}
    key = f"{_prefix(record.token)}{_REFUSED}"
    store.put_same(key, BytesIO(json_bytes(document)), placeholder_id(record.name))


def require_fresh(store: ArtifactStore, token: str) -> None:
    """Raise what the token's start was refused with; one call where it was not."""
    for key in store.keys(_prefix(token)):
        loaded = store.load(key)
        if loaded:
            told = loaded.document
            raise kind_of(told["error"])(
                f"{told['message']}; so it was refused when its turn came; use a new clientToken"
            )


def _prefix(token: str) -> str:
    return f"tokens/{token}/"
