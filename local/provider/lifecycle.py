"""The life of a resource: checked, compared, created, read, updated, deleted.

All of it follows from the table of its type. Nothing here knows gRPC or the engine.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from .aws_clients import Cloud, error_code
from .check import Failure, failures
from .fields import Kind, changes
from .functions_invoke import QUERIES
from .resource import ResourceType, Values
from .resource_types import RESOURCES
from .state_merge import changed_inputs, declared_only, inputs_of, state_of

DEFAULTED = "__defaults"
"""The input that lists which others the provider chose; the engine shows no name with two `_`."""


class UnsupportedError(Exception):
    """A resource type or function that this provider does not have."""


class CloudError(Exception):
    """A call to AWS that failed, in words that name resource, operation and AWS's error.

    code: the AWS error code, "" when the call never got an answer.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class PartialError(CloudError):
    """A resource that exists but is not as declared: its id must not be lost.

    state: what is there now.
    """

    def __init__(self, message: str, code: str, resource_id: str, state: dict[str, Any]) -> None:
        super().__init__(message, code)
        self.resource_id = resource_id
        self.state = state


@dataclass(frozen=True)
class Naming:
    """How a name is made that the program leaves out.

    proposed: the engine's proposal, "" when it makes none. disabled: no name may be made.
    """

    seed: bytes = b""
    proposed: str = ""
    disabled: bool = False


@dataclass(frozen=True)
class Difference:
    """How new inputs differ from old ones: kind of change and whether it replaces, by path."""

    paths: Mapping[str, tuple[Kind, bool]]
    delete_first: bool = False


class Provider:
    """The operations of the provider on one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def check(
        self, token: str, name: str, news: Values, olds: Values, naming: Naming
    ) -> tuple[dict[str, Any], list[Failure]]:
        """Return the inputs to go on with and all that is wrong with them.

        Only a missing name is added. Defaults of the cloud are not, as they would come back as
        differences for ever.
        """
        kind = resource_type(token)
        inputs = dict(news)
        if kind.name and kind.name not in inputs:
            if kind.name in olds.get(DEFAULTED, ()):
                inputs[kind.name] = olds[kind.name]
            elif naming.disabled:
                reason = "is required, because automatic naming is disabled"
                return inputs, [Failure(kind.name, reason)]
            else:
                suffix = hashlib.sha256(naming.seed).hexdigest()[:7]
                inputs[kind.name] = kind.name_prefix + (naming.proposed or f"{name}-{suffix}")
            inputs[DEFAULTED] = [kind.name]
        return inputs, failures(kind, inputs)

    def diff(self, token: str, state: Values, olds: Values, news: Values) -> Difference:
        """Compare old inputs with new ones; outputs take no part, as drift is for Read to tell."""
        kind = resource_type(token)
        paths: dict[str, tuple[Kind, bool]] = {}
        for key, field in kind.fields.items():
            if field.unread and key not in olds and key not in state:
                continue  # just imported: nobody can tell what it was
            for path, change in changes(field, olds.get(key), news.get(key), key):
                paths[path] = (change, field.replaces)
        replaced = any(replaces for _, replaces in paths.values())
        kept = bool(kind.name) and olds.get(kind.name) == news.get(kind.name)
        chosen = kind.name not in news.get(DEFAULTED, ())
        return Difference(paths, delete_first=replaced and kept and chosen)

    def create(self, token: str, name: str, inputs: Values) -> tuple[str, dict[str, Any]]:
        """Create the resource and return id and state.

        Raises CloudError when nothing was made, PartialError when it exists but is not finished.
        """
        kind = resource_type(token)
        with _reported(kind, name):
            resource_id = kind.create(self.cloud, kind.with_defaults(inputs))
        return resource_id, self._converge(kind, name, resource_id, {}, inputs)

    def update(
        self, token: str, name: str, resource_id: str, olds: Values, news: Values
    ) -> dict[str, Any]:
        """Make the resource as declared and return its state; raises PartialError."""
        return self._converge(resource_type(token), name, resource_id, olds, news)

    def _converge(
        self, kind: ResourceType, name: str, resource_id: str, olds: Values, news: Values
    ) -> dict[str, Any]:
        """Change what differs between the resource as found and `news`, then read it again."""
        found: dict[str, Any] | None = None
        inputs = kind.with_defaults(news)
        try:
            with _reported(kind, name):
                found = self.cloud.until(kind.service, lambda: kind.read(self.cloud, resource_id))
                if found is None:
                    raise ValueError(f"{resource_id} does not exist")
                changed = changed_inputs(kind, olds, found, news)
                if changed and kind.update:
                    kind.update(self.cloud, resource_id, inputs, changed)
                    found = kind.read(self.cloud, resource_id) or found
        except CloudError as error:
            state = state_of(self.cloud, kind, found or declared_only(news), news, inputs)
            raise PartialError(str(error), error.code, resource_id, state) from error
        return state_of(self.cloud, kind, found, news, inputs)

    def read(
        self, token: str, name: str, resource_id: str, state: Values, inputs: Values
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return state and inputs as found, None when the resource does not exist.

        `state` and `inputs` are the last known ones, both empty for an import.
        """
        kind = resource_type(token)
        with _reported(kind, name):
            found = kind.read(self.cloud, resource_id)
        if found is None:
            return None
        now = inputs_of(kind, found, inputs, state)
        return state_of(self.cloud, kind, found, now, {**state, **now}), now

    def delete(self, token: str, name: str, resource_id: str, state: Values) -> None:
        """Delete the resource; one that does not exist is deleted already."""
        kind = resource_type(token)
        with _reported(kind, name):
            kind.delete(self.cloud, resource_id, state)

    def invoke(self, token: str, arguments: Values) -> tuple[dict[str, Any], list[Failure]]:
        """Return the answer of a function, or what is wrong with its arguments."""
        query = QUERIES.get(token)
        if query is None:
            raise UnsupportedError(
                f"{token}: this provider has no such function; it has {_all(QUERIES)}"
            )
        wrong = [
            Failure(key, "is required and missing")
            for key in sorted(query.required - arguments.keys())
        ] + [
            Failure(key, f"is not supported by this provider for {token}")
            for key in sorted(arguments.keys() - query.arguments)
        ]
        if wrong:
            return {}, wrong
        try:
            return query.ask(self.cloud, arguments), []
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            raise CloudError(f"{token}: {error}") from error


def resource_type(token: str) -> ResourceType:
    """Return the type of a token; raises UnsupportedError."""
    if token not in RESOURCES:
        raise UnsupportedError(
            f"{token}: this provider has no such resource type; it has {_all(RESOURCES)}"
        )
    return RESOURCES[token]


def _all(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names))


@contextmanager
def _reported(kind: ResourceType, name: str) -> Iterator[None]:
    """Raise what AWS or the request's making raise as CloudError that names the resource."""
    subject = f"{kind.token} {name}"
    try:
        yield
    except botocore.exceptions.ClientError as error:
        operation, code = error.operation_name, error_code(error)
        reason = error.response.get("Error", {}).get("Message") or str(error)
        raise CloudError(f"{subject}: {operation} failed: {code}: {reason}", code) from error
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        raise CloudError(f"{subject}: {error}") from error
