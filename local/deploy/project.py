"""A Pulumi project and one of its stacks, as the engine reads them: program and configuration."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from policies.iam.language.suggestions import did_you_mean


class ProjectError(Exception):
    """A project or stack file that cannot be read; the message names file and fault."""


@dataclass(frozen=True)
class Project:
    """What a deployment needs to know.

    program: the folder that holds `__main__.py`.
    config: the values of all keys as the engine hands them to a program, structures as JSON.
    faults: what is wrong with keys and types of the configuration, by name as the program asks for
        it; a program may run on it nevertheless, to say what it finds wrong itself.
    """

    name: str
    stack: str
    root: Path
    program: Path
    config: Mapping[str, str]
    faults: Mapping[str, str]

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
    file = root / "Pulumi.yaml"
    project = _mapping(file)
    name = _text_member(file, project, "name", root.name)
    schema = _member(file, project, "config")
    program = root / _text_member(file, project, "main", "")
    stack_file = root / _text_member(file, project, "stackConfigDir", "") / f"Pulumi.{stack}.yaml"
    try:
        found = stack_file.is_file()
    except OSError:
        found = False  # such as a name that is longer than any file's
    if not found:
        raise ProjectError(
            f"stack {stack}: expected its configuration in {stack_file}, found no file"
            f"{did_you_mean(stack, _stacks(stack_file.parent))}"
        )
    given = _mapping(stack_file)
    if given.get("environment"):
        raise ProjectError(
            f"{stack_file.name}: environment: needs Pulumi ESC, which is not asked here"
        )
    declared = {
        _qualified(name, key): _declaration(f"{file}: config.{key}", value)
        for key, value in schema.items()
    }
    config, faults = _config(name, declared, _member(stack_file, given, "config"))
    return Project(name, stack, root, program, config, faults)


def _stacks(folder: Path) -> list[str]:
    """Return the stacks that have a file in a folder."""
    return sorted(file.stem.removeprefix("Pulumi.") for file in folder.glob("Pulumi.*.yaml"))


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, as the engine does, where the last one would count."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                mark = node.value[index][0].start_mark
                raise yaml.constructor.ConstructorError(
                    None, None, f"each key once, found {key!r} a second time", mark
                )
        return super().construct_mapping(node, deep)


def _mapping(file: Path) -> dict[str, Any]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError:
        raise ProjectError(f"{file}: expected a file, found none") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{file}: expected a file of text, got {error}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ProjectError(f"{file}: expected YAML, got {error}") from error
    return _object(str(file), content)


def _object(where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ProjectError(f"{where}: expected an object, got {value!r}")
    for key in value:
        if not isinstance(key, str):
            raise ProjectError(f"{where}: expected keys of text, got {key!r}")
    return value


def _member(file: Path, content: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return an object in a file, empty where the file has none."""
    value = content.get(key)
    return {} if value is None else _object(f"{file}: {key}", value)


def _text_member(file: Path, content: Mapping[str, Any], key: str, default: str) -> str:
    value = content.get(key, default)
    if not isinstance(value, str):
        raise ProjectError(f"{file}: {key}: expected text, got {value!r}")
    return value


def _qualified(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


# https://www.pulumi.com/docs/iac/concepts/config/#strongly-typed-configuration
_TYPES = ("string", "boolean", "integer", "array", "object")


def _declaration(where: str, value: Any) -> dict[str, Any]:
    """Return the declaration of a key; a plain value declares itself as the default."""
    if not isinstance(value, dict):
        return {"default": value}
    _check_type(where, _object(where, value))
    return value


def _check_type(where: str, declaration: Mapping[str, Any]) -> None:
    if "type" in declaration and declaration["type"] not in _TYPES:
        raise ProjectError(
            f"{where}: type: expected one of {', '.join(_TYPES)}, got {declaration['type']!r}"
        )
    if "items" in declaration:
        items = _object(f"{where}: items", declaration["items"])
        if "type" not in items:
            raise ProjectError(f"{where}: items: expected a type, found none")
        _check_type(f"{where}: items", items)


def _config(
    project: str, declared: Mapping[str, dict[str, Any]], given: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the stack's values with the project's defaults, and all faults by setting."""
    own = f"{project}:"
    faults: dict[str, str] = {}
    values = {
        key: declaration.get("default", declaration.get("value"))
        for key, declaration in declared.items()
        if "default" in declaration or "value" in declaration
    }
    for key, value in given.items():
        if ":" not in key:
            faults[key] = f"expected <namespace>:<name>, such as {own}{key}"
            continue
        if isinstance(value, dict) and "secure" in value:
            faults[key.removeprefix(own)] = "is encrypted, and only the engine can decrypt it"
            value = "[encrypted]"
        elif key.startswith(own) and key not in declared:
            name = key.removeprefix(own)
            known = [known.removeprefix(own) for known in declared]
            faults[name] = f"is not declared in Pulumi.yaml{did_you_mean(name, known)}"
        values[key] = value
    for key, declaration in declared.items():
        name = key.removeprefix(own)
        if key not in values:
            faults.setdefault(name, "is missing")
        elif (
            name not in faults and "type" in declaration and not _has_type(values[key], declaration)
        ):
            faults[name] = f"expected {_type_name(declaration)}, got {values[key]!r}"
    return {key: _text(value) for key, value in values.items()}, faults


def _type_name(declaration: Mapping[str, Any]) -> str:
    if "items" not in declaration:
        return declaration["type"]
    return f"{declaration['type']} of {_type_name(declaration['items'])}"


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
    # YAML has dates and sets, JSON has not.
    return value if isinstance(value, str) else json.dumps(value, default=str)
