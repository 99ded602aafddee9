"""What in moto can only be changed in place; importing this module changes it.

moto applies some policies itself, without their conditions, so that a Deny for plain HTTP denies
everything. Who may do what is decided before a call gets to moto.
"""

import moto.core.utils
import moto.kms.responses
from moto.core.base_backend import AccountSpecificBackend
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from local.services import isolated_session


def _leave_to_the_gate(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Stands in for moto's judgement of a bucket policy."""
    return PermissionResult.NEUTRAL


def _leave_key_policies_too(key: object, action: str) -> None:
    """Stands in for moto's judgement of a key policy."""


# moto asks boto3 for the names of Regions and services, in a session of the user's own profile.
_SESSION = isolated_session("us-east-1")

FakeBucket.get_permission = _leave_to_the_gate
moto.kms.responses.validate_policy = _leave_key_policies_too  # pyright: ignore[reportPrivateImportUsage]
AccountSpecificBackend.get_session = lambda: _SESSION  # pyright: ignore[reportAttributeAccessIssue]
moto.core.utils.Session = lambda: _SESSION  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]
