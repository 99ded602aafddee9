"""What the settings of an environment must be, each by itself and all together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import checks, documents, limits
from .checks import Check
from .errors import InvalidInput
from .names import Names
from .place import Place
from .schedules import SCHEDULE
from .settings import SECRET, STAGES, Settings, config_name
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


def check_settings(values: Mapping[str, Any], stack: str, place: Place) -> Settings:
    """Return the settings that `values` (by field name) give to `stack` in `place`.

    Raises InvalidInput for one fault and InvalidInputs for several: every fault is named at once,
    by the setting's name in the stack file.
    """
    rules = _checks(place)
    known = {*rules, "tags"}
    faults = [
        InvalidInput(config_name(name), "no such setting", value)
        for name, value in values.items()
        if name not in known
    ]
    given = {name: value for name, value in values.items() if name in known and value is not None}
    if "stage" not in given:
        faults.append(InvalidInput("stage", rules["stage"].expected, None))
    own_faults = {name: _value_faults(rules, name, value) for name, value in given.items()}
    faults += [fault for found in own_faults.values() for fault in found]
    faults += checks.matching(
        "a stack name of lower-case letters, digits and hyphens", r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    ).faults("stack", stack)
    faults += checks.overlapping_prefixes("namePrefixes", given.get("name_prefixes", ()))
    faults += checks.needless_ids(
        "evaluationIds", given.get("name_prefixes"), given.get("evaluation_ids")
    )
    faults += _stage_faults(given)
    names = Names(f"{given.get('prefix', Settings.prefix)}-{stack}", place)
    faults += names.faults("prefix and stack name")
    # What has a fault of its own is left out: the rest may be too long nevertheless.
    right = {name: value for name, value in given.items() if not own_faults[name]}
    faults += _size_faults(replace(Settings("local"), **right), names)
    checks.require(faults)
    return Settings(**{name: _normal(value) for name, value in given.items()})


def _value_faults(rules: Mapping[str, Check], name: str, value: Any) -> list[InvalidInput]:
    setting = config_name(name)
    if value is SECRET:
        return [InvalidInput(setting, "a plain value, as names and policies repeat it", value)]
    return tag_faults(setting, value) if name == "tags" else rules[name].faults(setting, value)


def _size_faults(settings: Settings, names: Names) -> list[InvalidInput]:
    """Return a fault for each document that the settings make longer than AWS allows."""
    place, prefixes = names.place, settings.name_prefixes
    callers = [place.iam_arn(f"role/{names.controller_role}"), *settings.callers]
    patterns = documents.evaluation_patterns(prefixes, settings.evaluation_ids)
    administrators = settings.key_administrators
    return [
        *limits.controller_policy_faults(
            "namePrefixes, sourceLogGroups", names, prefixes, settings.source_log_groups
        ),
        *limits.operator_trust_faults("operatorPrincipals", names, settings.operator_principals),
        *limits.key_policy_faults(
            "callers, namePrefixes, evaluationIds, keyAdministrators",
            documents.evaluation_key_policy(place, callers, patterns, administrators),
        ),
        *limits.key_policy_faults(
            "operationsReaders, keyAdministrators",
            documents.operations_key_policy(names, administrators, settings.operations_readers),
        ),
    ]


def _stage_faults(given: Mapping[str, Any]) -> list[InvalidInput]:
    """Return what a stage demands beyond each setting's own check."""
    stage = given.get("stage")
    faults: list[InvalidInput] = []
    if stage in STAGES[1:] and not given.get("operator_principals"):
        faults.append(
            InvalidInput("operatorPrincipals", f"at least one principal in stage {stage}", [])
        )
    if stage in ("staging", "prod") and given.get("force_destroy"):
        faults.append(InvalidInput("forceDestroy", f"false in stage {stage}", True))
    if stage == "prod":
        if not given.get("key_administrators"):
            faults.append(
                InvalidInput("keyAdministrators", "at least one principal in stage prod", [])
            )
        if given.get("allow_delete"):
            faults.append(InvalidInput("allowDelete", "false in stage prod", True))
        if given.get("protect") is False:
            faults.append(InvalidInput("protect", "true in stage prod", False))
    return faults


def _normal(value: Any) -> Any:
    """Return the value in the type of its field: lists as tuples, whole floats as integers."""
    if isinstance(value, list):
        return tuple(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return int(value) if isinstance(value, float) else value
