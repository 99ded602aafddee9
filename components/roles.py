"""The roles of an environment: the controller's, the schedule's and the operators'."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .config import validators
from .config.deployment_target import look_up_target
from .config.inputs import argument_errors, when_known
from .config.names import Names, base_name_errors
from .iam import role_policies, size_limits, statements
from .iam.statements import Document


class EvaluationRolesArgs(TypedDict):
    """Inputs of EvaluationRoles."""

    base_name: str
    """First part of the environment's names, `{prefix}-{stack}`."""
    source_log_groups: Sequence[str]
    """Log groups (or prefixes ending in `*`) whose sessions may be evaluated."""
    name_prefixes: NotRequired[Sequence[str]]
    """Prefixes of the evaluation names in scope. Default: every name."""
    operator_arns: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """ARNs of the roles and users that may take the operator role. Default: the account's IAM
    policies decide."""
    allow_delete: NotRequired[bool]
    """Whether the controller may delete log streams with evaluations. Default: false."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags of roles and policies. Default: none."""


class EvaluationRoles(pulumi.ComponentResource):
    """Three roles with one customer managed policy each; none holds a KMS action.

    The controller's role is the caller of evaluations: they run under it, so there is no role to
    pass.
    """

    controller_role_arn: pulumi.Output[str]
    """ARN of the role that the controller function runs under."""
    schedule_role_arn: pulumi.Output[str]
    """ARN of the role that EventBridge Scheduler invokes the controller with."""
    operator_role_arn: pulumi.Output[str]
    """ARN of the role that people and pipelines invoke the controller with."""

    def __init__(
        self, name: str, args: EvaluationRolesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("agentcore-batch-evaluation:index:EvaluationRoles", name, {}, opts)
        validators.require(argument_errors(args, EvaluationRolesArgs, "EvaluationRoles"))
        target = look_up_target(self, opts)
        prefixes, operators = args.get("name_prefixes", []), args.get("operator_arns", [])
        principals = validators.principals(target)
        validators.require(
            [
                *base_name_errors(args["base_name"], target),
                *validators.NAME_PREFIXES.errors("name_prefixes", prefixes),
                *validators.LOG_GROUPS.errors("source_log_groups", args["source_log_groups"]),
                *validators.known_errors(principals, "operator_arns", operators),
                *validators.TRUTH.errors("allow_delete", args.get("allow_delete", False)),
            ]
        )
        names = Names(args["base_name"], target)
        validators.require(
            size_limits.controller_policy_errors(
                "name_prefixes, source_log_groups", names, prefixes, args["source_log_groups"]
            )
        )

        def operator_trust(known: Sequence[str]) -> str:
            validators.require(principals.errors("operator_arns", known))
            validators.require(size_limits.operator_trust_errors("operator_arns", names, known))
            return statements.to_json(role_policies.operator_trust(target, known))

        self._tags = args.get("tags")
        self.controller_role_arn = self._role(
            f"{name}-controller",
            names.controller_role,
            f"Starts, reads and exports the batch evaluations of {names.base}",
            statements.to_json(role_policies.controller_trust(target)),
            role_policies.controller_policy(
                names, prefixes, args["source_log_groups"], args.get("allow_delete", False)
            ),
        )
        self.schedule_role_arn = self._role(
            f"{name}-schedule",
            names.schedule_role,
            f"Invokes the controller of {names.base} on schedule",
            statements.to_json(role_policies.schedule_trust(names)),
            role_policies.schedule_policy(names),
        )
        self.operator_role_arn = self._role(
            f"{name}-operator",
            names.operator_role,
            f"Invokes the controller of {names.base}",
            when_known(operators, operator_trust),
            role_policies.operator_policy(names),
        )
        self.register_outputs(
            {
                "controller_role_arn": self.controller_role_arn,
                "schedule_role_arn": self.schedule_role_arn,
                "operator_role_arn": self.operator_role_arn,
            }
        )

    def _role(
        self, name: str, chosen: str, description: str, trust: pulumi.Input[str], allowed: Document
    ) -> pulumi.Output[str]:
        """Make a role and its policy under one chosen name; return the role's ARN."""
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-role",
            name=chosen,
            description=description,
            assume_role_policy=trust,
            tags=self._tags,
            opts=child,
        )
        policy = aws.iam.Policy(
            f"{name}-policy",
            name=chosen,
            description=description,
            policy=statements.to_json(allowed),
            tags=self._tags,
            opts=child,
        )
        attachment = aws.iam.RolePolicyAttachment(
            f"{name}-attachment", role=role.name, policy_arn=policy.arn, opts=child
        )
        # Lambda and EventBridge Scheduler try a role's permissions when they are given it, so who
        # gets the ARN waits for the policy as well.
        return pulumi.Output.all(role.arn, attachment.id).apply(lambda known: known[0])
