"""Patches of moto that can only be made in place; importing this module applies them.

moto applies some policies itself, without their conditions, so that a Deny for plain HTTP denies
everything. Who may do what is decided before a call gets to moto.

moto writes access logs of S3 by itself, with nobody's rights; that none is delivered is allowed.
docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html, best-effort server log delivery

moto's SetQueueAttributes forgets the queue's policy unless the policy is among the attributes.
docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

moto's multi-Region keys have ids that the documented pattern of a key's ARN refuses.
docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html

For each request moto lists the members of a service's class, hundreds for IAM: once is enough.
"""

import uuid
from functools import cache
from typing import Any

import moto.core.responses
import moto.core.utils
import moto.kms.models
import moto.kms.responses
from moto.core.base_backend import AccountSpecificBackend
from moto.iam.access_control import PermissionResult
from moto.kms.responses import KmsResponse
from moto.s3.models import FakeBucket, S3Backend
from moto.sqs.models import Queue

from local.runtime.clients import isolated_session


def _leave_to_the_gate(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Stands in for moto's judgement of a bucket policy."""
    return PermissionResult.NEUTRAL


def _deliver_no_logs(self: S3Backend, request: object, bucket_name: str) -> None:
    """Stands in for moto's delivery of access logs."""


def _leave_key_policies_too(key: object, action: str) -> None:
    """Stands in for moto's judgement of a key policy."""


_set_attributes = Queue._set_attributes


def _set_only_these(self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
    """Stands in for moto's setting of a queue's attributes: the policy stays like any other."""
    # A new queue gets all of them, and has no policy to ask for yet.
    kept = {} if "Policy" in attributes else {"Policy": self.policy}
    _set_attributes(self, {**attributes, **kept}, now)


def _key_id(multi_region: bool = False) -> str:
    """Stands in for moto's ids of keys: `mrk-` and 32 hexadecimal digits, without hyphens."""
    made = uuid.uuid4()
    return f"mrk-{made.hex}" if multi_region else str(made)


_validate_key_id = KmsResponse._validate_cmk_id


def _validate_any_key_id(self: KmsResponse, key_id: str) -> None:
    """Stands in for moto's check, which takes no id of a multi-Region key as AWS makes it."""
    if key_id not in self.kms_backend.keys:
        _validate_key_id(self, key_id)


# moto asks boto3 for the names of Regions and services, in a session of the user's own profile.
_SESSION = isolated_session("us-east-1")

Queue._set_attributes = _set_only_these
moto.kms.models.generate_key_id = _key_id  # pyright: ignore[reportPrivateImportUsage]
KmsResponse._validate_cmk_id = _validate_any_key_id
S3Backend.log_incoming_request = _deliver_no_logs
FakeBucket.get_permission = _leave_to_the_gate
moto.kms.responses.validate_policy = _leave_key_policies_too  # pyright: ignore[reportPrivateImportUsage]
AccountSpecificBackend.get_session = lambda: _SESSION  # pyright: ignore[reportAttributeAccessIssue]
_members = cache(moto.core.utils.method_names_from_class)
moto.core.responses.method_names_from_class = _members  # pyright: ignore[reportPrivateImportUsage]
moto.core.utils.Session = lambda: _SESSION  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]
