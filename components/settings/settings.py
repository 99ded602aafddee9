"""The settings of an environment: meaning and defaults, and how a stack gives them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

import pulumi
from pulumi.runtime import config as runtime_config

from ..config.inputs import SECRET

STAGES = ("local", "dev", "staging", "prod")


Text = pulumi.Input[str]
Texts = pulumi.Input[Sequence[pulumi.Input[str]]]


@dataclass(frozen=True)
class Settings:
    """What a team decides about one environment.

    Durations are in the unit that the name gives. `Pulumi.yaml` declares the same fields in
    camelCase with the same defaults. Where a program may give an Output, the field may hold one.
    """

    stage: str
    """One of local, dev, staging, prod: what it is for, and how strict its checks are."""
    prefix: str = "agentcore-eval"
    """First part of every name, at most 16 characters."""
    existing_key_arn: Text = ""
    """A KMS key to use as the evaluation key; empty to make one."""
    protect: bool = True
    """Whether Pulumi refuses to delete the keys and the bucket."""
    force_destroy: bool = False
    """Whether a destroy deletes the exports in the bucket; else a bucket that is not empty stops
    it. Not in staging and prod."""
    deletion_window_in_days: int = 30
    """How long a deleted key can be brought back, 7 to 30."""
    rotation_period_in_days: int = 365
    """How often KMS makes new key material, 90 to 2560; old data stays readable."""
    key_administrators: Texts = ()
    """Roles and users that manage the keys, the deploying one among them; empty: the account's IAM
    policies decide (administration only). Required in prod."""
    callers: Texts = ()
    """Roles and users, beside the controller, that may start and read evaluations under the key."""
    name_prefixes: tuple[str, ...] = ()
    """Prefixes, each ending in `_`, of the evaluation names in scope; empty: every name."""
    evaluation_ids: tuple[str, ...] = ()
    """Ids of evaluations outside the prefixes that the callers may read as well."""
    operator_principals: Texts = ()
    """Roles and users that may take the operator role, which invokes the controller. Required but
    for local, where the account's IAM policies decide."""
    operations_readers: Texts = ()
    """Roles and users that may read, through CloudWatch Logs and SQS, what lies under the
    operations key: session results, the controller's log and failed requests."""
    source_log_groups: tuple[str, ...] = ("aws/spans", "/aws/bedrock-agentcore/runtimes/*")
    """Log groups (or prefixes ending in `*`) whose sessions may be evaluated."""
    result_retention_in_days: int = 90
    """How long per-session results stay in the result log group."""
    controller_log_retention_in_days: int = 30
    """How long the controller's own log stays."""
    artifact_retention_in_days: int = 365
    """How long exported artifacts stay in the bucket; manifests never expire."""
    noncurrent_retention_in_days: int = 30
    """How long replaced or deleted versions of objects stay."""
    export_schedule: str = "rate(15 minutes)"
    """When finished evaluations are exported: rate or cron expression of EventBridge Scheduler."""
    export_enabled: bool = True
    """Whether the schedule fires."""
    allow_delete: bool = False
    """Whether the controller deletes evaluations on request. Never in prod."""
    reserved_concurrency: int = -1
    """Concurrent runs kept for and allowed to the controller; -1 for no reservation."""
    timeout_in_seconds: int = 300
    """How long one run of the controller may take, 60 to 900."""
    memory_in_megabytes: int = 512
    """Memory of the controller, 256 to 10240."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] = field(default_factory=dict[str, str])
    """Tags of every resource that takes tags."""


class StackSettings(dict[str, Any]):
    """The settings of a stack file by field name; `unknown` are its keys that are no setting."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: list[str] = []


def settings_from_config() -> StackSettings:
    """Return the stack's configuration of this project by field name, for check_settings.

    A value that is not of its setting's type is returned as it was written: check_settings names
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
