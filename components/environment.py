"""The whole: keys, bucket, logs, roles and controller of one environment, wired together."""

from typing import cast

import pulumi

from .config.deploying_principal import with_deployer
from .config.deployment_target import look_up_deployment
from .config.inputs import also, is_plain
from .config.names import Names
from .controller import EvaluationController
from .environment_args import BatchEvaluationEnvironmentArgs
from .evaluation_key import EvaluationKey
from .existing_key import adoption
from .operations_key import OperationsKey
from .output_bucket import OutputBucket
from .result_logs import ResultLogs
from .roles import EvaluationRoles
from .settings.stack_file import spelling
from .settings.validation import validate_settings


class BatchEvaluationEnvironment(pulumi.ComponentResource):
    """All that a team needs to run batch evaluations encrypted under its own key.

    Raises InvalidInput or InvalidInputs, which name every bad input at once, and KeyNotUsable for
    an existing key that does not fit.
    """

    evaluation_key_arn: pulumi.Output[str]
    """ARN of the key that evaluations and exports are encrypted under."""
    operations_key_arn: pulumi.Output[str]
    """ARN of the key for logs and queues."""
    output_bucket: pulumi.Output[str]
    """Name of the bucket of exports."""
    controller_function_name: pulumi.Output[str]
    """Name of the controller function."""
    controller_function_arn: pulumi.Output[str]
    """ARN of the controller function."""
    controller_role_arn: pulumi.Output[str]
    """ARN of the role that evaluations run under."""
    operator_role_arn: pulumi.Output[str]
    """ARN of the role that may invoke the controller."""
    result_log_group: pulumi.Output[str]
    """Name of the log group of per-session results."""
    failure_queue: pulumi.Output[str]
    """Name of the queue of asynchronous invocations that failed."""
    schedule_failure_queue: pulumi.Output[str]
    """Name of the queue of scheduled invocations that could not be delivered."""
    export_schedule_name: pulumi.Output[str]
    """Name of the schedule that invokes the export, in the group of the environment's name."""

    def __init__(
        self,
        name: str,
        args: BatchEvaluationEnvironmentArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            "agentcore-batch-evaluation:index:BatchEvaluationEnvironment", name, {}, opts
        )
        self.deployment = deployment = look_up_deployment(self, opts)
        target = deployment.target
        stack = pulumi.get_stack()
        settings = validate_settings(args, stack, target)
        names = Names(f"{settings.prefix}-{stack}", target)
        tags = settings.tags
        spell = spelling(args)
        administrators = with_deployer(
            self, spell("key_administrators"), settings.key_administrators, deployment
        )
        if is_plain(settings.existing_key_arn) and settings.existing_key_arn:
            # Before there are roles: a key that cannot serve stops the first `up` for nothing.
            adoption.described(
                self, spell("existing_key_arn"), cast(str, settings.existing_key_arn)
            )
        child = pulumi.ResourceOptions(parent=self)
        roles = EvaluationRoles(
            f"{name}-roles",
            {
                "base_name": names.base,
                "source_log_groups": settings.source_log_groups,
                "name_prefixes": settings.name_prefixes,
                "operator_arns": settings.operator_principals,
                "allow_delete": settings.allow_delete,
                "tags": tags,
            },
            opts=child,
        )
        # Key policies name the roles by their chosen names, and KMS refuses principals that do not
        # exist: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
        after_roles = pulumi.ResourceOptions(parent=self, depends_on=[roles])
        evaluation_key = EvaluationKey(
            f"{name}-evaluation-key",
            {
                "caller_arns": also(
                    target.iam_arn(f"role/{names.controller_role}"), settings.callers
                ),
                "administrator_arns": administrators,
                "name_prefixes": settings.name_prefixes,
                "evaluation_ids": settings.evaluation_ids,
                "existing_key_arn": settings.existing_key_arn,
                "alias": names.evaluation_key_alias,
                "deletion_window_in_days": settings.deletion_window_in_days,
                "rotation_period_in_days": settings.rotation_period_in_days,
                "protect": settings.protect,
                "tags": tags,
            },
            opts=after_roles,
        )
        operations_key = OperationsKey(
            f"{name}-operations-key",
            {
                "base_name": names.base,
                "administrator_arns": administrators,
                "reader_arns": settings.operations_readers,
                "deletion_window_in_days": settings.deletion_window_in_days,
                "rotation_period_in_days": settings.rotation_period_in_days,
                "protect": settings.protect,
                "tags": tags,
            },
            opts=after_roles,
        )
        logs = ResultLogs(
            f"{name}-results",
            {
                "base_name": names.base,
                "key_arn": operations_key.key_arn,
                "retention_in_days": settings.result_retention_in_days,
                "tags": tags,
            },
            opts=child,
        )
        bucket = OutputBucket(
            f"{name}-output",
            {
                "base_name": names.base,
                "key_arn": evaluation_key.key_arn,
                "artifact_retention_in_days": settings.artifact_retention_in_days,
                "noncurrent_retention_in_days": settings.noncurrent_retention_in_days,
                "protect": settings.protect,
                "force_destroy": settings.force_destroy,
                "tags": tags,
            },
            # A bucket that is not empty stops a destroy: before it does, nothing is deleted that
            # holds data or guards it.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[evaluation_key, operations_key, logs]
            ),
        )
        controller = EvaluationController(
            f"{name}-controller",
            {
                "base_name": names.base,
                "evaluation_key_arn": evaluation_key.key_arn,
                "operations_key_arn": operations_key.key_arn,
                "output_bucket": bucket.bucket,
                "result_log_group": logs.log_group,
                "controller_role_arn": roles.controller_role_arn,
                "schedule_role_arn": roles.schedule_role_arn,
                "source_log_groups": settings.source_log_groups,
                "name_prefixes": settings.name_prefixes,
                "allow_delete": settings.allow_delete,
                "export_schedule": settings.export_schedule,
                "export_enabled": settings.export_enabled,
                "log_retention_in_days": settings.controller_log_retention_in_days,
                "reserved_concurrency": settings.reserved_concurrency,
                "timeout_in_seconds": settings.timeout_in_seconds,
                "memory_in_megabytes": settings.memory_in_megabytes,
                "tags": tags,
            },
            opts=after_roles,
        )
        self.evaluation_key_arn = evaluation_key.key_arn
        self.operations_key_arn = operations_key.key_arn
        self.output_bucket = bucket.bucket
        self.controller_function_name = controller.function_name
        self.controller_function_arn = controller.function_arn
        self.controller_role_arn = roles.controller_role_arn
        self.operator_role_arn = roles.operator_role_arn
        self.result_log_group = logs.log_group
        self.failure_queue = controller.failure_queue
        self.schedule_failure_queue = controller.schedule_failure_queue
        self.export_schedule_name = controller.schedule_name
        self.register_outputs(self.exports())

    def exports(self) -> dict[str, pulumi.Output[str]]:
        """Return the outputs by name, as a stack exports them."""
        return {
            "evaluation_key_arn": self.evaluation_key_arn,
            "operations_key_arn": self.operations_key_arn,
            "output_bucket": self.output_bucket,
            "controller_function_name": self.controller_function_name,
            "controller_function_arn": self.controller_function_arn,
            "controller_role_arn": self.controller_role_arn,
            "operator_role_arn": self.operator_role_arn,
            "result_log_group": self.result_log_group,
            "failure_queue": self.failure_queue,
            "schedule_failure_queue": self.schedule_failure_queue,
            "export_schedule_name": self.export_schedule_name,
        }
