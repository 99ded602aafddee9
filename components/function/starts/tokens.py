"""`tokens/<token>/…`: why the start under a client token is not tried again.

AgentCore forgets a token with its evaluation, so a repetition (Lambda repeats an asynchronous
invocation for hours) would start a deleted evaluation anew. And a start that is refused while it
waits in the queue has no caller left to tell: the refusal is kept for whoever repeats the token.
"""

from io import BytesIO
from typing import Any

from ..aws.encryption_context import placeholder_id
from ..aws.error_translation import kind_of
from ..errors import ConflictException, ControllerError
from ..storage import layout
from ..storage.bucket import OutputBucket, json_bytes
from .records import Record, digest_of

_REFUSED = "refused"


def refuse(bucket: OutputBucket, record: Record, error: ControllerError) -> None:
    """Keep the refusal of a recorded start; another request under its token has its own."""
    document = {
        "error": type(error).__name__,
        "message": str(error),
        "requestDigest": record.digest,
    }
    key = f"{layout.tokens_of(record.token)}{_REFUSED}.json"
    bucket.put_same(key, BytesIO(json_bytes(document)), placeholder_id(record.name))


def spend(bucket: OutputBucket, token: str, evaluation_id: str) -> None:
    """Keep that the token's evaluation was deleted."""
    key = f"{layout.tokens_of(token)}{evaluation_id}.json"
    bucket.put_same(key, BytesIO(b"{}"), evaluation_id)


def deleted_under(bucket: OutputBucket, token: str) -> set[str]:
    """Return the ids of the token's evaluations that were deleted."""
    return bucket.ids(layout.tokens_of(token)) - {_REFUSED}


def require_fresh(bucket: OutputBucket, parameters: dict[str, Any]) -> None:
    """Raise ConflictException for a deleted evaluation's token, or what the start was refused with.

    One call for every other token.
    """
    token: str = parameters["clientToken"]
    for name in sorted(bucket.ids(layout.tokens_of(token))):
        if name != _REFUSED:
            raise ConflictException(
                f"clientToken: {token} was given for {name}, which was deleted; use a new one"
            )
        loaded = bucket.load(f"{layout.tokens_of(token)}{_REFUSED}.json")
        refusal = loaded.document if loaded else {}
        if refusal.get("requestDigest") == digest_of(parameters):
            raise kind_of(refusal["error"])(
                f"{refusal['message']}; so it was refused when its turn came; use a new clientToken"
            )
