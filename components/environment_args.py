"""The arguments of BatchEvaluationEnvironment, written by `make settings`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class BatchEvaluationEnvironmentArgs(TypedDict):
    """Inputs of BatchEvaluationEnvironment.

    Names and resources follow from plain values, so that every validation error is found before any
    resource exists. ARNs and tags may be Outputs: they are validated when they are known, and the
    policies that name them are as known at preview as they are.
    """

    stage: str
    """What the environment is for, and how strict its validation is: local, dev, staging or
    prod."""
    prefix: NotRequired[str]
    """First part of every name, at most 16 characters. Default: `agentcore-eval`."""
    existing_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing KMS key to use as the evaluation key. Empty: a key is created. An
    Output counts as a key. Default: empty."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the keys and the bucket. Always true in prod. Default:
    true."""
    force_destroy: NotRequired[bool]
    """Whether a destroy deletes the exports in the bucket, all versions of them. If not, a
    bucket that is not empty stops the destroy. Not in staging and prod. Default: false."""
    deletion_window_in_days: NotRequired[int]
    """Days during which the deletion of a key can be cancelled, 7 to 30. Default: 30."""
    rotation_period_in_days: NotRequired[int]
    """Days between two rotations of the key material, 90 to 2560. Old data stays readable.
    Default: 365."""
    key_administrators: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """ARNs of the roles and users that administer the keys, the deploying one among them.
    Empty: the account's IAM policies decide (administration only). Required in prod. Default:
    empty."""
    callers: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """ARNs of roles and users, beside the controller, that may start and read evaluations under
    the key. Default: empty."""
    name_prefixes: NotRequired[Sequence[str]]
    """Prefixes, each ending in `_`, of the evaluation names in scope. Empty: every name.
    Default: empty."""
    evaluation_ids: NotRequired[Sequence[str]]
    """Ids of evaluations outside the prefixes that the callers may read as well. Default: empty."""
    operator_principals: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """ARNs of roles and users that may assume the operator role, which invokes the controller.
    Required except in local, where the account's IAM policies decide. Default: empty."""
    operations_readers: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """ARNs of roles and users that may read data under the operations key through CloudWatch
    Logs and SQS: session results, the controller's log and failed requests. Default: empty."""
    source_log_groups: NotRequired[Sequence[str]]
    """Log groups (or prefixes ending in `*`) whose sessions may be evaluated. Default:
    `aws/spans` and `/aws/bedrock-agentcore/runtimes/*`."""
    result_retention_in_days: NotRequired[int]
    """Days that per-session results stay in the result log group. Default: 90."""
    controller_log_retention_in_days: NotRequired[int]
    """Days that the controller's own log stays. Default: 30."""
    artifact_retention_in_days: NotRequired[int]
    """Days that exported artifacts stay in the bucket. Manifests never expire. Default: 365."""
    noncurrent_retention_in_days: NotRequired[int]
    """Days that replaced or deleted versions of objects stay. Default: 30."""
    export_schedule: NotRequired[str]
    """When finished evaluations are exported: a rate or cron expression of EventBridge
    Scheduler. Default: `rate(15 minutes)`."""
    export_enabled: NotRequired[bool]
    """Whether the schedule is enabled. Default: true."""
    allow_delete: NotRequired[bool]
    """Whether the controller deletes evaluations on request. Never in prod. Default: false."""
    reserved_concurrency: NotRequired[int]
    """Concurrent runs that are reserved for, and allowed to, the controller. -1: no
    reservation. AWS Lambda refuses a reservation that leaves the account fewer than 100
    unreserved runs, so any in a new account, whose quota is 10. Default: -1."""
    timeout_in_seconds: NotRequired[int]
    """Seconds that one run of the controller may take, 60 to 900. Default: 300."""
    memory_in_megabytes: NotRequired[int]
    """Memory of the controller in megabytes, 256 to 10240. Default: 512."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags of every resource that takes tags. Default: none."""
