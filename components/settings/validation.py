"""Validates the settings of an environment, each by itself and in combination."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from ..config import validators
from ..config.deployment_target import DeploymentTarget
from ..config.errors import InvalidInput, UnknownInput
from ..config.inputs import SECRET, is_plain, needs_plain_value, when_known
from ..config.names import Names
from ..iam import key_policies, size_limits
from .settings import MAY_BE_OUTPUTS, STAGES, Settings, settings_validators
from .stack_file import StackSettings, spelling


def validate_settings(values: Mapping[str, Any], stack: str, target: DeploymentTarget) -> Settings:
    """Return the settings that `values` (by field name) give to `stack` in `target`.

    Raises InvalidInput for one error and InvalidInputs for several: every error is named at once,
    as the user wrote the setting: in camelCase in a stack file, by the argument's name elsewhere.
    What is not known yet is returned as an Output that is checked when it is known.
    """
    if not isinstance(cast(object, values), Mapping):
        # From a program: arguments and options in each other's place, an Output, or nothing.
        component = "the arguments of BatchEvaluationEnvironment as a dictionary"
        raise InvalidInput("args", component, values)
    return _SettingsValidation(values, stack, target).checked()


class _SettingsValidation:
    """The validation of one stack's settings."""

    def __init__(self, values: Mapping[str, Any], stack: str, target: DeploymentTarget) -> None:
        self._stack = stack
        self._validators = settings_validators(target)
        fields = self._validators
        self._spell = spelling(values)
        kind, unknown = "argument of BatchEvaluationEnvironment", values.keys() - fields
        if isinstance(values, StackSettings):
            kind, unknown = "setting", values.unknown
        self._unknown = [UnknownInput(kind, n, map(self._spell, fields)) for n in sorted(unknown)]
        given = {n: v for n, v in values.items() if n in fields and v is not None}
        self._late = {n: v for n, v in given.items() if n in MAY_BE_OUTPUTS and not is_plain(v)}
        self._given = {n: v for n, v in given.items() if n not in self._late}
        # What should be plain and is not has its own error, and no part in checks of several.
        self._plain = {n: v for n, v in self._given.items() if is_plain(v)}
        prefix = self._plain.get("prefix", Settings.prefix)
        self._names = Names(f"{prefix}-{stack}", target)

    def checked(self) -> Settings:
        """Return the settings, or raise for what is wrong with what is known of them."""
        given = self._given
        own = {name: self._value_errors(name, value) for name, value in given.items()}
        errors = [error for found in own.values() for error in found]
        if "stage" not in given:
            errors.append(InvalidInput("stage", self._validators["stage"].expected, None))
        for name, value in self._late.items():
            errors += validators.known_errors(self._validators[name], name, value)
        errors += validators.matching(
            "a stack name of lower-case letters, digits and hyphens",
            r"[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        ).errors("stack", self._stack)
        prefixes = self._plain.get("name_prefixes", ())
        errors += validators.overlapping_prefixes("name_prefixes", prefixes)
        if prefixes or "name_prefixes" not in given:
            ids = self._plain.get("evaluation_ids")
            errors += validators.needless_ids("evaluation_ids", prefixes, ids)
        errors += _stage_errors({**self._plain, **dict.fromkeys(self._late, True)})
        errors += self._names.errors("prefix and stack name")
        # Values with an error of their own are left out: the others may be too long nevertheless.
        right = {name: value for name, value in given.items() if not own[name]}
        errors += _size_errors(replace(Settings("local"), **right), self._names)
        validators.require([*self._unknown, *map(self._respelt, errors)])
        settings = Settings(**{name: _normal(value) for name, value in given.items()})
        late = {
            name: when_known(value, partial(self._known_late, settings, name))
            for name, value in self._late.items()
        }
        return replace(settings, **late)

    def _value_errors(self, name: str, value: Any) -> list[InvalidInput]:
        if value is SECRET:
            return [InvalidInput(name, "a plain value, as names and policies repeat it", value)]
        if not is_plain(value):
            return [needs_plain_value(name, value)]
        return self._validators[name].errors(name, value)

    def _known_late(self, settings: Settings, name: str, value: Any) -> Any:
        """Return a value that has become known, or raise for what is wrong with it."""
        errors = self._value_errors(name, value)
        if name == "existing_key_arn" and not value:
            expected = "a key ARN, as an Output says that there is a key"
            errors.append(InvalidInput(name, expected, value))
        stage = _stage_errors({**self._given, **dict.fromkeys(self._late, True), name: value})
        errors += [error for error in stage if error.name == name]
        if not errors:
            errors += _size_errors(replace(settings, **{name: _normal(value)}), self._names)
        validators.require(map(self._respelt, errors))
        return value

    def _respelt(self, error: InvalidInput) -> InvalidInput:
        """Return an error under the names that the user wrote; commas separate them."""

        def spelt(found: "re.Match[str]") -> str:
            return self._spell(found[0]) if found[0] in self._validators else found[0]

        name = re.sub(r"(^|(?<=, ))\w+", spelt, error.name)
        return InvalidInput(name, error.expected, error.got)


def _size_errors(settings: Settings, names: Names) -> list[InvalidInput]:
    """Return an error for each document that the settings make longer than AWS allows."""
    target, prefixes = names.target, settings.name_prefixes
    callers = [target.iam_arn(f"role/{names.controller_role}"), *_known(settings.callers)]
    patterns = key_policies.evaluation_patterns(prefixes, settings.evaluation_ids)
    administrators = _known(settings.key_administrators)
    readers, operators = _known(settings.operations_readers), _known(settings.operator_principals)
    return [
        *size_limits.controller_policy_errors(
            "name_prefixes, source_log_groups", names, prefixes, settings.source_log_groups
        ),
        *size_limits.operator_trust_errors("operator_principals", names, operators),
        *size_limits.key_policy_errors(
            "callers, name_prefixes, evaluation_ids, key_administrators",
            key_policies.evaluation_key_policy(target, callers, patterns, administrators),
        ),
        *size_limits.key_policy_errors(
            "operations_readers, key_administrators",
            key_policies.operations_key_policy(names, administrators, readers),
        ),
    ]


def _known(principals: Any) -> Sequence[str]:
    return cast(Sequence[str], principals) if is_plain(principals) else ()


def _stage_errors(given: Mapping[str, Any]) -> list[InvalidInput]:
    """Return an error for each setting that the stage does not allow."""
    stage = given.get("stage")
    errors: list[InvalidInput] = []
    if stage in STAGES[1:] and not given.get("operator_principals"):
        expected = f"at least one principal in stage {stage}"
        errors.append(InvalidInput("operator_principals", expected, []))
    if stage in ("staging", "prod") and given.get("force_destroy"):
        errors.append(InvalidInput("force_destroy", f"false in stage {stage}", True))
    if stage == "prod":
        if not given.get("key_administrators"):
            expected = "at least one principal in stage prod"
            errors.append(InvalidInput("key_administrators", expected, []))
        if given.get("allow_delete"):
            errors.append(InvalidInput("allow_delete", "false in stage prod", True))
        if given.get("protect") is False:
            errors.append(InvalidInput("protect", "true in stage prod", False))
    return errors


def _normal(value: Any) -> Any:
    """Return the value in the type of its field: lists as tuples, whole floats as integers."""
    if isinstance(value, list):
        return tuple(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return int(value) if isinstance(value, float) else value
