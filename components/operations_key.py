"""The operations key: a second key, so that the evaluation key serves nothing else."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .config import validators
from .config.deploying_principal import with_deployer
from .config.deployment_target import look_up_deployment
from .config.inputs import argument_errors, when_known
from .config.names import Names, base_name_errors
from .existing_key.pending_deletion import warn_of_pending_key
from .iam import key_policies, size_limits, statements


class OperationsKeyArgs(TypedDict):
    """Inputs of OperationsKey."""

    base_name: str
    """First part of the environment's names, `{prefix}-{stack}`; its roles must exist before the
    key."""
    administrator_arns: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """ARNs of the roles and users that manage the key. Default: the account's IAM policies
    decide."""
    reader_arns: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """ARNs of the roles and users that may read, through CloudWatch Logs and SQS, what lies under
    the key: session results, the controller's log and failed requests. Default: none."""
    deletion_window_in_days: NotRequired[int]
    """How long a deleted key can be brought back, 7 to 30 days. Default: 30."""
    rotation_period_in_days: NotRequired[int]
    """How often KMS makes new key material, 90 to 2560 days. Default: 365."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the key. Default: true."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags of the key. Default: none."""


class OperationsKey(pulumi.ComponentResource):
    """A KMS key for the environment's two log groups and two queues, and for nothing else.

    Raises InvalidInput for a bad input.
    """

    key_arn: pulumi.Output[str]
    """ARN of the key."""

    def __init__(
        self, name: str, args: OperationsKeyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("agentcore-batch-evaluation:index:OperationsKey", name, {}, opts)
        validators.require(argument_errors(args, OperationsKeyArgs, "OperationsKey"))
        deployment = look_up_deployment(self, opts)
        target = deployment.target
        administrators = args.get("administrator_arns", [])
        readers = args.get("reader_arns", [])
        principals = validators.principals(target)
        window = args.get("deletion_window_in_days", 30)
        period = args.get("rotation_period_in_days", 365)
        validators.require(
            [
                *base_name_errors(args["base_name"], target),
                *validators.known_errors(principals, "administrator_arns", administrators),
                *validators.known_errors(principals, "reader_arns", readers),
                *validators.DELETION_WINDOW.errors("deletion_window_in_days", window),
                *validators.ROTATION_PERIOD.errors("rotation_period_in_days", period),
            ]
        )
        names = Names(args["base_name"], target)

        def policy(known: Mapping[str, Sequence[str]]) -> str:
            validators.require(f for name in known for f in principals.errors(name, known[name]))
            document = key_policies.operations_key_policy(
                names, known["administrator_arns"], known["reader_arns"]
            )
            validators.require(
                size_limits.key_policy_errors("administrator_arns, reader_arns", document)
            )
            return statements.to_json(document)

        administrators = with_deployer(self, "administrator_arns", administrators, deployment)
        named = {"administrator_arns": administrators, "reader_arns": readers}
        warn_of_pending_key(self, names.operations_key_alias)
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Encrypts logs and queues of {names.base}",
            key_usage="ENCRYPT_DECRYPT",
            customer_master_key_spec="SYMMETRIC_DEFAULT",
            multi_region=False,
            policy=when_known(named, policy),
            enable_key_rotation=True,
            rotation_period_in_days=int(period),
            deletion_window_in_days=int(window),
            tags=args.get("tags"),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.get("protect", True),
                depends_on=opts.depends_on if opts else None,
            ),
        )
        aws.kms.Alias(
            f"{name}-alias",
            name=names.operations_key_alias,
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})
