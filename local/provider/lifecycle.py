"""The life of a resource: checked, compared, created, read, updated, deleted.

All of it follows from the table of its type. Nothing here knows gRPC or the engine.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from .catalog import RESOURCES
from .check import Failure, failures
from .cloud import Cloud, error_code
from .fields import Field, Kind, changes
from .properties import UNKNOWN
from .queries import QUERIES
from .resource import ResourceType, Values

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
                changed = _changed(kind, olds, found, news)
                if changed and kind.update:
                    kind.update(self.cloud, resource_id, inputs, changed)
                    found = kind.read(self.cloud, resource_id) or found
        except CloudError as error:
            state = _state(self.cloud, kind, found or _declared(news), news, inputs)
            raise PartialError(str(error), error.code, resource_id, state) from error
        return _state(self.cloud, kind, found, news, inputs)

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
        now = _inputs(kind, found, inputs, state)
        return _state(self.cloud, kind, found, now, {**state, **now}), now

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


def planned(kind: ResourceType, inputs: Values) -> dict[str, Any]:
    """Return the state of a resource that is yet to be made: what AWS adds is unknown."""
    return {**dict.fromkeys(kind.outputs, UNKNOWN), **_declared(inputs)}


def planned_update(kind: ResourceType, state: Values, olds: Values, news: Values) -> dict[str, Any]:
    """Return the state after an update that is yet to be made."""
    kept = {k: v for k, v in state.items() if k not in olds or k in news}
    tags = {"tagsAll": news.get("tags", {})} if "tagsAll" in kept else {}
    return {**kept, **tags, **dict.fromkeys(kind.moves, UNKNOWN), **_declared(news)}


def _declared(inputs: Values) -> dict[str, Any]:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


def _changed(kind: ResourceType, olds: Values, found: Values, news: Values) -> frozenset[str]:
    """Return the inputs that differ from what is there, or where nobody can look, from before."""
    return frozenset(
        key
        for key, field in kind.fields.items()
        if any(changes(field, (olds if field.unread else found).get(key), news.get(key), key))
    )


def _state(
    cloud: Cloud, kind: ResourceType, found: Values, inputs: Values, told: Values
) -> dict[str, Any]:
    """Return what was found in the words of `inputs`; what AWS does not tell comes from `told`."""
    state = dict(found)
    for key, field in kind.fields.items():
        if field.unread:
            if key in told:
                state[key] = told[key]
        elif key in found:
            state[key] = _spelled(field, found[key], inputs.get(key))
        elif key in inputs and field.meaning(inputs[key]) is None:
            state[key] = inputs[key]
    if "region" in kind.outputs:
        state["region"] = cloud.region
    if "tagsAll" in kind.outputs and "tags" in state:
        state["tagsAll"] = state["tags"]
    return state


def _inputs(kind: ResourceType, found: Values, inputs: Values, state: Values) -> dict[str, Any]:
    """Return the inputs that would declare what was found: the known ones and what drifted."""
    result = {key: value for key, value in inputs.items() if key.startswith("__")}
    for key, field in kind.fields.items():
        if field.unread:
            if key in inputs and not _moved(key, found, state):
                result[key] = inputs[key]
            continue
        value = _drifted(field, found.get(key), inputs.get(key), state.get(key))
        if value is not None:
            result[key] = value
    return result


def _moved(key: str, found: Values, state: Values) -> bool:
    """Tell whether a function's code is no longer what was uploaded."""
    hashes = state.get("codeSha256"), found.get("codeSha256")
    return key in ("code", "sourceCodeHash") and None not in hashes and hashes[0] != hashes[1]


def _drifted(field: Field, found: Any, declared: Any, before: Any) -> Any:
    """Return the value to hold as input: as declared where it still means the same."""
    if field.meaning(found) == field.meaning(declared):
        return declared
    if declared is None:
        known = field.meaning(found) == field.meaning(before)
        return None if known else found
    if isinstance(found, dict) and isinstance(declared, dict) and field.fields is not None:
        was = before if isinstance(before, dict) else {}
        inner = {
            key: _drifted(field.within(key), found.get(key), declared.get(key), was.get(key))
            for key in {**declared, **found}
        }
        return {key: value for key, value in inner.items() if value is not None}
    if isinstance(found, list) and isinstance(declared, list) and len(found) == len(declared):
        was = (
            before
            if isinstance(before, list) and len(before) == len(found)
            else [None] * len(found)
        )
        return [_drifted(field, *values) for values in zip(found, declared, was, strict=True)]
    return found


def _spelled(field: Field, found: Any, declared: Any) -> Any:
    """Return what was found, spelt as declared wherever both mean the same."""
    if declared is None:
        return found
    if field.meaning(found) == field.meaning(declared):
        return declared
    if isinstance(found, dict) and isinstance(declared, dict):
        return {k: _spelled(field.within(k), v, declared.get(k)) for k, v in found.items()}
    if isinstance(found, list) and isinstance(declared, list) and len(found) == len(declared):
        return [_spelled(field, *pair) for pair in zip(found, declared, strict=True)]
    return found


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
