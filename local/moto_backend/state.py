"""What moto has stored, read where its API gives no way to it."""

import base64
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import FakeDeleteMarker, s3_backends
from moto.scheduler.models import scheduler_backends
from moto.sqs.models import sqs_backends
from moto.sts.models import sts_backends

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget, Principal
from local.aws_api.principal_arns import is_principal_arn
from local.gateway.signature_v4 import Credential

_KEY_ID_LENGTH = 36
_ADMINISTRATOR: dict[str, Any] = {
    "Arn": "arn:aws:iam::aws:policy/AdministratorAccess",
    "CreateDate": "2015-02-06T18:39:46+00:00",
    "UpdateDate": "2015-02-06T18:39:46+00:00",
    "DefaultVersionId": "v1",
    "Path": "/",
    "Document": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    },
}


@dataclass(frozen=True)
class StoredFunction:
    """A Lambda function: its configuration as the API shows it, its zip, its limits.

    `event_invoke` is the FunctionEventInvokeConfig, empty when there is none.
    """

    configuration: dict[str, Any]
    code: bytes
    reserved_concurrency: int | None
    event_invoke: dict[str, Any]

    @property
    def name(self) -> str:
        """The function's name."""
        return str(self.configuration["FunctionName"])

    @property
    def arn(self) -> str:
        """The function's ARN, without a qualifier."""
        return str(self.configuration["FunctionArn"])


@dataclass(frozen=True)
class DeleteMarker:
    """A delete marker of S3: its version, and its time as HTTP headers write it."""

    version_id: str
    last_modified: str


class MotoState:
    """Reads and, where a service lacks the way, writes moto's backends, under moto's lock."""

    def __init__(self, place: DeploymentTarget, lock: threading.RLock) -> None:
        self._place = place
        self._lock = lock

    def create_administrator(self, name: str) -> tuple[str, str]:
        """Make an IAM user with AdministratorAccess; gives its access key id and secret."""
        with self._lock:
            iam = self._iam(self._place.account)
            # Loading all of AWS's managed policies would take seconds; this is the one of use here.
            policy = AWSManagedPolicy.from_data(
                "AdministratorAccess", self._place.account, self._place.region, _ADMINISTRATOR
            )
            iam.managed_policies[policy.arn] = policy
            iam.create_user(self._place.region, name)
            iam.attach_user_policy(policy.arn, name)
            return _access_key(iam, name)

    def create_user(self, name: str, policy: Mapping[str, Any]) -> tuple[str, str]:
        """Make an IAM user with one inline policy; gives its access key id and secret."""
        with self._lock:
            iam = self._iam(self._place.account)
            iam.create_user(self._place.region, name)
            iam.put_user_policy(name, name, json.dumps(policy))
            return _access_key(iam, name)

    def credential(self, access_key_id: str) -> Credential | None:
        """What IAM or STS issued under this access key id, None when nothing was."""
        with self._lock:
            return self._user_credential(access_key_id) or self._session_credential(access_key_id)

    def principal_exists(self, arn: str) -> bool:
        """Whether an IAM principal of ours exists; of another account nothing can be known."""
        if arn == "*" or (arn.isdigit() and len(arn) == 12):
            return True
        if not is_principal_arn(arn) or arn.split(":")[1] != self._place.partition:
            return False
        account, resource = arn.split(":", 5)[4:]
        kind, _, rest = resource.partition("/")
        if account != self._place.account or resource == "root":
            return True
        with self._lock:
            iam = self._iam(account)
            if kind == "assumed-role":
                return any(role.name == rest.split("/")[0] for role in iam.roles.values())
            known = iam.users if kind == "user" else iam.roles
            return any(entry.arn == arn for entry in known.values())

    def bucket_owner(self, bucket: str) -> str | None:
        """The account that owns a bucket, None when there is no such bucket."""
        with self._lock:
            owner = s3_backends.bucket_accounts.get(bucket)
        return owner[1] if owner else None

    def bucket_encryption(self, bucket: str) -> dict[str, Any]:
        """The default encryption of a bucket (`SSEAlgorithm`, …, `BucketKeyEnabled`), or {}."""
        owner = self.bucket_owner(bucket)
        if owner is None:
            return {}
        with self._lock:
            found = s3_backends[owner][self._place.partition].get_bucket(bucket)
            rule = (found.encryption or {}).get("Rule", {})
        default = dict(rule.get("ApplyServerSideEncryptionByDefault", {}))
        default["BucketKeyEnabled"] = str(rule.get("BucketKeyEnabled", "false")).lower() == "true"
        return default

    def object_ownership(self, bucket: str) -> str | None:
        """The ObjectOwnership of a bucket, None when its controls were deleted or it is not."""
        owner = self.bucket_owner(bucket)
        if owner is None:
            return None
        with self._lock:
            found = s3_backends[owner][self._place.partition].get_bucket(bucket).ownership_rule
        return None if found is None else str(found)

    def set_object_ownership(self, bucket: str, ownership: str) -> None:
        """Change the ObjectOwnership of a bucket of our account."""
        with self._lock:
            s3_backends[self._place.account][self._place.partition].put_bucket_ownership_controls(
                bucket,
                ownership=ownership,  # pyright: ignore[reportArgumentType] - moto keeps the text
            )

    def current_version(self, bucket: str, key: str) -> str:
        """The version id of an object's current version, `null` without versioning."""
        owner = self.bucket_owner(bucket)
        if owner is None:
            return "null"
        with self._lock:
            found = s3_backends[owner][self._place.partition].get_object(bucket, key)
            return str((found and found.version_id) or "null")

    def delete_marker(self, bucket: str, key: str, version: str | None) -> DeleteMarker | None:
        """The delete marker that a version or, without one, the current version of a key is."""
        owner = self.bucket_owner(bucket)
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

    def key(self, account: str, name: str) -> dict[str, Any] | None:
        """The KeyMetadata of a KMS key by id, ARN, alias name or alias ARN; None when unknown."""
        with self._lock:
            kms = kms_backends[account][self._place.region]
            identifier = kms.get_key_id(name)
            if ":alias/" in name or name.startswith("alias/"):
                identifier = kms.get_key_id_from_alias(kms.get_alias_name(name)) or ""
            found = kms.keys.get(identifier)
            # An ARN of another Region names another key, even under the same id.
            if found is None or (":key/" in name and name != found.arn):
                return None
            metadata: dict[str, Any] = found.to_dict()["KeyMetadata"]
            # moto says nothing of the usage of the keys that AWS manages.
            return metadata | {"KeyUsage": metadata["KeyUsage"] or "ENCRYPT_DECRYPT"}

    def key_of_ciphertext(self, account: str, blob: str) -> str | None:
        """The id of the key that made a Base64 ciphertext, None when it is not ours."""
        try:
            identifier = base64.b64decode(blob)[:_KEY_ID_LENGTH].decode()
        except ValueError:
            return None
        return identifier if self.key(account, identifier) else None

    def await_key_material(self, account: str, identifier: str) -> None:
        """Put a key into the state in which it waits for imported material."""
        with self._lock:
            key = kms_backends[account][self._place.region].keys[identifier]
            key.key_state, key.enabled = "PendingImport", False

    def set_deletion_date(self, account: str, identifier: str, moment: float) -> None:
        """Set the moment at which a key that is pending deletion goes."""
        with self._lock:
            key = kms_backends[account][self._place.region].keys[identifier]
            key.deletion_date = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)

    def log_retention(self, account: str, group: str, stream: str) -> int | None:
        """The retention of a log group in days, None for ever; raises ResourceNotFoundException."""
        with self._lock:
            found = logs_backends[account][self._place.region].groups.get(group)
            if found is None:
                raise AwsError(
                    "ResourceNotFoundException", "The specified log group does not exist."
                )
            if stream not in found.streams:
                raise AwsError(
                    "ResourceNotFoundException", "The specified log stream does not exist."
                )
            return int(found.retention_in_days) if found.retention_in_days else None

    def store_log_events(
        self, account: str, group: str, stream: str, events: list[dict[str, Any]]
    ) -> str:
        """Append events to a log stream; gives the next sequence token."""
        with self._lock:
            found = logs_backends[account][self._place.region].groups[group]
            return found.put_log_events(stream, events)

    def change_query_results(
        self,
        account: str,
        query_id: str,
        change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
    ) -> None:
        """Put other rows in the place of those that a query of Logs Insights has found."""
        with self._lock:
            found = logs_backends[account][self._place.region].queries[query_id]
            found.results = change(found.results)

    def log_group_key(self, account: str, group: str) -> str | None:
        """The ARN of the KMS key of a log group; None without one, or without such a group."""
        with self._lock:
            found = logs_backends[account][self._place.region].groups.get(group)
            return found.kms_key_id if found else None

    def keep_log_group_key(self, account: str, group: str, key: str | None) -> None:
        """Give a log group this KMS key, or none; raises ResourceNotFoundException."""
        with self._lock:
            found = logs_backends[account][self._place.region].groups.get(group)
            if found is None:
                raise AwsError(
                    "ResourceNotFoundException", "The specified log group does not exist."
                )
            found.kms_key_id = key

    def queue_arn(self, account: str, name: str) -> str | None:
        """The ARN of a queue, None where there is none."""
        with self._lock:
            queue: Any = sqs_backends[account][self._place.region].queues.get(name)
            return str(queue.queue_arn) if queue else None

    def queue_key(self, account: str, name: str) -> str | None:
        """The KMS key of a queue, as it was given; None without one, or without such a queue."""
        with self._lock:
            queue: Any = sqs_backends[account][self._place.region].queues.get(name)
            return (queue.kms_master_key_id or None) if queue else None

    def function(self, account: str, name: str) -> StoredFunction | None:
        """A Lambda function by name, partial or full ARN; None when there is none of the kind."""
        parts = name.split(":")
        if "function" in parts:
            parts = parts[parts.index("function") + 1 :]
        if len(parts) > 2 or parts[1:] not in ([], ["$LATEST"]):
            return None
        with self._lock:
            backend = lambda_backends[account][self._place.region]
            found = next(
                (one for one in backend.list_functions() if one.function_name == parts[0]), None
            )
            if found is None:
                return None
            configs = found.event_invoke_config
            reserved = found.reserved_concurrency
            return StoredFunction(
                found.get_configuration(),
                found.code_bytes,
                None if reserved is None else int(reserved),
                configs[-1].response() if configs else {},
            )

    def reserved_concurrency(self, account: str) -> dict[str, int]:
        """The concurrent executions that each function has reserved."""
        with self._lock:
            functions: Any = lambda_backends[account][self._place.region].list_functions()
            return {
                one.function_name: int(one.reserved_concurrency)
                for one in functions
                if one.reserved_concurrency is not None
            }

    def code_sizes(self, account: str) -> list[int]:
        """The sizes in bytes of the functions' deployment packages."""
        with self._lock:
            functions: Any = lambda_backends[account][self._place.region].list_functions()
            return [int(one.code_size) for one in functions]

    def change_function(self, account: str, name: str, **members: Any) -> None:
        """Set attributes of a Lambda function that moto's own updates leave as they were."""
        with self._lock:
            for found in lambda_backends[account][self._place.region].list_functions():
                if found.function_name == name:
                    for member, value in members.items():
                        setattr(found, member, value)

    def forget_event_invoke_config(self, account: str, name: str) -> None:
        """Drop a FunctionEventInvokeConfig: moto would go on answering with the first one put."""
        with self._lock:
            for found in lambda_backends[account][self._place.region].list_functions():
                if found.function_name == name:
                    found.event_invoke_config = []

    def schedules(self) -> list[dict[str, Any]]:
        """Every schedule, as GetSchedule shows it."""
        with self._lock:
            backend = scheduler_backends[self._place.account][self._place.region]
            groups: list[Any] = list(backend.schedule_groups.values())
            return [one.to_dict() for group in groups for one in group.schedules.values()]

    def schedule_groups(self) -> set[str]:
        """The names of the schedule groups."""
        with self._lock:
            return set(scheduler_backends[self._place.account][self._place.region].schedule_groups)

    def _iam(self, account: str) -> Any:
        return iam_backends[account][self._place.partition]

    def _user_credential(self, access_key_id: str) -> Credential | None:
        for account in list(iam_backends):
            iam = self._iam(account)
            key = iam.access_keys.get(access_key_id)
            user = iam.users.get(key.user_name) if key and key.user_name else None
            if key is not None and user is not None and key.status == "Active":
                return Credential(
                    key.secret_access_key, Principal(user.arn, account, access_key_id)
                )
        return None

    def _session_credential(self, access_key_id: str) -> Credential | None:
        for account, backends in list(sts_backends.items()):
            session = backends[self._place.partition].get_assumed_role_from_access_key(
                access_key_id
            )
            if session is not None:
                return Credential(
                    session.secret_access_key,
                    Principal(session.arn, account, access_key_id, session.role_arn),
                    session.session_token,
                    session.expiration,
                )
        return None


def _access_key(iam: Any, user: str) -> tuple[str, str]:
    key = iam.create_access_key(user)
    # moto draws its secrets from a generator that can be predicted from what it gave out. In AWS's
    # own alphabet none begins with a hyphen, which commands would take for an option.
    key.secret_access_key = base64.b64encode(secrets.token_bytes(30)).decode()
    return key.access_key_id, key.secret_access_key
