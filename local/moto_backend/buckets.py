"""Accessors of moto's buckets and objects."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from typing import Any

from moto.s3.models import FakeDeleteMarker, s3_backends

from local.aws_api.caller import DeploymentTarget

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True)
class DeleteMarker:
    """A delete marker of S3: its version, and its time as HTTP headers write it."""

    version_id: str
    last_modified: str


class BucketState:
    """Reads and changes the buckets of moto, under moto's lock."""

    def __init__(self, place: DeploymentTarget, lock: threading.RLock) -> None:
        self._place = place
        self._lock = lock

    def etag(self, bucket: str, key: str, version: str | None = None) -> str | None:
        """The ETag of an object without quotes; None without one, and of a delete marker."""
        with self._lock:
            found = self._bucket(bucket)
            if found is None:
                return None
            if version is None:
                one = found.keys.get(key)
            else:
                versions = found.keys.getlist(key, default=[])
                one = next((each for each in versions if each.version_id == version), None)
            if one is None or isinstance(one, FakeDeleteMarker):
                return None
            return str(one.etag).strip('"')

    def exists(self, bucket: str) -> bool:
        """Whether there is a bucket of this name."""
        with self._lock:
            return self._bucket(bucket) is not None

    def owner(self, bucket: str) -> str | None:
        """The account that has a bucket."""
        with self._lock:
            found = self._bucket(bucket)
            return str(found.account_id) if found else None

    def public_access_block(self, bucket: str) -> Mapping[str, bool]:
        """Which of the four settings are on."""
        with self._lock:
            found = self._bucket(bucket)
            block = found.public_access_block if found else None
            if block is None:
                return dict.fromkeys(BLOCKS, False)
            given = block.to_config_dict()
            return {name: bool(given[name[0].lower() + name[1:]]) for name in BLOCKS}

    def block_public_access(self, bucket: str) -> None:
        """Turn all four settings on."""
        with self._lock:
            backend = s3_backends[self._place.account][self._place.partition]
            backend.put_public_access_block(bucket, dict.fromkeys(BLOCKS, "true"))

    def encryption(self, bucket: str) -> dict[str, Any]:
        """The default encryption of a bucket (`SSEAlgorithm`, …, `BucketKeyEnabled`), or {}."""
        owner = self.owner(bucket)
        if owner is None:
            return {}
        with self._lock:
            found = s3_backends[owner][self._place.partition].get_bucket(bucket)
            rule = (found.encryption or {}).get("Rule", {})
        default = dict(rule.get("ApplyServerSideEncryptionByDefault", {}))
        default["BucketKeyEnabled"] = str(rule.get("BucketKeyEnabled", "false")).lower() == "true"
        return default

    def ownership(self, bucket: str) -> str | None:
        """The ObjectOwnership of a bucket, None when its controls were deleted or it is not."""
        owner = self.owner(bucket)
        if owner is None:
            return None
        with self._lock:
            found = s3_backends[owner][self._place.partition].get_bucket(bucket).ownership_rule
        return None if found is None else str(found)

    def set_ownership(self, bucket: str, ownership: str) -> None:
        """Change the ObjectOwnership of a bucket of our account."""
        with self._lock:
            s3_backends[self._place.account][self._place.partition].put_bucket_ownership_controls(
                bucket,
                ownership=ownership,  # pyright: ignore[reportArgumentType] - moto keeps the text
            )

    def current_version(self, bucket: str, key: str) -> str:
        """The version id of an object's current version, `null` without versioning."""
        owner = self.owner(bucket)
        if owner is None:
            return "null"
        with self._lock:
            found = s3_backends[owner][self._place.partition].get_object(bucket, key)
            return str((found and found.version_id) or "null")

    def delete_marker(self, bucket: str, key: str, version: str | None) -> DeleteMarker | None:
        """The delete marker that a version or, without one, the current version of a key is."""
        owner = self.owner(bucket)
        if owner is None:
            return None
        with self._lock:
            found: Any = s3_backends[owner][self._place.partition].get_object(
                bucket, key, version_id=version, return_delete_marker=True
            )
            if not isinstance(found, FakeDeleteMarker):
                return None
            modified = found.last_modified.replace(tzinfo=UTC)
            return DeleteMarker(found.version_id, format_datetime(modified, usegmt=True))

    def policy(self, bucket: str) -> str | None:
        """The text of a bucket's policy."""
        with self._lock:
            found = self._bucket(bucket)
            if found is None or found.policy is None:
                return None
            policy = found.policy
            return policy.decode("utf-8", "replace") if isinstance(policy, bytes) else str(policy)

    def _bucket(self, name: str) -> Any:
        for backends in list(s3_backends.values()):
            found = backends[self._place.partition].buckets.get(name)
            if found is not None:
                return found
        return None
