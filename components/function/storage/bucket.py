"""Client of the output bucket: every object is encrypted under the evaluation key.

Each object is written by a single PUT that names algorithm, key and encryption context. S3 Bucket
Keys are off: with them the context holds the bucket's ARN, and the callers' statement of the key
policy does not match (docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
There is no multipart upload: its parts carry none of these headers.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

from ..aws.encryption_context import encryption_context
from ..errors import ClientError, InternalServerException, code_of, headers_of
from ..settings import Settings

Version = tuple[str, str]
"""An object's key and one version of it."""

_RACES = 3
_DELETE_AT_ONCE = 1_000


@dataclass(frozen=True)
class Stored:
    """An object in the bucket; `created`: there was none under its key before."""

    key: str
    version: str
    sha256: str
    size: int
    created: bool


@dataclass(frozen=True)
class Loaded:
    """A JSON object's content and its version."""

    document: dict[str, Any]
    version: str


def json_bytes(document: Any) -> bytes:
    """Serialize a document the same way each time, so that equal documents are equal objects."""
    return utf8(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False))


def utf8(text: str) -> bytes:
    r"""Encode JSON text; half of a surrogate pair, which UTF-8 has no place for, as `\uXXXX`.

    A text that was cut after so many UTF-16 units may end in one.
    """
    return text.encode(errors="backslashreplace")


class OutputBucket:
    """The output bucket of one environment; every call names the account that must own it."""

    def __init__(self, s3: Any, settings: Settings) -> None:
        self._s3 = s3
        self._settings = settings
        self._bucket = {
            "Bucket": settings.output_bucket,
            "ExpectedBucketOwner": settings.account,
        }

    def put(self, key: str, body: BytesIO, evaluation_id: str) -> Stored:
        """Write an object, over whatever version is there."""
        return self._put(key, body, evaluation_id)

    def put_new(self, key: str, body: BytesIO, evaluation_id: str) -> Stored | None:
        """Write an object that must not exist yet; None when it does and holds other bytes.

        When it holds these, it was written before and the answer to that was lost.
        """
        for attempt in range(_RACES):
            try:
                return self._put(key, body, evaluation_id, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) == "PreconditionFailed":
                    found = self.read(key)
                    return found if found and found.sha256 == _sha256(body) else None
                # A deletion at the same moment: S3 asks to try again.
                # docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
                if code_of(error) != "ConditionalRequestConflict" or attempt == _RACES - 1:
                    raise
        raise AssertionError("unreachable")

    def put_same(
        self, key: str, body: BytesIO, evaluation_id: str, unless: str | None = None
    ) -> Stored:
        """Make sure that an object holds these bytes; a version that does already is kept.

        So an export that was interrupted, or two at once, leave one version and not several. Once
        the object `unless` is there, other bytes are not put over those that it may name: they are
        described as they are.
        """
        made = self.put_new(key, body, evaluation_id)
        if made:
            return made
        found = self.read(key) if unless and self.exists(unless) else None
        return found or self.put(key, body, evaluation_id)

    def read(self, key: str) -> Stored | None:
        """Describe the object's current version; None when there is none.

        Raises InternalServerException for an object that this code did not write.
        """
        return self.look_up(key)[0]

    def look_up(self, key: str) -> tuple[Stored | None, bool]:
        """Describe it like `read`, and tell whether a delete marker, as expiry leaves, hides it.

        docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
        """
        try:
            head = self._s3.head_object(Key=key, **self._bucket)
        except ClientError as error:
            if code_of(error) in ("404", "NoSuchKey"):
                return None, "x-amz-delete-marker" in headers_of(error)
            raise
        sha256 = head.get("Metadata", {}).get("sha256")
        if sha256 is None:
            raise InternalServerException(f"{key}: not written by the controller")
        version = head.get("VersionId", "null")
        return Stored(key, version, sha256, head["ContentLength"], False), False

    def load(self, key: str) -> Loaded | None:
        """Read a JSON object's current version; None when there is none.

        Raises InternalServerException for what is not a JSON object.
        """
        try:
            answer = self._s3.get_object(Key=key, **self._bucket)
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            raise
        with answer["Body"] as body:
            text = body.read()
        try:
            document = json.loads(text)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise InternalServerException(f"{key}: not written by the controller")
        return Loaded(cast(dict[str, Any], document), answer.get("VersionId", "null"))

    def exists(self, key: str) -> bool:
        """Tell whether an object is there; needs no key, as reading would."""
        page = self._s3.list_objects_v2(Prefix=key, MaxKeys=1, **self._bucket)
        return any(entry["Key"] == key for entry in page.get("Contents", []))

    def keys(self, prefix: str) -> Iterator[str]:
        """Return the keys of all objects under a prefix, in order; one call per 1,000."""
        pages = self._s3.get_paginator("list_objects_v2")
        for page in pages.paginate(Prefix=prefix, **self._bucket):
            yield from (entry["Key"] for entry in page.get("Contents", []))

    def ids(self, prefix: str) -> set[str]:
        """Return the names of all JSON objects under a prefix: ids of evaluations."""
        return {key.removeprefix(prefix).removesuffix(".json") for key in self.keys(prefix)}

    def versions(self, prefix: str) -> Iterator[Version]:
        """Return every version and delete marker under a prefix; one call per 1,000."""
        pages = self._s3.get_paginator("list_object_versions")
        for page in pages.paginate(Prefix=prefix, **self._bucket):
            for kind in ("Versions", "DeleteMarkers"):
                yield from ((entry["Key"], entry["VersionId"]) for entry in page.get(kind, []))

    def down_from(self, key: str, version: str) -> list[Version]:
        """Return a version of an object and all that are older; none when it is gone.

        S3 lists the latest first:
        docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
        """
        every, own = list(self.versions(key)), (key, version)
        return every[every.index(own) :] if own in every else []

    def remove(self, versions: Iterable[Version]) -> None:
        """Remove versions for good; those already gone count as removed."""
        every = list(versions)
        for start in range(0, len(every), _DELETE_AT_ONCE):
            objects = [
                {"Key": key, "VersionId": version}
                for key, version in every[start : start + _DELETE_AT_ONCE]
            ]
            answer = self._s3.delete_objects(
                Delete={"Objects": objects, "Quiet": True}, **self._bucket
            )
            if answer.get("Errors"):
                first = answer["Errors"][0]
                raise ClientError({"Error": first}, "DeleteObjects")

    def _put(self, key: str, body: BytesIO, evaluation_id: str, **condition: str) -> Stored:
        context = json.dumps(
            encryption_context(self._settings, evaluation_id), separators=(",", ":")
        )
        sha256 = _sha256(body)
        body.seek(0)
        answer = self._s3.put_object(
            Key=key,
            Body=body,
            ContentType="application/x-ndjson" if key.endswith("l") else "application/json",
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self._settings.evaluation_key_arn,
            SSEKMSEncryptionContext=base64.b64encode(context.encode()).decode(),
            BucketKeyEnabled=False,
            ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(),
            # HeadObject gives this to readers who may not use the key, unlike the checksum.
            Metadata={"sha256": sha256},
            **self._bucket,
            **condition,
        )
        size = body.getbuffer().nbytes
        return Stored(key, answer.get("VersionId", "null"), sha256, size, bool(condition))


def _sha256(body: BytesIO) -> str:
    return hashlib.sha256(body.getbuffer()).hexdigest()
