"""What moto keeps of S3's buckets and objects that our layers ask for."""

import threading
from collections.abc import Mapping
from typing import Any

from moto.s3.models import FakeDeleteMarker, s3_backends

from local.aws_api.caller import DeploymentTarget

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


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
