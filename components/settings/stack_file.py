"""The settings that a stack file has, in the project's configuration."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

import pulumi
from pulumi.runtime import config as runtime_config

from ..config.inputs import SECRET
from .settings import Settings


class StackSettings(dict[str, Any]):
    """The settings of a stack file by field name; `unknown` are its keys that are no setting."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: list[str] = []


def settings_from_config() -> StackSettings:
    """Return the stack's configuration of this project by field name, for validate_settings.

    A value that is not of its setting's type is returned as it was written: validate_settings names
    it. An encrypted value is returned as SECRET, which it refuses: whatever is made of it, names
    and policies, would stand in the state in the clear.
    """
    prefix = f"{pulumi.get_project()}:"
    kinds = {config_name(f.name): f for f in fields(Settings)}
    config = pulumi.Config()
    everything = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    given_keys = [key for key in everything if key.startswith(prefix)]
    values = StackSettings()
    for key in sorted(given_keys):
        name = key.removeprefix(prefix)
        if name not in kinds:
            values.unknown.append(name)
        elif runtime_config.is_config_secret(key):
            values[kinds[name].name] = SECRET
        else:
            values[kinds[name].name] = _parse(config.require(name), _default(kinds[name]))
    return values


def spelling(values: Mapping[str, Any]) -> Callable[[str], str]:
    """Return how the user of `values` writes a field's name: stack files have camelCase."""
    return config_name if isinstance(values, StackSettings) else str


def _default(setting: Any) -> Any:
    if setting.default_factory is not MISSING:
        return setting.default_factory()
    return "" if setting.default is MISSING else setting.default


def _parse(text: str, default: Any) -> Any:
    """Return a configuration text in the type of the setting's default."""
    if isinstance(default, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def config_name(field_name: str) -> str:
    """Return a field's name as stack files write it: camelCase."""
    first, *rest = field_name.split("_")
    return first + "".join(part.capitalize() for part in rest)
