"""What the settings of an environment must be, each by itself and all together."""

import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pulumi

from . import checks, documents, limits
from .checks import Check
from .errors import InvalidInput, UnknownInput
from .inputs import SECRET, is_plain, needs_plain_value, when_known
from .names import Names
from .place import Place
from .schedules import SCHEDULE
from .settings import STAGES, Settings, StackSettings, spelling
from .tags import tag_faults


def _checks(place: Place) -> dict[str, Check]:
    principals = checks.principals(place)
    retention = checks.LOG_RETENTION
    return {
        "stage": checks.one_of(STAGES),
        "prefix": checks.matching(
            "1 to 16 lower-case letters, digits and hyphens, beginning with a letter",
            r"[a-z][a-z0-9-]{0,15}",
        ),
        "existing_key_arn": checks.existing_key(place),
        "protect": checks.TRUTH,
        "force_destroy": checks.TRUTH,
        "deletion_window_in_days": checks.DELETION_WINDOW,
        "rotation_period_in_days": checks.ROTATION_PERIOD,
        "key_administrators": principals,
        "callers": principals,
        "name_prefixes": checks.NAME_PREFIXES,
        "evaluation_ids": checks.EVALUATION_IDS,
        "operator_principals": principals,
        "operations_readers": principals,
        "source_log_groups": checks.LOG_GROUPS,
        "result_retention_in_days": retention,
        "controller_log_retention_in_days": retention,
        "artifact_retention_in_days": checks.DAYS,
        "noncurrent_retention_in_days": checks.DAYS,
        "export_schedule": SCHEDULE,
        "export_enabled": checks.TRUTH,
        "allow_delete": checks.TRUTH,
        "reserved_concurrency": checks.CONCURRENCY,
        "timeout_in_seconds": checks.TIMEOUT,
        "memory_in_megabytes": checks.MEMORY,
    }


# What these decide may be known in the middle of an update: documents, but no name and no set of
# resources.
LATE = (
    "callers",
    "existing_key_arn",
    "key_administrators",
    "operations_readers",
    "operator_principals",
    "tags",
)


def check_settings(values: Mapping[str, Any], stack: str, place: Place) -> Settings:
    """Return the settings that `values` (by field name) give to `stack` in `place`.

    Raises InvalidInput for one fault and InvalidInputs for several: every fault is named at once,
    as the user wrote the setting: in camelCase in a stack file, by the argument's name elsewhere.
    What is not known yet is returned as an Output that is checked when it is known.
    """
    return _Settings(values, stack, place).checked()


class _Settings:
    """The settings of one stack while they are checked."""

    def __init__(self, values: Mapping[str, Any], stack: str, place: Place) -> None:
        self._stack = stack
        self._rules = _checks(place)
        fields = {*self._rules, "tags"}
        self._spell = spelling(values)
        kind, unknown = "argument of BatchEvaluationEnvironment", values.keys() - fields
        if isinstance(values, StackSettings):
            kind, unknown = "setting", values.unknown
        self._unknown = [UnknownInput(kind, n, map(self._spell, fields)) for n in sorted(unknown)]
        given = {n: v for n, v in values.items() if n in fields and v is not None}
        self._late = {n: v for n, v in given.items() if n in LATE and not is_plain(v)}
        self._given = {n: v for n, v in given.items() if n not in self._late}
        # What should be plain and is not has its own error, and no part in checks of several.
        self._plain = {n: v for n, v in self._given.items() if is_plain(v)}
        prefix = self._plain.get("prefix", Settings.prefix)
        self._names = Names(f"{prefix}-{stack}", place)

    def checked(self) -> Settings:
        """Return the settings, or raise for what is wrong with what is known of them."""
        given = self._given
        own = {name: self._value_faults(name, value) for name, value in given.items()}
        faults = [fault for found in own.values() for fault in found]
        if "stage" not in given:
            faults.append(InvalidInput("stage", self._rules["stage"].expected, None))
        for name, value in self._late.items():
            if name == "tags" and not isinstance(value, Mapping | pulumi.Output | Awaitable):
                faults += tag_faults(name, value)
            elif isinstance(value, Sequence):
                faults += self._rules[name].faults(name, value)  # those elements that are known
        faults += checks.matching(
            "a stack name of lower-case letters, digits and hyphens",
            r"[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        ).faults("stack", self._stack)
        prefixes = self._plain.get("name_prefixes", ())
        faults += checks.overlapping_prefixes("name_prefixes", prefixes)
        if prefixes or "name_prefixes" not in given:
            ids = self._plain.get("evaluation_ids")
            faults += checks.needless_ids("evaluation_ids", prefixes, ids)
        faults += _stage_faults({**self._plain, **dict.fromkeys(self._late, True)})
        faults += self._names.faults("prefix and stack name")
        # What has a fault of its own is left out: the rest may be too long nevertheless.
        right = {name: value for name, value in given.items() if not own[name]}
        faults += _size_faults(replace(Settings("local"), **right), self._names)
        checks.require([*self._unknown, *map(self._respelt, faults)])
        settings = Settings(**{name: _normal(value) for name, value in given.items()})
        late = {
            name: when_known(value, partial(self._known_late, settings, name))
            for name, value in self._late.items()
        }
        return replace(settings, **late)

    def _value_faults(self, name: str, value: Any) -> list[InvalidInput]:
        if value is SECRET:
            return [InvalidInput(name, "a plain value, as names and policies repeat it", value)]
        if not is_plain(value):
            return [needs_plain_value(name, value)]
        return tag_faults(name, value) if name == "tags" else self._rules[name].faults(name, value)

    def _known_late(self, settings: Settings, name: str, value: Any) -> Any:
        """Return a value that has become known, or raise for what is wrong with it."""
        faults = self._value_faults(name, value)
        if name == "existing_key_arn" and not value:
            expected = "a key ARN, as an Output says that there is a key"
            faults.append(InvalidInput(name, expected, value))
        stage = _stage_faults({**self._given, **dict.fromkeys(self._late, True), name: value})
        faults += [fault for fault in stage if fault.name == name]
        if not faults:
            faults += _size_faults(replace(settings, **{name: _normal(value)}), self._names)
        checks.require(map(self._respelt, faults))
        return value

    def _respelt(self, fault: InvalidInput) -> InvalidInput:
        """Return a fault under the name that the user wrote: fields stand first or after commas."""

        def spelt(found: "re.Match[str]") -> str:
            return self._spell(found[0]) if found[0] in {*self._rules, "tags"} else found[0]

        name = re.sub(r"(^|(?<=, ))\w+", spelt, fault.name)
        return InvalidInput(name, fault.expected, fault.got)


def _size_faults(settings: Settings, names: Names) -> list[InvalidInput]:
    """Return a fault for each document that the settings make longer than AWS allows."""
    place, prefixes = names.place, settings.name_prefixes
    callers = [place.iam_arn(f"role/{names.controller_role}"), *_known(settings.callers)]
    patterns = documents.evaluation_patterns(prefixes, settings.evaluation_ids)
    administrators = _known(settings.key_administrators)
    readers, operators = _known(settings.operations_readers), _known(settings.operator_principals)
    return [
        *limits.controller_policy_faults(
            "name_prefixes, source_log_groups", names, prefixes, settings.source_log_groups
        ),
        *limits.operator_trust_faults("operator_principals", names, operators),
        *limits.key_policy_faults(
            "callers, name_prefixes, evaluation_ids, key_administrators",
            documents.evaluation_key_policy(place, callers, patterns, administrators),
        ),
        *limits.key_policy_faults(
            "operations_readers, key_administrators",
            documents.operations_key_policy(names, administrators, readers),
        ),
    ]


def _known(principals: Any) -> Sequence[str]:
    return cast(Sequence[str], principals) if is_plain(principals) else ()


def _stage_faults(given: Mapping[str, Any]) -> list[InvalidInput]:
    """Return what a stage demands beyond each setting's own check."""
    stage = given.get("stage")
    faults: list[InvalidInput] = []
    if stage in STAGES[1:] and not given.get("operator_principals"):
        expected = f"at least one principal in stage {stage}"
        faults.append(InvalidInput("operator_principals", expected, []))
    if stage in ("staging", "prod") and given.get("force_destroy"):
        faults.append(InvalidInput("force_destroy", f"false in stage {stage}", True))
    if stage == "prod":
        if not given.get("key_administrators"):
            expected = "at least one principal in stage prod"
            faults.append(InvalidInput("key_administrators", expected, []))
        if given.get("allow_delete"):
            faults.append(InvalidInput("allow_delete", "false in stage prod", True))
        if given.get("protect") is False:
            faults.append(InvalidInput("protect", "true in stage prod", False))
    return faults


def _normal(value: Any) -> Any:
    """Return the value in the type of its field: lists as tuples, whole floats as integers."""
    if isinstance(value, list):
        return tuple(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return int(value) if isinstance(value, float) else value
