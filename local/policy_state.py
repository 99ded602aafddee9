"""The policies of functions, layers and queues that moto keeps, read and written in place.

moto's own operations store what cannot be read again: a principal without its kind, an account id
that is none. docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import json
import threading
import uuid
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import lambda_backends
from moto.sqs.models import sqs_backends

from local.principals import Place

Document = dict[str, Any]


@dataclass(frozen=True)
class StoredPolicy:
    """The statements of a function's or a layer version's policy, its revision, and whose it is."""

    arn: str
    statements: tuple[Document, ...]
    revision: str


class PolicyState:
    """Reads and writes moto's backends, under moto's lock."""

    def __init__(self, place: Place, lock: threading.RLock) -> None:
        self._place = place
        self._lock = lock

    def function(self, account: str, name: str, qualifier: str | None) -> StoredPolicy | None:
        """The policy of a function, or of one of its versions; None without such a function."""
        with self._lock:
            found = self._function(account, name, qualifier)
            return _stored(found.function_arn.removesuffix(":$LATEST"), found) if found else None

    def layer(self, account: str, name: str, version: str) -> StoredPolicy | None:
        """The policy of a layer's version; None without such a version."""
        with self._lock:
            found = self._layer(account, name, version)
            return _stored(found.arn, found) if found else None

    def add_to_function(
        self, account: str, name: str, qualifier: str | None, statement: Document
    ) -> None:
        """Append a statement to a function's policy."""
        with self._lock:
            _append(self._function(account, name, qualifier), statement)

    def add_to_layer(self, account: str, name: str, version: str, statement: Document) -> None:
        """Append a statement to the policy of a layer's version."""
        with self._lock:
            _append(self._layer(account, name, version), statement)

    def remove_from_function(
        self, account: str, name: str, qualifier: str | None, sid: str
    ) -> None:
        """Take a statement out of a function's policy."""
        with self._lock:
            _remove(self._function(account, name, qualifier), sid)

    def remove_from_layer(self, account: str, name: str, version: str, sid: str) -> None:
        """Take a statement out of the policy of a layer's version."""
        with self._lock:
            _remove(self._layer(account, name, version), sid)

    def queue(self, account: str, name: str) -> Document | None:
        """The policy of a queue, with a list of statements; None without such a queue."""
        with self._lock:
            found: Any = sqs_backends[account][self._place.region].queues.get(name)
            if found is None:
                return None
            document: Document = json.loads(found.policy or '{"Version": "2012-10-17"}')
            statements = document.get("Statement", [])
            listed = [statements] if isinstance(statements, dict) else list(statements)
            return {**document, "Statement": listed}

    def keep_queue(self, account: str, name: str, document: Document) -> None:
        """Give a queue this policy; without statements it has none."""
        with self._lock:
            found: Any = sqs_backends[account][self._place.region].queues[name]
            found.policy = json.dumps(document) if document["Statement"] else None

    def _function(self, account: str, name: str, qualifier: str | None) -> Any:
        backend: Any = lambda_backends[account][self._place.region]
        try:
            return backend.get_function(name, qualifier)
        except LambdaClientError:
            return None

    def _layer(self, account: str, name: str, version: str) -> Any:
        backend: Any = lambda_backends[account][self._place.region]
        try:
            return backend.get_layer_version(name, version)
        except LambdaClientError:
            return None


def _stored(arn: str, owner: Any) -> StoredPolicy:
    return StoredPolicy(arn, tuple(owner.policy.statements), str(owner.policy.revision))


def _append(owner: Any, statement: Document) -> None:
    owner.policy.statements.append(statement)
    owner.policy.revision = str(uuid.uuid4())


def _remove(owner: Any, sid: str) -> None:
    kept = [statement for statement in owner.policy.statements if statement["Sid"] != sid]
    owner.policy.statements[:] = kept
    owner.policy.revision = str(uuid.uuid4())
