"""A Pulumi project and one of its stacks, as the engine reads them: program and configuration."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class ProjectError(Exception):
    """A project or stack file that cannot be deployed; the message names all that is wrong."""


@dataclass(frozen=True)
class Project:
    """What a deployment needs to know.

    program: the folder that holds `__main__.py`.
    config: the values of all keys as the engine hands them to a program, structures as JSON.
    """

    name: str
    stack: str
    root: Path
    program: Path
    config: Mapping[str, str]

    def namespace(self, name: str) -> dict[str, str]:
        """Return the values of one namespace, such as `aws`, without it."""
        prefix = f"{name}:"
        return {
            key.removeprefix(prefix): value
            for key, value in self.config.items()
            if key.startswith(prefix)
        }


def load(folder: Path, stack: str) -> Project:
    """Read `Pulumi.yaml` and the stack's file; raises ProjectError.

    Format: https://www.pulumi.com/docs/iac/concepts/projects/project-file/
    """
    root = folder.resolve()
    project = _mapping(root / "Pulumi.yaml")
    name, schema = project.get("name", root.name), project.get("config") or {}
    file = root / project.get("stackConfigDir", "") / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        raise ProjectError(f"stack {stack}: expected its configuration in {file}, found no file")
    given = _mapping(file)
    if given.get("environment"):
        raise ProjectError(f"{file.name}: environment: needs Pulumi ESC, which is not asked here")
    declared = {_qualified(name, key): _declaration(value) for key, value in schema.items()}
    return Project(
        name=name,
        stack=stack,
        root=root,
        program=root / project.get("main", ""),
        config=_config(name, stack, declared, given.get("config") or {}),
    )


def _mapping(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProjectError(f"{file}: expected a file, found none") from None
    except yaml.YAMLError as error:
        raise ProjectError(f"{file}: expected YAML, got {error}") from error
    if not isinstance(content, dict):
        raise ProjectError(f"{file}: expected an object, got {content!r}")
    return content


def _qualified(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _declaration(value: Any) -> dict[str, Any]:
    """Return the declaration of a key; a plain value declares itself as the default."""
    return value if isinstance(value, dict) else {"default": value}


def _config(
    project: str, stack: str, declared: Mapping[str, dict[str, Any]], given: Mapping[str, Any]
) -> dict[str, str]:
    """Return the stack's values with the project's defaults; raises ProjectError for all faults."""
    faults: list[str] = []
    values = {
        key: declaration.get("default", declaration.get("value"))
        for key, declaration in declared.items()
        if "default" in declaration or "value" in declaration
    }
    for key, value in given.items():
        if ":" not in key:
            faults.append(f"'{key}': expected <namespace>:<name>, such as {project}:{key}")
        elif isinstance(value, dict) and "secure" in value:
            faults.append(f"'{key}': is encrypted, and only the engine can decrypt it")
        elif key.startswith(f"{project}:") and key not in declared:
            faults.append(f"'{key}': is not declared in Pulumi.yaml")
        else:
            values[key] = value
    missing = [key for key in declared if key not in values]
    faults += [f"'{key.removeprefix(f'{project}:')}': is missing" for key in missing]
    for key, value in values.items():
        declaration = declared.get(key, {})
        if "type" in declaration and not _has_type(value, declaration):
            expected = declaration["type"]
            if expected == "array" and "items" in declaration:
                expected = f"array of {declaration['items'].get('type')}"
            faults.append(
                f"'{key.removeprefix(f'{project}:')}': expected {expected}, got {value!r}"
            )
    if faults:
        raise ProjectError(f"stack {stack}: configuration value " + "; ".join(faults))
    return {key: _text(value) for key, value in values.items()}


def _has_type(value: Any, declaration: Mapping[str, Any]) -> bool:
    """Tell whether a value is of the declared type; text that spells a number is a number too."""
    kind = declaration["type"]
    if kind == "array":
        items = declaration.get("items")
        return isinstance(value, list) and (not items or all(_has_type(v, items) for v in value))
    if kind == "object":
        return isinstance(value, dict)
    if kind == "boolean":
        return isinstance(value, bool) or value in ("true", "false")
    if kind == "integer":
        if isinstance(value, str):
            return value.removeprefix("-").isdecimal()
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
