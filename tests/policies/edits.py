"""Single edits of a program's registrations: what a colleague would change in one place.

Resources are called by the end of their logical name, statements by their Sid.
"""

import copy
import json
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from tests.policies.pack import UNKNOWN, Registration

Change = Callable[["Program"], None]


@dataclass(frozen=True)
class Edit:
    """One edit by name; `rule` is the one that is meant to report it, `stack` the one edited."""

    name: str
    rule: str
    changes: tuple[Change, ...]
    stack: str = "prod"


class UnknownDocumentError(Exception):
    """The document to be edited is not known yet, at the first preview."""


class Program:
    """The registrations of a stack, to be edited."""

    def __init__(self, resources: Iterable[Registration]) -> None:
        # A deep copy, in a fifth of the time that `copy` takes.
        self.resources: list[Registration] = pickle.loads(pickle.dumps([*resources]))

    def one(self, name: str) -> Registration:
        """The resource whose logical name is `batch-evaluation-` and this."""
        (found,) = [each for each in self.resources if each.name == f"batch-evaluation-{name}"]
        return found

    def swap(self, old: Registration, new: Registration) -> None:
        """Put another registration in the place of one."""
        self.resources[self.resources.index(old)] = new


def put(name: str, path: str, value: Any) -> Change:
    """Set a property, or remove it with None."""

    def change(program: Program) -> None:
        resource = program.one(name)
        for values in (resource.inputs, resource.outputs):
            _set(values, path.split("."), value)

    return change


def point(name: str, path: str, target: str, attribute: str = "arn") -> Change:
    """Set a property to an output of another resource, as it is known then."""

    def change(program: Program) -> None:
        resource, other = program.one(name), program.one(target)
        value = other.outputs.get(attribute, UNKNOWN)
        for values in (resource.inputs, resource.outputs):
            _set(values, path.split("."), value)
        resource.links[path.split(".")[0]] = [other.urn]

    return change


def protect(name: str, protected: bool) -> Change:
    """Set or drop the protection of a resource."""
    return lambda program: program.swap(
        program.one(name), replace(program.one(name), protect=protected)
    )


def ignore(name: str, *paths: str) -> Change:
    """Let updates leave properties of a resource as they are."""
    return lambda program: program.swap(
        program.one(name), replace(program.one(name), ignored=paths)
    )


def provided(name: str, **settings: Any) -> Change:
    """Have a provider of its own make a resource."""
    return lambda program: program.swap(
        program.one(name), replace(program.one(name), provider=settings)
    )


def gone(name: str) -> Change:
    """Remove a resource."""

    def change(program: Program) -> None:
        resource = program.one(name)
        program.resources.remove(resource)
        for each in program.resources:
            each.dependencies[:] = [urn for urn in each.dependencies if urn != resource.urn]
            for urns in each.links.values():
                urns[:] = [urn for urn in urns if urn != resource.urn]

    return change


def free(name: str, *others: str) -> Change:
    """Let a resource no longer wait for others, or for anything."""

    def change(program: Program) -> None:
        urns = {program.one(other).urn for other in others}
        waiting = program.one(name).dependencies
        waiting[:] = [urn for urn in waiting if others and urn not in urns]

    return change


def new(type_: str, name: str, links: dict[str, str] | None = None, /, **inputs: Any) -> Change:
    """Add a resource; `links` are properties that get another resource's `arn`, `id` or `name`."""

    def change(program: Program) -> None:
        stack = program.resources[0].urn.rpartition("::")[0].rpartition("::")[0]
        values = copy.deepcopy(inputs)
        urns: dict[str, list[str]] = {}
        for path, target in (links or {}).items():
            called, _, attribute = target.partition(".")
            other = program.one(called)
            _set(values, path.split("."), other.outputs.get(attribute, UNKNOWN))
            urns.setdefault(path.split(".")[0], []).append(other.urn)
        program.resources.append(
            Registration(
                type=type_,
                urn=f"{stack}::{type_}::batch-evaluation-{name}",
                inputs=values,
                outputs=copy.deepcopy(values),
                dependencies=[urn for listed in urns.values() for urn in listed],
                links=urns,
            )
        )

    return change


def build(name: str, command: str) -> Change:
    """Add a CodeBuild project that runs a command."""
    buildspec = f"phases: {{build: {{commands: [{command}]}}}}"
    source = {"type": "NO_SOURCE", "buildspec": buildspec}
    return new("aws:codebuild/project:Project", name, name=name, source=source)


def statement(name: str, sid: str, path: str = "policy", **elements: Any) -> Change:
    """Change elements of a statement; None takes one out."""

    def change(document: dict[str, Any]) -> None:
        (found,) = [each for each in document["Statement"] if each["Sid"] == sid]
        for element, value in elements.items():
            if value is None:
                found.pop(element)
            else:
                found[element] = value

    return document(name, change, path)


def without(name: str, *sids: str, path: str = "policy") -> Change:
    """Remove statements."""

    def change(document: dict[str, Any]) -> None:
        kept = [each for each in document["Statement"] if each["Sid"] not in sids]
        assert len(kept) == len(document["Statement"]) - len(sids)
        document["Statement"] = kept

    return document(name, change, path)


def allow(
    name: str, *actions: str, path: str = "policy", effect: str = "Allow", **more: Any
) -> Change:
    """Add a statement."""
    added = {"Sid": "Added", "Effect": effect, "Action": list(actions)}
    added |= {} if path == "assumeRolePolicy" else {"Resource": "*"}

    def change(document: dict[str, Any]) -> None:
        elements = {**added, **more}
        document["Statement"].append({k: v for k, v in elements.items() if v is not None})

    return document(name, change, path)


def text(name: str, old: str, by: str, path: str = "policy") -> Change:
    """Replace a piece of a document's text."""

    def change(values: dict[str, Any]) -> None:
        if values[path] == UNKNOWN:
            raise UnknownDocumentError
        assert old in values[path], f"{name}: no {old} in {values[path]}"
        values[path] = values[path].replace(old, by)

    def both(program: Program) -> None:
        resource = program.one(name)
        change(resource.inputs)
        change(resource.outputs)

    return both


def document(name: str, change: Callable[[dict[str, Any]], None], path: str = "policy") -> Change:
    """Change a policy document."""

    def both(program: Program) -> None:
        resource = program.one(name)
        for values in (resource.inputs, resource.outputs):
            if values[path] == UNKNOWN:
                raise UnknownDocumentError
            loaded = json.loads(values[path])
            change(loaded)
            values[path] = json.dumps(loaded)

    return both


def _set(values: dict[str, Any], parts: list[str], value: Any) -> None:
    at: Any = values
    for part in parts[:-1]:
        at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
    if isinstance(at, list):
        at[int(parts[-1])] = value
    elif value is None:
        at.pop(parts[-1], None)
    else:
        at[parts[-1]] = value
