"""`requests/<sequence>-<token>.json`: write-ahead records of starts.

A record is written before AgentCore is called and removed once the evaluation is linked to its
request, so a record that is found later belongs to an interrupted start. It holds session metadata,
so it is encrypted like an artifact, in the context of an id that no evaluation has.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, cast

from ..aws.encryption_context import placeholder_id
from ..errors import ConflictException, InternalServerException
from ..storage.bucket import OutputBucket, json_bytes
from ..storage.layout import REQUESTS

_SEQUENCE = "%Y%m%dT%H%M%S%fZ"
_SEQUENCE_LENGTH = len("20260131T093000000000Z")


@dataclass(frozen=True)
class Record:
    """One recorded start; `parameters` is the request as the service gets it, token included.

    `waits`: it may be queued when AgentCore has no room. `rewritten`: older versions exist.
    """

    key: str
    version: str
    parameters: dict[str, Any]
    waits: bool = True
    rewritten: bool = False

    @property
    def token(self) -> str:
        """The client token, which makes repetitions of the request the same one."""
        return self.parameters["clientToken"]

    @property
    def name(self) -> str:
        """The evaluation's name."""
        return self.parameters["batchEvaluationName"]

    @property
    def digest(self) -> str:
        """SHA-256 of the request: two requests under one token must have the same."""
        return digest_of(self.parameters)


def digest_of(parameters: dict[str, Any]) -> str:
    """Return the SHA-256 of a request, its token included."""
    return hashlib.sha256(json_bytes(parameters)).hexdigest()


def came_after(record: Record, moment: datetime) -> bool:
    """Tell whether the request came after a moment."""
    return record.key > f"{REQUESTS}{moment.strftime(_SEQUENCE)}"


def write(
    bucket: OutputBucket, parameters: dict[str, Any], moment: datetime, *, waits: bool
) -> Record:
    """Record a request under the moment at which it came, so that keys sort by age.

    Raises ConflictException when another one under its token came in the same microsecond.
    """
    sequence = moment.strftime(_SEQUENCE)
    key = f"{REQUESTS}{sequence}-{parameters['clientToken']}.json"
    body = BytesIO(json_bytes({"parameters": parameters, "queue": waits}))
    stored = bucket.put_new(key, body, placeholder_id(parameters["batchEvaluationName"]))
    if stored is None:
        raise ConflictException(f"clientToken: another start holds {parameters['clientToken']}")
    return Record(key, stored.version, parameters, waits)


def let_wait(bucket: OutputBucket, record: Record) -> Record:
    """Rewrite a record that must not wait, in its place: whoever repeats its token lets it.

    The run that wrote it removes no version but its own, so it cannot take this one back.
    """
    body = BytesIO(json_bytes({"parameters": record.parameters, "rewritten": True}))
    stored = bucket.put(record.key, body, placeholder_id(record.name))
    return Record(record.key, stored.version, record.parameters, rewritten=True)


def read(bucket: OutputBucket, key: str) -> Record | None:
    """Read a record; None when it was removed meanwhile.

    Raises InternalServerException for one that the controller did not write.
    """
    loaded = bucket.load(key)
    if loaded is None:
        return None
    parameters = loaded.document.get("parameters")
    record = Record(
        key,
        loaded.version,
        cast(dict[str, Any], parameters if isinstance(parameters, dict) else {}),
        loaded.document.get("queue") is not False,
        "rewritten" in loaded.document,
    )
    if not {"batchEvaluationName", "clientToken"} <= record.parameters.keys():
        raise InternalServerException(f"{key}: not written by the controller")
    return record


def keys(bucket: OutputBucket) -> Iterator[str]:
    """Return the keys of all records, oldest first."""
    return bucket.keys(REQUESTS)


def token_of(key: str) -> str:
    """Return the token in a record's key."""
    return key.removeprefix(REQUESTS)[_SEQUENCE_LENGTH + 1 :].removesuffix(".json")


def place(bucket: OutputBucket, own: Record) -> tuple[Record, list[str]]:
    """Return the oldest record under the same token, and the keys of all that came before it.

    It is `own`, or that of a start that came before. Both of two starts at once have written before
    they look, so both see the same oldest one.
    """
    before: list[str] = []
    for key in keys(bucket):
        if key == own.key:
            break
        found = read(bucket, key) if token_of(key) == own.token else None
        if found:
            return found, before
        before.append(key)
    return own, before


def remove(bucket: OutputBucket, record: Record) -> None:
    """Remove a record for good, with its session metadata.

    Where there are versions below, the next would come to light again.
    """
    own = (record.key, record.version)
    bucket.remove(bucket.down_from(*own) if record.rewritten else [own])
