"""The evaluation key: the symmetric KMS key that batch evaluations are encrypted under."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_aws as aws

from .config import validators
from .config.deploying_principal import with_deployer
from .config.deployment_target import DeploymentTarget, look_up_deployment
from .config.errors import InvalidInput
from .config.inputs import argument_errors, is_plain, when_known
from .existing_key import adoption
from .existing_key.pending_deletion import warn_of_pending_key
from .iam import key_policies, size_limits, statements


class EvaluationKeyArgs(TypedDict):
    """Inputs of EvaluationKey."""

    caller_arns: pulumi.Input[Sequence[pulumi.Input[str]]]
    """ARNs of the roles and users of this account that start and read evaluations; at least one."""
    administrator_arns: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """ARNs of the roles and users that manage the key, the deploying one among them: KMS refuses a
    key whose maker could not change its policy. Default: the account's IAM policies decide."""
    name_prefixes: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Prefixes, each ending in `_`, of the evaluation names in scope. Default: every name."""
    evaluation_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Ids of evaluations outside the prefixes that the callers may read as well. Default: none."""
    existing_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of a key to use instead of making one; an Output counts as one. It is read and checked,
    never changed."""
    alias: NotRequired[str]
    """Alias of the key, beginning with `alias/`. Default: none."""
    deletion_window_in_days: NotRequired[int]
    """How long a deleted key can be brought back, 7 to 30 days. Default: 30."""
    rotation_period_in_days: NotRequired[int]
    """How often KMS makes new key material, 90 to 2560 days. Default: 365."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the key. Default: true."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags of the key. Default: none."""


class EvaluationKey(pulumi.ComponentResource):
    """A KMS key whose policy is AWS's three documented statements plus one for administration.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html.
    The callers must exist before the key: KMS refuses principals that it cannot find. Raises
    InvalidInput for a bad input and KeyNotUsable for an existing key that does not fit.
    """

    key_arn: pulumi.Output[str]
    """ARN of the key, the value for `kmsKeyArn`."""
    policy: pulumi.Output[str]
    """The key policy as JSON; for an existing key, what its own is compared with."""

    def __init__(
        self, name: str, args: EvaluationKeyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("agentcore-batch-evaluation:index:EvaluationKey", name, {}, opts)
        validators.require(argument_errors(args, EvaluationKeyArgs, "EvaluationKey"))
        validators.require(_plain_errors(args))
        deployment = look_up_deployment(self, opts)
        target = deployment.target
        principals = {
            "caller_arns": args["caller_arns"],
            "administrator_arns": args.get("administrator_arns") or [],
            "name_prefixes": args.get("name_prefixes") or [],
            "evaluation_ids": args.get("evaluation_ids") or [],
        }
        # What is known now is not left to a policy that is known only in the middle of an update.
        known = {n: v for n, v in principals.items() if is_plain(v) or isinstance(v, Sequence)}
        validators.require(_errors(target, known))
        existing = args.get("existing_key_arn")
        adopted = existing is not None and existing != ""
        if adopted:
            # Before anything of the component: a key that cannot serve is found at once.
            existing = when_known(existing, lambda arn: self._described(target, arn))
        else:
            principals["administrator_arns"] = with_deployer(
                self, "administrator_arns", principals["administrator_arns"], deployment
            )
        document = when_known(principals, lambda values: _policy(target, values))
        self.policy = document.apply(statements.to_json)
        if adopted:
            self.key_arn = adoption.adopt(self, name, cast(Any, existing), document, opts)
        else:
            self.key_arn = self._make(name, args, opts)
        self.register_outputs({"key_arn": self.key_arn, "policy": self.policy})

    def _described(self, target: DeploymentTarget, arn: str) -> str:
        if not arn:
            expected = "a key ARN, as an Output says that there is a key"
            raise InvalidInput("existing_key_arn", expected, arn)
        validators.require(validators.existing_key(target).errors("existing_key_arn", arn))
        return adoption.described(self, "existing_key_arn", arn)

    def _make(
        self, name: str, args: EvaluationKeyArgs, opts: pulumi.ResourceOptions | None
    ) -> pulumi.Output[str]:
        if "alias" in args:
            warn_of_pending_key(self, args["alias"])
        key = aws.kms.Key(
            f"{name}-key",
            description="Encrypts Amazon Bedrock AgentCore batch evaluations",
            key_usage="ENCRYPT_DECRYPT",
            customer_master_key_spec="SYMMETRIC_DEFAULT",
            multi_region=False,
            policy=self.policy,
            enable_key_rotation=True,
            rotation_period_in_days=int(args.get("rotation_period_in_days", 365)),
            deletion_window_in_days=int(args.get("deletion_window_in_days", 30)),
            tags=args.get("tags"),
            # Pulumi hands a component's dependencies to those who wait for it, not to its children.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.get("protect", True),
                depends_on=opts.depends_on if opts else None,
            ),
        )
        if alias := args.get("alias"):
            aws.kms.Alias(
                f"{name}-alias",
                name=alias,
                target_key_id=key.key_id,
                opts=pulumi.ResourceOptions(parent=self),
            )
        return key.arn


def _plain_errors(args: EvaluationKeyArgs) -> list[InvalidInput]:
    """Return what is wrong with the inputs that are plain whatever the program."""
    window = args.get("deletion_window_in_days", 30)
    period = args.get("rotation_period_in_days", 365)
    alias = validators.matching(
        "alias/ and letters, digits, /, _ or -, not beginning with alias/aws/",
        r"alias/(?!aws/)[a-zA-Z0-9/_-]{1,250}",
    )
    return [
        *validators.DELETION_WINDOW.errors("deletion_window_in_days", window),
        *validators.ROTATION_PERIOD.errors("rotation_period_in_days", period),
        *(alias.errors("alias", args["alias"]) if "alias" in args else []),
    ]


def _errors(target: DeploymentTarget, values: dict[str, Any]) -> list[InvalidInput]:
    """Return what is wrong with inputs of the policy, of which some may be missing yet."""
    principals = validators.principals(target)
    each = (
        ("caller_arns", principals),
        ("administrator_arns", principals),
        ("name_prefixes", validators.NAME_PREFIXES),
        ("evaluation_ids", validators.EVALUATION_IDS),
    )
    errors = [
        error
        for name, check in each
        if name in values
        for error in check.errors(name, values[name])
    ]
    prefixes = values.get("name_prefixes")
    errors += validators.overlapping_prefixes("name_prefixes", prefixes)
    if prefixes is not None:
        errors += validators.needless_ids("evaluation_ids", prefixes, values.get("evaluation_ids"))
    if "caller_arns" in values and not values["caller_arns"]:
        errors.append(InvalidInput("caller_arns", "at least one role or user", []))
    return errors


def _policy(target: DeploymentTarget, values: dict[str, Any]) -> statements.Document:
    """Return the key policy for resolved inputs, or raise for what is wrong with them."""
    validators.require(_errors(target, values))
    prefixes, ids = values["name_prefixes"], values["evaluation_ids"]
    patterns = key_policies.evaluation_patterns(prefixes, ids)
    policy = key_policies.evaluation_key_policy(
        target, values["caller_arns"], patterns, values["administrator_arns"]
    )
    inputs = "caller_arns, administrator_arns, name_prefixes, evaluation_ids"
    validators.require(size_limits.key_policy_errors(inputs, policy))
    return policy
