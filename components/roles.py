"""The roles of an environment: the controller's, the schedule's and the operators'."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from . import checks, documents, limits
from .documents import Document
from .inputs import argument_faults, when_known
from .names import Names, base_name_faults
from .place import look_up_place


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
        checks.require(argument_faults(args, EvaluationRolesArgs, "EvaluationRoles"))
        place = look_up_place(self, opts)
        prefixes, operators = args.get("name_prefixes", []), args.get("operator_arns", [])
        principals = checks.principals(place)
        checks.require(
            [
                *base_name_faults(args["base_name"], place),
                *checks.NAME_PREFIXES.faults("name_prefixes", prefixes),
                *checks.LOG_GROUPS.faults("source_log_groups", args["source_log_groups"]),
                *checks.known_faults(principals, "operator_arns", operators),
                *checks.TRUTH.faults("allow_delete", args.get("allow_delete", False)),
            ]
        )
        names = Names(args["base_name"], place)
        checks.require(
            limits.controller_policy_faults(
                "name_prefixes, source_log_groups", names, prefixes, args["source_log_groups"]
            )
        )

        def operator_trust(known: Sequence[str]) -> str:
            checks.require(principals.faults("operator_arns", known))
            checks.require(limits.operator_trust_faults("operator_arns", names, known))
            return documents.to_json(documents.operator_trust(place, known))

        self._tags = args.get("tags")
        self.controller_role_arn = self._role(
            f"{name}-controller",
            names.controller_role,
            f"Starts, reads and exports the batch evaluations of {names.base}",
            documents.to_json(documents.controller_trust(place)),
            documents.controller_policy(
                names, prefixes, args["source_log_groups"], args.get("allow_delete", False)
            ),
        )
        self.schedule_role_arn = self._role(
            f"{name}-schedule",
            names.schedule_role,
            f"Invokes the controller of {names.base} on schedule",
            documents.to_json(documents.schedule_trust(names)),
            documents.schedule_policy(names),
        )
        self.operator_role_arn = self._role(
            f"{name}-operator",
            names.operator_role,
            f"Invokes the controller of {names.base}",
            when_known(operators, operator_trust),
            documents.operator_policy(names),
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
            policy=documents.to_json(allowed),
            tags=self._tags,
            opts=child,
        )
        attachment = aws.iam.RolePolicyAttachment(
            f"{name}-attachment", role=role.name, policy_arn=policy.arn, opts=child
        )
        # Lambda and EventBridge Scheduler try a role's permissions when they are given it, so who
        # gets the ARN waits for the policy as well.
        return pulumi.Output.all(role.arn, attachment.id).apply(lambda known: known[0])
