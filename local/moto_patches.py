"""What in moto can only be changed in place; importing this module changes it.

moto applies some policies itself, without their conditions, so that a Deny for plain HTTP denies
everything. Who may do what is decided before a call gets to moto.

moto's SetQueueAttributes forgets the queue's policy unless the policy is among the attributes.
docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

For each request moto lists the members of a service's class, hundreds for IAM: once is enough.
"""

from functools import cache
from typing import Any

import moto.core.responses
import moto.core.utils
import moto.kms.responses
from moto.core.base_backend import AccountSpecificBackend
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.sqs.models import Queue

from local.services import isolated_session


def _leave_to_the_gate(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Stands in for moto's judgement of a bucket policy."""
    return PermissionResult.NEUTRAL


def _leave_key_policies_too(key: object, action: str) -> None:
    """Stands in for moto's judgement of a key policy."""


_set_attributes = Queue._set_attributes


def _set_only_these(self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
    """Stands in for moto's setting of a queue's attributes: the policy stays like any other."""
    # A new queue gets all of them, and has no policy to ask for yet.
    kept = {} if "Policy" in attributes else {"Policy": self.policy}
    _set_attributes(self, {**attributes, **kept}, now)


# moto asks boto3 for the names of Regions and services, in a session of the user's own profile.
_SESSION = isolated_session("us-east-1")

Queue._set_attributes = _set_only_these
FakeBucket.get_permission = _leave_to_the_gate
moto.kms.responses.validate_policy = _leave_key_policies_too  # pyright: ignore[reportPrivateImportUsage]
AccountSpecificBackend.get_session = lambda: _SESSION  # pyright: ignore[reportAttributeAccessIssue]
_members = cache(moto.core.utils.method_names_from_class)
moto.core.responses.method_names_from_class = _members  # pyright: ignore[reportPrivateImportUsage]
moto.core.utils.Session = lambda: _SESSION  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]
