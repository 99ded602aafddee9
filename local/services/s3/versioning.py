"""Suspended versioning, which moto takes for none: a PUT or DELETE would lose every version.

Importing this module changes moto's S3. In a bucket whose versioning is suspended a new object
takes the place of the version `null`, and so does the delete marker of a DELETE without version;
all other versions stay.
docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html,
DeletingObjectsfromVersioningSuspendedBuckets.html
"""

from typing import Any

from moto.s3.exceptions import InvalidBucketState, VersioningNotEnabledForReplication
from moto.s3.models import FakeBucket, S3Backend

_NULL = "null"
_put_object = S3Backend.put_object
_set_delete_marker = S3Backend._set_delete_marker
_put_replication = S3Backend.put_bucket_replication
_put_lock = S3Backend.put_object_lock_configuration


def _keeps_versions(self: FakeBucket) -> bool:
    """Whether versions are kept: once enabled, versioning can be suspended and not ended."""
    return self.versioning_status in ("Enabled", "Suspended")


def _put_in_place_of_null(
    self: S3Backend, bucket_name: str, key_name: str, *a: Any, **k: Any
) -> Any:
    new = _put_object(self, bucket_name, key_name, *a, **k)
    _become_null(self, bucket_name, key_name, new)
    return new


def _mark_in_place_of_null(self: S3Backend, bucket_name: str, key_name: str) -> Any:
    keys: Any = self.get_bucket(bucket_name).keys
    if key_name not in keys:  # S3 puts a marker there too, for which moto needs an object
        _put_object(self, bucket_name, key_name, b"", disable_notification=True)
        made = keys[key_name]
        marker = _set_delete_marker(self, bucket_name, key_name)
        keys.setlist(key_name, [one for one in keys.getlist(key_name) if one is not made])
    else:
        marker = _set_delete_marker(self, bucket_name, key_name)
    _become_null(self, bucket_name, key_name, marker)
    return marker


def _become_null(backend: S3Backend, bucket_name: str, key_name: str, new: Any) -> None:
    """Make the newest version the version `null`, in place of the one before."""
    bucket: Any = backend.get_bucket(bucket_name)
    if bucket.versioning_status != "Suspended":
        return
    new._version_id = _NULL
    others = [one for one in bucket.keys.getlist(key_name) if one is not new]
    bucket.keys.setlist(key_name, [*(o for o in others if o.version_id != _NULL), new])


def _replicate_if_enabled(self: S3Backend, bucket_name: str, *a: Any, **k: Any) -> None:
    if self.get_bucket(bucket_name).versioning_status != "Enabled":
        raise VersioningNotEnabledForReplication(bucket_name=bucket_name)
    _put_replication(self, bucket_name, *a, **k)


def _lock_if_enabled(self: S3Backend, bucket_name: str, *a: Any, **k: Any) -> None:
    if self.get_bucket(bucket_name).versioning_status != "Enabled":
        raise InvalidBucketState(
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock"
        )
    _put_lock(self, bucket_name, *a, **k)


FakeBucket.is_versioned = property(_keeps_versions)  # pyright: ignore[reportAttributeAccessIssue]
S3Backend.put_object = _put_in_place_of_null
S3Backend._set_delete_marker = _mark_in_place_of_null
S3Backend.put_bucket_replication = _replicate_if_enabled
S3Backend.put_object_lock_configuration = _lock_if_enabled
