"""Privilege escalation: each row of the table, held by a role, a user and a group."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pytest

from policies.iam import ESCALATION_ACTIONS, ResourceType
from policies.iam.language.action_names import known_actions
from policies.rules.roles.privilege_escalation import JUDGED_BY_TRUST
from tests.harness import ACCOUNT
from tests.policies.edits import Change, Program, allow, new, put
from tests.policies.pack import judge
from tests.policies.test_violations import registered
from tests.policies.violations.added_resources import EC2, ROLE, policy_text
from tests.policies.violations.own_resources import FOREIGN, KEY, ROOT

IAM = f"arn:aws:iam::{ACCOUNT}"
HERE = f"us-east-1:{ACCOUNT}"
USER, GROUP, POLICY = "aws:iam/user:User", "aws:iam/group:Group", "aws:iam/policy:Policy"
KINDS = {"role": ROLE, "user": USER, "group": GROUP}
CONTROLLER_ROLE = "roles-controller-role"
CONTROLLER_ARN = f"arn:aws:lambda:{HERE}:function:agentcore-eval-prod-controller"
ROWS = [each for each in ESCALATION_ACTIONS if each.action not in JUDGED_BY_TRUST]
UNDER = {"roleArn": f"{CONTROLLER_ROLE}.arn"}
# What runs under the controller's role, the users and groups that invoke it, and a trail.
SURROUNDINGS: tuple[Change, ...] = (
    allow(KEY, "kms:*", Principal={"AWS": ROOT}),  # so that IAM policies decide about the key
    new("aws:cloudtrail/trail:Trail", "trail", name="trail"),
    new("aws:codebuild/project:Project", "build", {"serviceRole": UNDER["roleArn"]}, name="build"),
    new("aws:glue/job:Job", "job", UNDER, name="job"),
    new("aws:glue/devEndpoint:DevEndpoint", "endpoint", UNDER, name="endpoint"),
    new(
        "aws:ecs/taskDefinition:TaskDefinition",
        "task",
        {"taskRoleArn": UNDER["roleArn"]},
        family="task",
    ),
    new("aws:sfn/stateMachine:StateMachine", "machine", UNDER, name="machine"),
    new("aws:cloudformation/stack:Stack", "stack", {"iamRoleArn": UNDER["roleArn"]}, name="stack"),
    new("aws:sagemaker/notebookInstance:NotebookInstance", "book", UNDER, name="book"),
    new(
        "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime",
        "agent",
        UNDER,
        agentRuntimeName="agent",
    ),
    new(
        "aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter",
        "interpreter",
        {"executionRoleArn": UNDER["roleArn"]},
        name="interpreter",
    ),
    new(
        "aws:batch/jobDefinition:JobDefinition",
        "batch",
        name="batch",
        containerProperties=json.dumps(
            {"jobRoleArn": f"{IAM}:role/agentcore-eval-prod-controller-us-east-1"}
        ),
    ),
    new(
        "aws:iam/instanceProfile:InstanceProfile",
        "profile",
        {"role": f"{CONTROLLER_ROLE}.name"},
        name="profile",
    ),
    new("aws:ec2/instance:Instance", "host", {"iamInstanceProfile": "profile.name"}),
    new(USER, "tester", name="tester"),
    new(GROUP, "testers", name="testers"),
    new(
        "aws:iam/userPolicy:UserPolicy",
        "tester-rights",
        {"user": "tester.name"},
        policy=policy_text(Action="lambda:InvokeFunction", Resource=CONTROLLER_ARN),
    ),
    new(
        POLICY,
        "invokes",
        name="invokes",
        policy=policy_text(Action="lambda:InvokeFunction", Resource=CONTROLLER_ARN),
    ),
    new(
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "testers-rights",
        {"group": "testers.name", "policyArn": "invokes.arn"},
    ),
)


def holder(kind: str, name: str, *actions: str, resource: Any = "*", **more: Any) -> tuple:
    """A role, user or group with an inline policy."""
    trust = {"assumeRolePolicy": EC2} if kind == "role" else {}
    type_ = f"aws:iam/{kind}Policy:{kind.title()}Policy"
    text = policy_text(Action=list(actions), Resource=resource, **more)
    return (
        new(KINDS[kind], name, name=name, **trust),
        new(type_, f"{name}-rights", {kind: f"{name}.name"}, policy=text),
    )


def reports(*changes: Change, stack: str = "prod") -> Mapping[str, str]:
    """What role-escalation says of each resource of a stack with changes, by its name."""
    program = Program(registered(stack, False))
    for change in changes:
        change(program)
    violations = judge(program.resources, only="role-escalation").violations
    messages = [each.message.partition("\n")[2].partition(": ") for each in violations]
    return {name.removeprefix("batch-evaluation-"): said for name, _, said in messages}


def called(kind: str, action: str) -> str:
    return f"{kind}-{action.replace(':', '-')}"


@cache
def of_every_row(resources: str) -> Mapping[str, str]:
    """Reports on holders of one action each, of every kind, on everything or on something else."""
    changes = [*SURROUNDINGS]
    for row in ROWS:
        other = elsewhere(row.resources) if resources == "other" else "*"
        for kind in KINDS:
            changes += holder(kind, called(kind, row.action), row.action, resource=other)
    return reports(*changes)


def elsewhere(pattern: str) -> str:
    """A resource of another team, of the type that a pattern of ARNs means; of another account's
    root user, since each account has one."""
    account = FOREIGN if pattern.endswith(":root") else ACCOUNT
    fields = zip(pattern.split(":", 5), ["", "aws", "", "us-east-1", account, "shop"], strict=True)
    return ":".join(part.replace("*", by) for part, by in fields)


each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.action)
each_kind = pytest.mark.parametrize("kind", list(KINDS))


@each_row
@each_kind
def test_whoever_may_take_an_action_of_the_table_is_reported(row: Any, kind: str) -> None:
    said = of_every_row("*")[called(kind, row.action)]
    assert f"{row.action} on " in said
    assert f"(leads to {row.leads_to})" in said
    assert said.endswith("; remove them")


@each_row
@each_kind
def test_who_may_take_it_on_what_others_have_is_not(row: Any, kind: str) -> None:
    assert called(kind, row.action) not in of_every_row("other")


def test_each_row_names_a_page_of_aws_and_an_action_that_there_is() -> None:
    services = {name.partition(":")[0] for name in known_actions()}
    for row in ESCALATION_ACTIONS:
        assert row.page.startswith("https://docs.aws.amazon.com/")
        action = row.action.lower()
        assert action in known_actions() or action.partition(":")[0] not in services, row.action
    names = [row.action for row in ESCALATION_ACTIONS]
    assert len(names) == len(set(names))


TARGETS = {
    ResourceType.USER: "user/tester",
    ResourceType.GROUP: "group/testers",
    ResourceType.ROLE: "role/agentcore-eval-prod-operator-us-east-1",
    ResourceType.POLICY: "policy/invokes",
}


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.acts_on in TARGETS], ids=lambda row: row.action
)
def test_callers_and_invokers_are_what_others_gain_by_their_names(row: Any) -> None:
    target = f"{IAM}:{TARGETS[row.acts_on]}"
    said = reports(*SURROUNDINGS, *holder("role", "mallory", row.action, resource=target))
    assert f"{row.action} on {target} (leads to" in said["mallory"]


# What a holder may change so that it may do more itself, by the last part of the ARN.
OWN = [
    *(("role", f"iam:{verb}RolePolicy", "role/mallory") for verb in ("Put", "Attach")),
    *(("user", f"iam:{verb}UserPolicy", "user/mallory") for verb in ("Put", "Attach")),
    *(("group", f"iam:{verb}GroupPolicy", "group/mallory") for verb in ("Put", "Attach")),
    ("role", "iam:DeleteRolePermissionsBoundary", "role/mallory"),
    ("role", "iam:PutRolePermissionsBoundary", "role/mallory"),
    ("user", "iam:DeleteUserPermissionsBoundary", "user/mallory"),
    ("user", "iam:PutUserPermissionsBoundary", "user/mallory"),
    ("user", "iam:PutUserPolicy", "user/${aws:username}"),
    ("group", "iam:PutUserPolicy", "user/${aws:username}"),
    ("group", "iam:AttachUserPolicy", "user/member"),
    ("user", "iam:PutGroupPolicy", "group/friends"),
    *(
        (kind, f"iam:{action}", "policy/mallory-policy")
        for kind in KINDS
        for action in ("CreatePolicyVersion", "SetDefaultPolicyVersion")
    ),
]


def _belonging(kind: str) -> Iterable[Change]:
    """A managed policy of the holder, and a group of the user or a user of the group."""
    yield new(
        POLICY,
        "mallory-policy",
        name="mallory-policy",
        policy=policy_text(Action="dynamodb:Query", Resource="*"),
    )
    yield new(
        f"aws:iam/{kind}PolicyAttachment:{kind.title()}PolicyAttachment",
        "mallory-attachment",
        {kind: "mallory.name", "policyArn": "mallory-policy.arn"},
    )
    if kind == "user":
        yield new(GROUP, "friends", name="friends")
        yield new(
            "aws:iam/userGroupMembership:UserGroupMembership",
            "joins",
            {"user": "mallory.name"},
            groups=["friends"],
        )
    elif kind == "group":
        yield new(USER, "member", name="member")
        yield new(
            "aws:iam/groupMembership:GroupMembership",
            "joins",
            {"group": "mallory.name"},
            name="joins",
            users=["member"],
        )


@pytest.mark.parametrize(("kind", "action", "target"), OWN)
def test_who_may_change_its_own_policies_is_reported(kind: str, action: str, target: str) -> None:
    changes = (*holder(kind, "mallory", action, resource=f"{IAM}:{target}"), *_belonging(kind))
    assert f"{action} on {IAM}:" in reports(*changes)["mallory"]


COMPLIANT: dict[str, tuple] = {
    "people who manage their own credentials": (
        *SURROUNDINGS,
        *holder(
            "group",
            "people",
            "iam:CreateAccessKey",
            "iam:DeactivateMFADevice",
            "iam:UpdateLoginProfile",
            "iam:UploadSSHPublicKey",
            resource=f"{IAM}:user/${{aws:username}}",
        ),
        new(
            "aws:iam/groupMembership:GroupMembership",
            "joins",
            {"group": "people.name"},
            name="joins",
            users=["tester"],
        ),
    ),
    "an invoker who manages its own access keys": (
        *SURROUNDINGS,
        allow("tester-rights", "iam:CreateAccessKey", Resource=f"{IAM}:user/tester"),
    ),
    "a role that may pass our role to a service that it does not trust": holder(
        "role",
        "deployer",
        "iam:PassRole",
        resource=f"{IAM}:role/agentcore-eval-prod-controller-us-east-1",
        Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    ),
    "a wide role under a boundary that lets none of it through": (
        *holder("role", "deployer", "iam:*", "kms:*", "lambda:*"),
        new(
            POLICY,
            "limits",
            name="limits",
            policy=policy_text(Action=["dynamodb:*", "s3:GetObject"], Resource="*"),
        ),
        put("deployer", "permissionsBoundary", f"{IAM}:policy/limits"),
    ),
    "a wide role that is denied all of IAM and CloudTrail": (
        *holder("role", "deployer", "iam:*", "cloudtrail:*"),
        allow("deployer-rights", "iam:*", "cloudtrail:*", effect="Deny"),
    ),
    "administrators of users of their own path": holder(
        "role",
        "deployer",
        "iam:CreateAccessKey",
        "iam:PutUserPolicy",
        "iam:AddUserToGroup",
        resource=[f"{IAM}:user/shop/*", f"{IAM}:group/shop/*"],
    ),
    "a user whose group is another's": (
        *holder("user", "ann", "iam:PutGroupPolicy", resource=f"{IAM}:group/friends"),
        new(GROUP, "friends", name="friends"),
    ),
    "a builder of projects that run under other roles": (
        *holder("role", "builder", "codebuild:StartBuild", "glue:UpdateJob", "ecs:RunTask"),
        new(ROLE, "shop", name="shop", assumeRolePolicy=EC2),
        new("aws:codebuild/project:Project", "build", {"serviceRole": "shop.arn"}, name="build"),
        new("aws:glue/job:Job", "job", {"roleArn": "shop.arn"}, name="job"),
    ),
}


@pytest.mark.parametrize("name", list(COMPLIANT))
def test_what_gains_nothing_is_not_reported(name: str) -> None:
    assert reports(*COMPLIANT[name]) == {}


def test_a_role_passed_to_a_service_that_it_trusts_is_reported() -> None:
    said = reports(
        *holder(
            "role",
            "deployer",
            "iam:PassRole",
            resource=f"{IAM}:role/agentcore-eval-prod-controller-us-east-1",
            Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        )
    )
    assert "with iam:PassedToService = lambda.amazonaws.com" in said["deployer"]


def test_a_boundary_that_lets_some_through_is_no_excuse() -> None:
    said = reports(
        *holder("role", "deployer", "iam:*"),
        new(
            POLICY,
            "limits",
            name="limits",
            policy=policy_text(Action="iam:Put*", Resource="*"),
        ),
        put("deployer", "permissionsBoundary", f"{IAM}:policy/limits"),
    )
    assert "iam:PutRolePolicy on" in said["deployer"]
    assert "iam:AttachRolePolicy" not in said["deployer"]


def test_a_user_of_a_wide_group_is_reported_with_the_group_alone() -> None:
    said = reports(
        *holder("group", "admins", "iam:*"),
        new(USER, "ann", name="ann"),
        new(
            "aws:iam/userGroupMembership:UserGroupMembership",
            "joins",
            {
                "user": "ann.name",
            },
            groups=["admins"],
        ),
    )
    assert set(said) == {"admins"}


@each_kind
def test_callers_that_are_no_roles_are_guarded_too(kind: str) -> None:
    """Before the controller there is only somebody who starts evaluations."""

    def users_only(program: Program) -> None:
        kept = [each for each in program.resources if ":kms/" in each.type]
        program.resources[:] = kept

    starts = holder(kind, "starter", "bedrock-agentcore:StartBatchEvaluation")
    changes = (
        users_only,
        *starts,
        *holder(
            "user",
            "mallory",
            "iam:CreateAccessKey",
            "iam:PutGroupPolicy",
            "iam:UpdateAssumeRolePolicy",
        ),
    )
    said = reports(*changes)["mallory"]
    own = {
        "user": "iam:CreateAccessKey",
        "group": "iam:PutGroupPolicy",
        "role": "iam:UpdateAssumeRolePolicy",
    }
    assert f"{own[kind]} on {IAM}:{kind}/starter (leads to" in said


CONTROLLERS = f"{IAM}:role/agentcore-eval-prod-controller-us-east-1"


def limited_to(boundary: str, *actions: str, operator: str = "StringEquals") -> tuple[Change, ...]:
    """A role that may act where a condition on a permissions boundary is met."""
    value = "true" if operator == "Null" else f"{IAM}:policy/{boundary}"
    condition = {operator: {"iam:PermissionsBoundary": value}}
    return holder("role", "deployer", *actions, resource=CONTROLLERS, Condition=condition)


LIMITS = (
    new(
        POLICY,
        "limits",
        name="limits",
        arn=f"{IAM}:policy/limits",
        policy=policy_text(Action="*", Resource="*"),
    ),
    put(CONTROLLER_ROLE, "permissionsBoundary", f"{IAM}:policy/limits"),
)


@pytest.mark.parametrize(
    ("changes", "reported"),
    [
        (limited_to("limits", "iam:PutRolePolicy"), False),
        (limited_to("limits", "iam:*"), True),
        (limited_to("limits", "iam:PutRolePermissionsBoundary"), True),
        (limited_to("limits", "iam:UpdateAssumeRolePolicy"), False),
        ((*LIMITS, *limited_to("limits", "iam:PutRolePolicy")), True),
        ((*LIMITS, *limited_to("others", "iam:PutRolePolicy")), False),
        ((*LIMITS, *limited_to("limits", "iam:UpdateAssumeRolePolicy")), False),
        (limited_to("limits", "iam:PutRolePolicy", operator="StringNotEquals"), True),
        (limited_to("limits", "iam:PutRolePolicy", operator="StringEqualsIfExists"), True),
        (limited_to("limits", "iam:PutRolePolicy", operator="Null"), True),
        ((*LIMITS, *limited_to("limits", "iam:PutRolePolicy", operator="Null")), False),
    ],
    ids=[
        "a target without boundary",
        "a boundary that it may put first",
        "the boundary itself",
        "an action without the key",
        "a target with the boundary",
        "a target with another boundary",
        "an action without the key on a target with the boundary",
        "whatever has another boundary or none",
        "whatever has the boundary or none",
        "whatever has none",
        "whatever has none, of one that has",
    ],
)
def test_a_boundary_in_a_condition_is_compared_with_the_targets(
    changes: tuple[Change, ...], reported: bool
) -> None:
    assert ("deployer" in reports(*changes)) is reported


def test_of_every_other_role_any_boundary_is_assumed() -> None:
    condition = {"StringEquals": {"iam:PermissionsBoundary": f"{IAM}:policy/limits"}}
    said = reports(*holder("role", "deployer", "iam:PutRolePolicy", Condition=condition))
    assert "with iam:PermissionsBoundary" in said["deployer"]
    assert "iam:PutRolePolicy on every role" in said["deployer"]


def test_a_boundary_in_a_groups_condition_is_reported_of_the_group_alone() -> None:
    condition = {"StringNotEquals": {"iam:PermissionsBoundary": f"{IAM}:policy/limits"}}
    said = reports(
        *holder("group", "admins", "iam:PutRolePolicy", Condition=condition),
        new(USER, "ann", name="ann"),
        new(
            "aws:iam/userGroupMembership:UserGroupMembership",
            "joins",
            user="ann",
            groups=["admins"],
        ),
    )
    assert set(said) == {"admins"}
