"""The result logs: the log group that takes the per-session results of evaluations."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .config import validators
from .config.deployment_target import look_up_target
from .config.inputs import argument_errors
from .config.names import Names, base_name_errors


class ResultLogsArgs(TypedDict):
    """Inputs of ResultLogs."""

    base_name: str
    """First part of the environment's names, `{prefix}-{stack}`."""
    key_arn: pulumi.Input[str]
    """ARN of the operations key, whose policy must let the logs service use it for this group."""
    retention_in_days: NotRequired[int]
    """How long results stay, one of the periods that CloudWatch Logs offers. Default: 90."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags of the log group. Default: none."""


class ResultLogs(pulumi.ComponentResource):
    """An encrypted log group of our own for per-session results.

    `kmsKeyArn` does not reach them: it covers what the service stores in S3, while scores and the
    judge's explanations go to CloudWatch Logs, by default to a group that the whole account shares.
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-results.html.
    Raises InvalidInput for a bad input.
    """

    log_group: pulumi.Output[str]
    """Name of the log group."""

    def __init__(
        self, name: str, args: ResultLogsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("agentcore-batch-evaluation:index:ResultLogs", name, {}, opts)
        validators.require(argument_errors(args, ResultLogsArgs, "ResultLogs"))
        retention = args.get("retention_in_days", 90)
        target = look_up_target(self, opts)
        validators.require(
            [
                *base_name_errors(args["base_name"], target),
                *validators.LOG_RETENTION.errors("retention_in_days", retention),
            ]
        )
        group = aws.cloudwatch.LogGroup(
            f"{name}-group",
            name=Names(args["base_name"], target).result_log_group,
            kms_key_id=args["key_arn"],
            retention_in_days=int(retention),
            tags=args.get("tags"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.log_group = group.name
        self.register_outputs({"log_group": self.log_group})
