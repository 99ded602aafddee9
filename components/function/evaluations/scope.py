"""The environment's bounds: its key, its name prefixes and its source log groups.

An operator acts with the controller's rights, so the controller refuses what is outside of these
(confused deputy, docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from ..aws.request_validation import found
from ..settings import Settings

_SOURCE = "dataSourceConfig.cloudWatchLogs"
_OUTPUT = "outputConfig.cloudWatchConfig"


def name_in_scope(settings: Settings, name: str) -> bool:
    """Tell whether an evaluation's name, or its id (which begins with the name), is in scope."""
    return not settings.name_prefixes or name.startswith(settings.name_prefixes)


def name_fault(settings: Settings, path: str, name: str) -> str:
    """Return the sentence that refuses a name out of scope."""
    prefixes = ", ".join(settings.name_prefixes)
    return f"{path}: expected to begin with {prefixes}, found {found(name, path)}"


def owns(settings: Settings, evaluation: Mapping[str, Any]) -> bool:
    """Tell whether an evaluation, as Get or List describes it, belongs to this environment."""
    name = evaluation.get("batchEvaluationName")
    ours = evaluation.get("kmsKeyArn") == settings.evaluation_key_arn
    return ours and isinstance(name, str) and name_in_scope(settings, name)


def lacks_our_key(settings: Settings, evaluation: Mapping[str, Any]) -> bool:
    """Tell whether an evaluation should be under this environment's key and is not.

    With name prefixes the names are this environment's alone, so another key is as wrong as none.
    Without any, an evaluation under another customer key may well belong to another environment of
    the account; what is under no customer key belongs under somebody's.
    """
    key, name = evaluation.get("kmsKeyArn"), evaluation.get("batchEvaluationName")
    if not isinstance(name, str) or not name_in_scope(settings, name):
        return False
    return key != settings.evaluation_key_arn if settings.name_prefixes else key is None


def start_faults(settings: Settings, parameters: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each way in which a start would leave the environment's bounds.

    Parts of the wrong type are passed over: the model's check names them.
    """
    return [
        *_name_faults(settings, parameters),
        *_key_faults(settings, parameters),
        *_source_faults(settings, parameters),
        *_output_faults(settings, parameters),
    ]


def _name_faults(settings: Settings, parameters: Mapping[str, Any]) -> Iterator[str]:
    name = parameters.get("batchEvaluationName")
    if isinstance(name, str) and not name_in_scope(settings, name):
        yield name_fault(settings, "batchEvaluationName", name)


def _key_faults(settings: Settings, parameters: Mapping[str, Any]) -> Iterator[str]:
    key = parameters.get("kmsKeyArn", settings.evaluation_key_arn)
    if key != settings.evaluation_key_arn:
        yield (
            f"kmsKeyArn: expected this environment's key {settings.evaluation_key_arn} "
            f"or nothing, found {found(key, 'kmsKeyArn')}"
        )


def _source_faults(settings: Settings, parameters: Mapping[str, Any]) -> Iterator[str]:
    # Both name their log groups in another resource, which can change after we looked at it.
    if "datasetExecutionConfig" in parameters:
        yield (
            "datasetExecutionConfig: expected nothing, because the agent's log groups cannot be "
            "held to this environment's; run the dataset first, then evaluate its sessions"
        )
    if "onlineEvaluationConfigSource" in _object(parameters, "dataSourceConfig"):
        yield (
            "dataSourceConfig.onlineEvaluationConfigSource: expected cloudWatchLogs instead, "
            "because an online configuration's log groups cannot be held to this environment's"
        )
    source = _object(_object(parameters, "dataSourceConfig"), "cloudWatchLogs")
    if not source:
        return
    names, prefixes = _strings(source, "logGroupNames"), _strings(source, "logGroupNamePrefixes")
    if bool(names) == bool(prefixes):
        what = "both" if names else "neither"
        yield f"{_SOURCE}: expected one of logGroupNames, logGroupNamePrefixes, found {what}"
    allowed = ", ".join(settings.source_log_groups) or "none"
    for index, name in enumerate(names):
        if not any(_covers(entry, name) for entry in settings.source_log_groups):
            path = f"{_SOURCE}.logGroupNames[{index}]"
            yield (
                f"{path}: expected one of this environment's source log groups ({allowed}), "
                f"found {found(name, path)}"
            )
    for index, prefix in enumerate(prefixes):
        # A prefix also fits groups that nobody has made yet, so an exact entry cannot cover it.
        wide = [entry for entry in settings.source_log_groups if entry.endswith("*")]
        if not any(_covers(entry, prefix) for entry in wide):
            path = f"{_SOURCE}.logGroupNamePrefixes[{index}]"
            yield (
                f"{path}: expected a prefix within one of this environment's source log groups "
                f"that end in * ({', '.join(wide) or 'none'}), found {found(prefix, path)}"
            )


def _output_faults(settings: Settings, parameters: Mapping[str, Any]) -> Iterator[str]:
    output = _object(_object(parameters, "outputConfig"), "cloudWatchConfig")
    if output.get("resultDestination") == "SOURCE_LOG_GROUP":
        yield (
            f"{_OUTPUT}.resultDestination: expected DEDICATED_LOG_GROUP, because results go to "
            "this environment's result log group, found SOURCE_LOG_GROUP"
        )
    group = output.get("logGroupName", settings.result_log_group)
    if group not in (settings.result_log_group, ""):
        yield (
            f"{_OUTPUT}.logGroupName: expected this environment's {settings.result_log_group} "
            f"or nothing, found {found(group, f'{_OUTPUT}.logGroupName')}"
        )
    if "logStreamName" in output:
        yield (
            f"{_OUTPUT}.logStreamName: expected nothing, because a deletion removes the stream and "
            "only one that the service names holds one evaluation alone"
        )
    namespace = output.get("metricsNamespace")
    if isinstance(namespace, str) and namespace.startswith("AWS/"):
        yield (
            f"{_OUTPUT}.metricsNamespace: expected a namespace that does not begin with AWS/, "
            f"found {found(namespace, f'{_OUTPUT}.metricsNamespace')}"
        )


def _covers(entry: str, name: str) -> bool:
    return name.startswith(entry[:-1]) if entry.endswith("*") else name == entry


def _object(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _strings(parent: Mapping[str, Any], name: str) -> list[str]:
    value = parent.get(name)
    entries = cast(list[object], value) if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, str)]
