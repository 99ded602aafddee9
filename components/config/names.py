"""The physical names of an environment's resources, chosen here and nowhere else."""

import re
from dataclasses import dataclass
from typing import Any

from .deployment_target import DeploymentTarget
from .errors import InvalidInput

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_RESERVED = ("amzn-s3-demo-", "sthree-", "xn--")


@dataclass(frozen=True)
class Names:
    """The names that follow from `base` (`{prefix}-{stack}`) in one place.

    IAM is global, so its names carry the Region; bucket names are global across accounts, so the
    bucket's carries account and Region.
    """

    base: str
    target: DeploymentTarget

    @property
    def bucket(self) -> str:
        return f"{self.base}-exports-{self.target.account}-{self.target.region}"

    @property
    def result_log_group(self) -> str:
        return f"{self.base}-results"

    @property
    def function(self) -> str:
        return f"{self.base}-controller"

    @property
    def function_log_group(self) -> str:
        """The group that Lambda writes to; it exists before the function."""
        return f"/aws/lambda/{self.function}"

    @property
    def controller_role(self) -> str:
        return f"{self.base}-controller-{self.target.region}"

    @property
    def operator_role(self) -> str:
        return f"{self.base}-operator-{self.target.region}"

    @property
    def schedule_role(self) -> str:
        return f"{self.base}-schedule-{self.target.region}"

    @property
    def failure_queue(self) -> str:
        return f"{self.base}-failures"

    @property
    def schedule_failure_queue(self) -> str:
        return f"{self.base}-schedule-failures"

    @property
    def schedule_group(self) -> str:
        return self.base

    @property
    def schedule(self) -> str:
        return f"{self.base}-export"

    @property
    def evaluation_key_alias(self) -> str:
        return f"alias/{self.base}-evaluation"

    @property
    def operations_key_alias(self) -> str:
        return f"alias/{self.base}-operations"

    def errors(self, inputs: str) -> list[InvalidInput]:
        """Return an error for each name that AWS would refuse, empty when it takes all.

        `inputs` says what the base is made from. Limits:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
        https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html,
        https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html,
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html,
        https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html,
        https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html.
        """
        limits = (
            ("output bucket", self.bucket, 63),
            ("operator role", self.operator_role, 64),
            ("schedule role", self.schedule_role, 64),
            ("controller role", self.controller_role, 64),
            ("controller function", self.function, 64),
            ("schedule group", self.schedule_group, 64),
            ("schedule", self.schedule, 64),
            ("failure queue", self.failure_queue, 80),
            ("schedule failure queue", self.schedule_failure_queue, 80),
            ("evaluation key's alias", self.evaluation_key_alias, 256),
            ("operations key's alias", self.operations_key_alias, 256),
            ("result log group", self.result_log_group, 512),
            ("controller's log group", self.function_log_group, 512),
        )
        errors = [
            InvalidInput(
                inputs,
                f"a name of the {role} of at most {limit} characters",
                f"{name} ({len(name)})",
            )
            for role, name, limit in limits
            if len(name) > limit
        ]
        if self.bucket.startswith(_RESERVED):
            expected = f"a bucket's name that does not begin with {', '.join(_RESERVED)}"
            errors.append(InvalidInput(inputs, expected, self.bucket))
        return errors


def base_name_errors(base: Any, target: DeploymentTarget) -> list[InvalidInput]:
    """Return what is wrong with the input `base_name` of a component that is used by itself."""
    expected = "lower-case letters, digits and hyphens, beginning with a letter"
    if not isinstance(base, str) or not re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", base):
        return [InvalidInput("base_name", expected, base)]
    return Names(base, target).errors("base_name")
