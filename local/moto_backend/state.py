"""Accessors of moto's state for which its API has no operation."""

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.scheduler.models import scheduler_backends
from moto.sqs.models import sqs_backends

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget
from local.aws_api.principal_arns import is_principal_arn

_KEY_ID_LENGTH = 36


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


class MotoState:
    """Reads and, where a service lacks the way, writes moto's backends, under moto's lock."""

    def __init__(self, place: DeploymentTarget, lock: threading.RLock) -> None:
        self._place = place
        self._lock = lock

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
