"""The settings of an environment: type, validator, default and meaning of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Annotated, Any, get_type_hints

import pulumi

from ..config import validators
from ..config.deployment_target import DeploymentTarget
from ..config.inputs import takes_outputs
from ..config.schedule_expressions import SCHEDULE
from ..config.tags import TAGS
from ..config.validators import Validator

STAGES = ("local", "dev", "staging", "prod")


Text = pulumi.Input[str]
Texts = pulumi.Input[Sequence[pulumi.Input[str]]]
Tags = pulumi.Input[Mapping[str, pulumi.Input[str]]]


@dataclass(frozen=True)
class Settings:
    """The decisions of a team about one environment: each setting is declared here, once.

    An annotation holds the type, which has `pulumi.Input` where an Output is allowed, and the
    validator, or how to get it for a deployment target. `make settings` writes the declarations of
    Pulumi.yaml, the component's arguments and docs/settings.md from these fields and their texts.
    """

    stage: Annotated[str, validators.one_of(STAGES)]
    """What the environment is for, and how strict its validation is: local, dev, staging or prod.
    """
    prefix: Annotated[str, validators.PREFIX] = "agentcore-eval"
    """First part of every name, at most 16 characters."""
    existing_key_arn: Annotated[Text, validators.existing_key] = ""
    """ARN of an existing KMS key to use as the evaluation key. Empty: a key is created. An Output
    counts as a key."""
    protect: Annotated[bool, validators.TRUTH] = True
    """Whether Pulumi refuses to delete the keys and the bucket. Always true in prod."""
    force_destroy: Annotated[bool, validators.TRUTH] = False
    """Whether a destroy deletes the exports in the bucket, all versions of them. If not, a bucket
    that is not empty stops the destroy. Not in staging and prod."""
    deletion_window_in_days: Annotated[int, validators.DELETION_WINDOW] = 30
    """Days during which the deletion of a key can be cancelled, 7 to 30."""
    rotation_period_in_days: Annotated[int, validators.ROTATION_PERIOD] = 365
    """Days between two rotations of the key material, 90 to 2560. Old data stays readable."""
    key_administrators: Annotated[Texts, validators.principals] = ()
    """ARNs of the roles and users that administer the keys, the deploying one among them. Empty:
    the account's IAM policies decide (administration only). Required in prod."""
    callers: Annotated[Texts, validators.principals] = ()
    """ARNs of roles and users, beside the controller, that may start and read evaluations under the
    key."""
    name_prefixes: Annotated[tuple[str, ...], validators.NAME_PREFIXES] = ()
    """Prefixes, each ending in `_`, of the evaluation names in scope. Empty: every name."""
    evaluation_ids: Annotated[tuple[str, ...], validators.EVALUATION_IDS] = ()
    """Ids of evaluations outside the prefixes that the callers may read as well."""
    operator_principals: Annotated[Texts, validators.principals] = ()
    """ARNs of roles and users that may assume the operator role, which invokes the controller.
    Required except in local, where the account's IAM policies decide."""
    operations_readers: Annotated[Texts, validators.principals] = ()
    """ARNs of roles and users that may read data under the operations key through CloudWatch Logs
    and SQS: session results, the controller's log and failed requests."""
    source_log_groups: Annotated[tuple[str, ...], validators.LOG_GROUPS] = (
        "aws/spans",
        "/aws/bedrock-agentcore/runtimes/*",
    )
    """Log groups (or prefixes ending in `*`) whose sessions may be evaluated."""
    result_retention_in_days: Annotated[int, validators.LOG_RETENTION] = 90
    """Days that per-session results stay in the result log group."""
    controller_log_retention_in_days: Annotated[int, validators.LOG_RETENTION] = 30
    """Days that the controller's own log stays."""
    artifact_retention_in_days: Annotated[int, validators.DAYS] = 365
    """Days that exported artifacts stay in the bucket. Manifests never expire."""
    noncurrent_retention_in_days: Annotated[int, validators.DAYS] = 30
    """Days that replaced or deleted versions of objects stay."""
    export_schedule: Annotated[str, SCHEDULE] = "rate(15 minutes)"
    """When finished evaluations are exported: a rate or cron expression of EventBridge Scheduler.
    """
    export_enabled: Annotated[bool, validators.TRUTH] = True
    """Whether the schedule is enabled."""
    allow_delete: Annotated[bool, validators.TRUTH] = False
    """Whether the controller deletes evaluations on request. Never in prod."""
    reserved_concurrency: Annotated[int, validators.CONCURRENCY] = -1
    """Concurrent runs that are reserved for, and allowed to, the controller. -1: no reservation.
    AWS Lambda refuses a reservation that leaves the account fewer than 100 unreserved runs, so any
    in a new account, whose quota is 10."""
    timeout_in_seconds: Annotated[int, validators.TIMEOUT] = 300
    """Seconds that one run of the controller may take, 60 to 900."""
    memory_in_megabytes: Annotated[int, validators.MEMORY] = 512
    """Memory of the controller in megabytes, 256 to 10240."""
    tags: Annotated[Tags, TAGS] = field(default_factory=dict[str, str])
    """Tags of every resource that takes tags."""


# Pulumi spells `Output[T]` as a text inside of `Input`.
_DECLARED: dict[str, Any] = get_type_hints(
    Settings, localns={"Output": pulumi.Output, "T": Any}, include_extras=True
)

MAY_BE_OUTPUTS = tuple(n for n, kind in _DECLARED.items() if takes_outputs(kind.__origin__))
"""The settings that take an Output: they decide documents, but no name and no set of resources."""


def settings_validators(target: DeploymentTarget) -> dict[str, Validator]:
    """Return the validator of each setting, by field name, for environments in `target`."""
    validators_of: dict[str, Validator] = {}
    for name, kind in _DECLARED.items():
        declared = kind.__metadata__[0]
        bound = isinstance(declared, FunctionType)
        validators_of[name] = declared(target) if bound else declared
    return validators_of
