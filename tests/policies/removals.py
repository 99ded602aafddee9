"""What protects in a program, and the program without it: conditions, denials, resources beside.

A removal leaves a worse program: each of its documents allows as much as before or more.
"""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from policies.model.policy_documents import IDENTITY_TYPES, KEY_TYPES
from tests.policies.edits import Program
from tests.policies.pack import UNKNOWN, Registration

DOCUMENTS = ("policy", "assumeRolePolicy", "policyDocument")
# Resources that do nothing but protect another one.
PROTECTING = (
    "BucketOwnershipControls",
    "BucketPolicy",
    "BucketPublicAccessBlock",
    "BucketServerSideEncryptionConfiguration",
    "BucketVersioning",
    "FunctionEventInvokeConfig",
    "KeyPolicy",
    "QueuePolicy",
)
# Properties that do so.
SETTINGS = ("deadLetterConfig", "enableKeyRotation", "kmsKeyId", "kmsMasterKeyId", "tracingConfig")


@dataclass(frozen=True)
class Removal:
    """One thing to take out: of a statement (by its position) of a document, or a whole resource.

    `statement` and `condition` are None where all of them are meant; a condition is an operator
    and a key. `names` is how messages name a statement of a removed resource that also allows.
    """

    urn: str
    path: str = ""
    statement: int | None = None
    condition: tuple[str, str] | None = None
    sid: str = ""
    names: str = ""

    def __str__(self) -> str:
        parts = (self.urn.rpartition("::")[2], self.path, self.sid, *(self.condition or ()))
        return " ".join(str(each) for each in parts if each)


def removals(resources: list[Registration]) -> Iterator[Removal]:
    """Everything that protects, in the order of the program."""
    for each in resources:
        if each.type.rpartition(":")[2] in PROTECTING:
            allows = each.type.endswith(":KeyPolicy")
            yield Removal(each.urn, names="statement " if allows else "")
        for path in SETTINGS:
            if each.inputs.get(path):
                yield Removal(each.urn, path)
        if each.type in KEY_TYPES and each.inputs.get("policy"):
            yield Removal(each.urn, "policy", names="statement ")
        for path in DOCUMENTS:
            yield from _of_document(each.urn, path, each.inputs.get(path))


def _of_document(urn: str, path: str, text: Any) -> Iterator[Removal]:
    if not isinstance(text, str) or text == UNKNOWN:
        return
    document = json.loads(text)
    statements = document.get("Statement") if isinstance(document, dict) else None
    for index, statement in enumerate(statements if isinstance(statements, list) else []):
        sid = statement.get("Sid", f"statement {index}")
        if "Effect" not in statement:
            continue  # of a policy of another language, such as that of data protection
        if statement["Effect"] == "Deny":
            yield Removal(urn, path, index, sid=sid)
            continue
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                yield Removal(urn, path, index, (operator, key), sid)


def without(resources: list[Registration], *taken: Removal) -> list[Registration]:
    """The program without some of what protects it."""
    program = Program(resources)
    for removal in taken:
        _take_out(program, removal)
    for each in program.resources:
        for values in (each.inputs, each.outputs):
            for path in DOCUMENTS:
                _tidy(values, path)
    return program.resources


def widened(resources: list[Registration], action: str, wider: str) -> list[Registration]:
    """The program with a wider action in the place of one, in every identity policy."""
    return _rewritten(resources, lambda text: text.replace(f'"{action}"', f'"{wider}"'))


def on_everything(resources: list[Registration]) -> list[Registration]:
    """The program with `*` as the resource of every statement of its identity policies."""

    def rewritten(text: str) -> str:
        document = json.loads(text)
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                statement["Resource"] = "*"
        return json.dumps(document)

    return _rewritten(resources, rewritten)


def _rewritten(resources: list[Registration], rewrite: Callable[[str], str]) -> list[Registration]:
    program = Program(resources)
    for each in program.resources:
        if each.type in IDENTITY_TYPES:
            for values in (each.inputs, each.outputs):
                text = values.get("policy")
                if isinstance(text, str) and text != UNKNOWN:
                    values["policy"] = rewrite(text)
    return program.resources


def _take_out(program: Program, removal: Removal) -> None:
    found = [each for each in program.resources if each.urn == removal.urn]
    for resource in found:
        if not removal.path:
            program.resources.remove(resource)
        elif removal.statement is None:
            program.swap(resource, _unset(resource, removal.path))
        else:
            for values in (resource.inputs, resource.outputs):
                if values.get(removal.path, UNKNOWN) != UNKNOWN:
                    _edit(values, removal)


def _unset(resource: Registration, path: str) -> Registration:
    inputs, outputs = copy.deepcopy(resource.inputs), copy.deepcopy(resource.outputs)
    inputs.pop(path)
    outputs.pop(path, None)
    links = {name: urns for name, urns in resource.links.items() if name != path}
    return replace(resource, inputs=inputs, outputs=outputs, links=links)


def _edit(values: dict[str, Any], removal: Removal) -> None:
    """Statements keep their positions until all is taken out: a denial becomes null."""
    document = json.loads(values[removal.path])
    statements, index = document["Statement"], removal.statement
    assert index is not None
    if removal.condition is None:
        statements[index] = None
    else:
        operator, key = removal.condition
        conditions = statements[index]["Condition"]
        conditions[operator].pop(key)
        kept = {name: keys for name, keys in conditions.items() if keys}
        statements[index]["Condition"] = kept
        if not kept:
            del statements[index]["Condition"]
    values[removal.path] = json.dumps(document)


def _tidy(values: dict[str, Any], path: str) -> None:
    text = values.get(path)
    if isinstance(text, str) and "null" in text:
        document = json.loads(text)
        document["Statement"] = [each for each in document["Statement"] if each]
        # A document without statements is none: the empty text.
        values[path] = json.dumps(document) if document["Statement"] else ""
