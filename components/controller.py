"""The controller: the Lambda function of the lifecycle, its log, its queues, its schedule."""

import json
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from . import controller_archive
from .config import validators
from .config.deployment_target import DeploymentTarget, look_up_target
from .config.errors import InvalidInput
from .config.inputs import argument_errors
from .config.names import Names, base_name_errors
from .config.schedule_expressions import SCHEDULE
from .iam import resource_policies, statements

METRICS_NAMESPACE = "AgentCoreBatchEvaluation"

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html; supported until 2029.
RUNTIME = "python3.13"

# SQS's longest, 14 days: a failure that nobody looked at is worse than a queue that grows.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MESSAGE_RETENTION_IN_SECONDS = 1_209_600

# AWS Lambda refuses a reservation that leaves an account fewer than 100 unreserved runs, and new
# accounts have a quota of 10 for all runs: any other default would stop their first `up`.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
NO_RESERVATION = -1


class EvaluationControllerArgs(TypedDict):
    """Inputs of EvaluationController."""

    base_name: str
    """First part of the environment's names, `{prefix}-{stack}`."""
    evaluation_key_arn: pulumi.Input[str]
    """ARN of the key that every evaluation is started under."""
    operations_key_arn: pulumi.Input[str]
    """ARN of the key for the controller's log group and queues."""
    output_bucket: pulumi.Input[str]
    """Name of the bucket that exports go to."""
    result_log_group: pulumi.Input[str]
    """Name of the log group that takes per-session results."""
    controller_role_arn: pulumi.Input[str]
    """ARN of the role that the function runs under."""
    schedule_role_arn: pulumi.Input[str]
    """ARN of the role that the schedule invokes the function with."""
    source_log_groups: Sequence[str]
    """Log groups (or prefixes ending in `*`) whose sessions may be evaluated."""
    name_prefixes: NotRequired[Sequence[str]]
    """Prefixes of the evaluation names in scope. Default: every name."""
    allow_delete: NotRequired[bool]
    """Whether the function deletes evaluations on request. Default: false."""
    export_schedule: NotRequired[str]
    """When finished evaluations are exported. Default: `rate(15 minutes)`."""
    export_enabled: NotRequired[bool]
    """Whether the schedule fires. Default: true."""
    log_retention_in_days: NotRequired[int]
    """How long the function's log stays. Default: 30."""
    reserved_concurrency: NotRequired[int]
    """Concurrent runs kept for and allowed to the function. Default: -1, no reservation."""
    timeout_in_seconds: NotRequired[int]
    """How long one run may take, 60 to 900. Default: 300."""
    memory_in_megabytes: NotRequired[int]
    """Memory of the function, 256 to 10240. Default: 512."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags of every resource that takes tags. Default: none."""


class EvaluationController(pulumi.ComponentResource):
    """The controller function with everything that its runs need.

    It has no URL and no resource policy: only principals with lambda:InvokeFunction reach it.
    Raises InvalidInput for a bad input.
    """

    function_name: pulumi.Output[str]
    """Name of the function."""
    function_arn: pulumi.Output[str]
    """ARN of the function."""
    failure_queue: pulumi.Output[str]
    """Name of the queue of asynchronous invocations that failed."""
    schedule_failure_queue: pulumi.Output[str]
    """Name of the queue of scheduled invocations that could not be delivered."""
    schedule_name: pulumi.Output[str]
    """Name of the schedule of the export, in the group of the environment's name."""

    def __init__(
        self, name: str, args: EvaluationControllerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("agentcore-batch-evaluation:index:EvaluationController", name, {}, opts)
        validators.require(argument_errors(args, EvaluationControllerArgs, "EvaluationController"))
        target = look_up_target(self, opts)
        validators.require(_errors(args, target))
        self._names = Names(args["base_name"], target)
        self._name = name
        self._args = args
        # The roles' policies are attached before anything uses the roles: Lambda, for one, refuses
        # a failure destination that the function's role cannot send to.
        self._child = pulumi.ResourceOptions(
            parent=self, depends_on=opts.depends_on if opts else None
        )
        function = self._function()
        self.failure_queue = self._failure_destination(function)
        self.schedule_failure_queue, self.schedule_name = self._schedule(function)
        self.function_name = function.name
        self.function_arn = function.arn
        self.register_outputs(
            {
                "function_name": self.function_name,
                "function_arn": self.function_arn,
                "failure_queue": self.failure_queue,
                "schedule_failure_queue": self.schedule_failure_queue,
                "schedule_name": self.schedule_name,
            }
        )

    def _function(self) -> aws.lambda_.Function:
        args, names = self._args, self._names
        log_group = aws.cloudwatch.LogGroup(
            f"{self._name}-log-group",
            name=names.function_log_group,
            kms_key_id=args["operations_key_arn"],
            retention_in_days=int(args.get("log_retention_in_days", 30)),
            tags=args.get("tags"),
            opts=self._child,
        )
        return aws.lambda_.Function(
            f"{self._name}-function",
            name=names.function,
            description=f"Lifecycle of the batch evaluations of {names.base}",
            role=args["controller_role_arn"],
            runtime=RUNTIME,
            architectures=["arm64"],
            handler="function.handler.handle",
            code=pulumi.FileArchive(str(controller_archive.archive_file())),
            environment={"variables": self._variables()},
            timeout=int(args.get("timeout_in_seconds", 300)),
            memory_size=int(args.get("memory_in_megabytes", 512)),
            reserved_concurrent_executions=int(args.get("reserved_concurrency", NO_RESERVATION)),
            tracing_config={"mode": "Active"},
            tags=args.get("tags"),
            # Lambda would make the group itself, without key or retention, at the first line
            # logged.
            opts=pulumi.ResourceOptions.merge(
                self._child, pulumi.ResourceOptions(depends_on=[log_group])
            ),
        )

    def _variables(self) -> dict[str, pulumi.Input[str]]:
        """Return the function's environment: names and switches, nothing secret."""
        args, names = self._args, self._names
        return {
            "ACCOUNT_ID": names.target.account,
            "ALLOW_DELETE": json.dumps(args.get("allow_delete", False)),
            "ENVIRONMENT_NAME": names.base,
            "EVALUATION_KEY_ARN": args["evaluation_key_arn"],
            "METRICS_NAMESPACE": METRICS_NAMESPACE,
            "NAME_PREFIXES": json.dumps(list(args.get("name_prefixes", []))),
            "OUTPUT_BUCKET": args["output_bucket"],
            "RESULT_LOG_GROUP": args["result_log_group"],
            "SOURCE_LOG_GROUPS": json.dumps(list(args["source_log_groups"])),
        }

    def _failure_destination(self, function: aws.lambda_.Function) -> pulumi.Output[str]:
        """Send what an asynchronous invocation failed at to a queue, after Lambda's two retries.

        Returns the queue's name.
        """
        queue = self._queue("failures", self._names.failure_queue)
        aws.lambda_.FunctionEventInvokeConfig(
            f"{self._name}-invoke-config",
            function_name=function.name,
            maximum_event_age_in_seconds=21_600,
            maximum_retry_attempts=2,
            destination_config={"on_failure": {"destination": queue.arn}},
            opts=self._child,
        )
        return queue.name

    def _schedule(
        self, function: aws.lambda_.Function
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """Invoke the export on schedule, from a group that the role's trust names.

        Returns the names of the queue of what could not be delivered, and of the schedule.
        """
        args, names = self._args, self._names
        queue = self._queue("schedule-failures", names.schedule_failure_queue)
        group = aws.scheduler.ScheduleGroup(
            f"{self._name}-schedule-group",
            name=names.schedule_group,
            tags=args.get("tags"),
            opts=self._child,
        )
        schedule = aws.scheduler.Schedule(
            f"{self._name}-schedule",
            name=names.schedule,
            group_name=group.name,
            description=f"Exports the finished batch evaluations of {names.base}",
            schedule_expression=args.get("export_schedule", "rate(15 minutes)"),
            schedule_expression_timezone="UTC",
            state="ENABLED" if args.get("export_enabled", True) else "DISABLED",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": function.arn,
                "role_arn": args["schedule_role_arn"],
                "input": json.dumps({"operation": "ExportBatchEvaluations"}),
                "dead_letter_config": {"arn": queue.arn},
                # The next tick does what this one missed, so old ticks are not worth keeping.
                "retry_policy": {
                    "maximum_event_age_in_seconds": 900,
                    "maximum_retry_attempts": 3,
                },
            },
            opts=self._child,
        )
        return queue.name, schedule.name

    def _queue(self, role: str, chosen: str) -> aws.sqs.Queue:
        queue = aws.sqs.Queue(
            f"{self._name}-{role}",
            name=chosen,
            kms_master_key_id=self._args["operations_key_arn"],
            kms_data_key_reuse_period_seconds=300,
            message_retention_seconds=MESSAGE_RETENTION_IN_SECONDS,
            tags=self._args.get("tags"),
            opts=self._child,
        )
        aws.sqs.QueuePolicy(
            f"{self._name}-{role}-policy",
            queue_url=queue.url,
            policy=statements.to_json(resource_policies.queue_policy(self._names.target, chosen)),
            opts=self._child,
        )
        return queue


def _errors(args: EvaluationControllerArgs, target: DeploymentTarget) -> list[InvalidInput]:
    checked = (
        ("source_log_groups", validators.LOG_GROUPS, args["source_log_groups"]),
        ("name_prefixes", validators.NAME_PREFIXES, args.get("name_prefixes", [])),
        ("export_schedule", SCHEDULE, args.get("export_schedule", "rate(15 minutes)")),
        ("log_retention_in_days", validators.LOG_RETENTION, args.get("log_retention_in_days", 30)),
        (
            "reserved_concurrency",
            validators.CONCURRENCY,
            args.get("reserved_concurrency", NO_RESERVATION),
        ),
        ("timeout_in_seconds", validators.TIMEOUT, args.get("timeout_in_seconds", 300)),
        ("memory_in_megabytes", validators.MEMORY, args.get("memory_in_megabytes", 512)),
    )
    return [
        *base_name_errors(args["base_name"], target),
        *(error for name, check, value in checked for error in check.errors(name, value)),
    ]
