"""The policies of functions, layers and queues that moto keeps, read and written in place.

moto's own operations store what cannot be read again: a principal without its kind, an account id
that is none. docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import json
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import lambda_backends
from moto.sqs.models import sqs_backends

from local.aws_api.caller import DeploymentTarget

Document = dict[str, Any]


@dataclass(frozen=True)
class StoredPolicy:
    """A function's or a layer version's policy: whose it is, its statements, and its revision.

    `kept` is where moto keeps it.
    """

    arn: str
    statements: tuple[Document, ...]
    revision: str
    kept: Any = field(repr=False, compare=False)


class PolicyState:
    """Reads and writes moto's backends, under moto's lock."""

    def __init__(self, place: DeploymentTarget, lock: threading.RLock) -> None:
        self._place = place
        self._lock = lock

    def function(self, account: str, name: str, qualifier: str | None) -> StoredPolicy | None:
        """The policy of a function, or of one of its versions or aliases; None without such a one.

        moto has one list of statements for all of them, which their resources tell apart.
        """
        backend: Any = lambda_backends[account][self._place.region]
        with self._lock:
            try:
                backend.get_function(name, qualifier)
                found = backend.get_function(name)
            except LambdaClientError:
                return None
            arn = str(found.function_arn).removesuffix(":$LATEST")
            named = qualifier not in (None, "$LATEST")
            return _stored(f"{arn}:{qualifier}" if named else arn, found)

    def layer(self, account: str, name: str, version: str) -> StoredPolicy | None:
        """The policy of a layer's version; None without such a version."""
        backend: Any = lambda_backends[account][self._place.region]
        with self._lock:
            try:
                found = backend.get_layer_version(name, version)
            except LambdaClientError:
                return None
            return _stored(str(found.arn), found)

    def add(self, policy: StoredPolicy, statement: Document) -> None:
        """Append a statement to a function's or a layer version's policy."""
        with self._lock:
            policy.kept.statements.append(statement)
            policy.kept.revision = str(uuid.uuid4())

    def remove(self, policy: StoredPolicy, sid: str) -> None:
        """Take a statement out of a function's or a layer version's policy."""
        with self._lock:
            kept = policy.kept.statements
            kept[:] = [one for one in kept if (one["Sid"], one["Resource"]) != (sid, policy.arn)]
            policy.kept.revision = str(uuid.uuid4())

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


def _stored(arn: str, owner: Any) -> StoredPolicy:
    kept = owner.policy
    statements = tuple(one for one in kept.statements if one["Resource"] == arn)
    return StoredPolicy(arn, statements, str(kept.revision), kept)
