"""Trust policies of evaluation roles: who may assume them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from collections.abc import Iterable, Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_starters import FUNCTION
from ...analysis.key_policy_principals import permission_sets
from ...analysis.proofs import list_principals_by, with_statements
from ...analysis.triggers import EVENT_TARGET, PIPE, SCHEDULE
from ...analysis.wording import may_together
from ...framework.controls import nist
from ...framework.rule import EPHEMERAL_STACKS, About, Settings, StackRule
from ...iam import Access, PolicyType
from ...model import policy_documents
from ...model.resource import Resource

PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"
SCHEDULER = (
    "https://docs.aws.amazon.com/scheduler/latest/UserGuide/"
    "cross-service-confused-deputy-prevention.html"
)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
WAYS = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
# Services that take a role on, and the resource and property that name it.
USERS = {
    "codebuild.amazonaws.com": ("aws:codebuild/project:Project", "serviceRole"),
    "ecs-tasks.amazonaws.com": ("aws:ecs/taskDefinition:TaskDefinition", "taskRoleArn"),
    "events.amazonaws.com": (EVENT_TARGET, "roleArn"),
    "lambda.amazonaws.com": (FUNCTION, "role"),
    "pipes.amazonaws.com": (PIPE, "roleArn"),
    "scheduler.amazonaws.com": (SCHEDULE, "target.roleArn"),
    "states.amazonaws.com": ("aws:sfn/stateMachine:StateMachine", "roleArn"),
}
NONE = "no role here starts batch evaluations or invokes their controller"


def source(role: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Services that may assume the role for a principal of another account."""
    account = environment.deployment.account(role)
    found = _list_principals(
        role,
        environment,
        {"StringEquals": {"aws:SourceAccount": account}},
        {"ArnLike": {"aws:SourceArn": f"arn:*:*:*:{account}:*"}},
    )
    for said in _may(filter(_is_service, found)):
        yield f"{said}; write StringEquals aws:SourceAccount {account}"


def schedule_group(role: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Schedules of another group that may assume the role of a schedule."""
    target = environment.deployment.target(role)
    for schedule in environment.controllers.schedules:
        if role not in environment.stack.referred(schedule, "target.roleArn", "aws:iam/role:Role"):
            continue
        group = schedule.text("groupName") or "default"
        here = f"{target.region}:{target.account}"
        arn = f"arn:{target.partition}:scheduler:{here}:schedule-group/{group}"
        found = _list_principals(role, environment, {"ArnEquals": {"aws:SourceArn": arn}})
        for said in _may(filter(_is_service, found)):
            yield f"{said}; write StringEquals aws:SourceArn {arn}"


def principals(role: Resource, environment: Environment, settings: Settings) -> Iterator[str]:
    """Principals that may assume the role and are neither its service nor a named role or user."""
    target = environment.deployment.target(role)
    own = (f":iam::{target.account}:role/", f":iam::{target.account}:user/")
    services = _services(role, environment)
    found = (
        access
        for access in _list_principals(role, environment, *_named(role, target.account))
        if not any(part in access.who for part in own)
        and access.who not in services
        and not (settings.is_ephemeral(role) and access.request.principal.account == target.account)
    )
    if role not in environment.controllers.evaluation_roles:
        found = (access for access in found if _is_anybody_elsewhere(access, target.account))
    for said in _may(found):
        yield f"{said}; name the roles and users that need it one by one"


def _is_anybody_elsewhere(access: Access, account: str) -> bool:
    """Whether it is about principals of other accounts that the trust policy does not name in
    full. People and pipelines assume a role that a key names: its own account may decide who."""
    principal = access.request.principal
    return (
        not principal.service_names
        and not access.who.startswith("arn:")
        and principal.account != account
    )


def _named(role: Resource, account: str) -> Iterator[object]:
    """Conditions that name somebody in full: permission sets of IAM Identity Center, and workloads
    of an identity provider, such as one branch of one repository.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
    """
    policy = policy_documents.of(role)
    if policy is None:
        return
    sets = permission_sets(policy, account)
    if sets:
        yield {"ArnLike": {"aws:PrincipalArn": sets}}
    for statement in policy.statements:
        for condition in statement.conditions:
            if condition.folded_key.endswith(":sub") and condition.name == "StringEquals":
                yield {"StringEquals": {condition.folded_key: condition.texts}}


def _services(role: Resource, environment: Environment) -> set[str]:
    """The services that use the role for a resource of the stack."""
    return {
        service
        for service, (type_, path) in USERS.items()
        if any(
            role in environment.stack.referred(each, path, role.type)
            for each in environment.stack.of(type_)
        )
    }


def _is_service(access: Access) -> bool:
    return bool(access.request.principal.service_names)


def _may(found: Iterable[Access]) -> Iterator[str]:
    return may_together(((access, access.request.action) for access in found), "assume it")


def _list_principals(
    role: Resource, environment: Environment, *rightful: object
) -> Iterator[Access]:
    """Principals that can assume the role once the intended conditions are denied."""
    target = environment.deployment.target(role)
    arn = f"arn:{target.partition}:iam::{target.account}:role/{role.text('name')}"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}
    added = [{**deny, "Condition": condition} for condition in rightful]
    text = role.text("assumeRolePolicy")
    policy = policy_documents.of(role)
    for action in WAYS:
        if policy is not None and policy.on(action.lower())[1]:
            yield from list_principals_by(
                with_statements(text, *added), PolicyType.TRUST, action, arn
            )


ROLE_TRUST_SOURCE = StackRule(
    About(
        "role-trust-source",
        "Services can assume evaluation roles for their own account only.",
        Severity.HIGH,
        "Put StringEquals aws:SourceAccount, or ArnLike aws:SourceArn, into the trust policy.",
        PAGE,
        controls=nist("AC-3", "AC-4"),
    ),
    lambda environment: environment.controllers.evaluation_roles,
    NONE,
    source,
)
ROLE_TRUST_SCHEDULE = StackRule(
    About(
        "role-trust-schedule-group",
        "A schedule's role can be assumed only for schedules of its own group.",
        Severity.MEDIUM,
        "Put StringEquals aws:SourceArn with the ARN of the schedule group into the trust policy.",
        SCHEDULER,
        controls=nist("AC-3"),
    ),
    lambda environment: environment.controllers.invoker_roles,
    "no role here invokes a controller of batch evaluations",
    schedule_group,
)
ROLE_TRUST_PRINCIPALS = StackRule(
    About(
        "role-trust-principals",
        "Evaluation roles can be assumed only by their service or by named principals, and roles "
        "that keys and evaluation roles name by no other account.",
        Severity.CRITICAL,
        "Remove wildcards, other accounts and the account principal from the trust policy; name "
        "roles, users, permission sets, or workloads by their sub.",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        controls=nist("AC-3", "AC-6"),
        parameters={"ephemeralStacks": EPHEMERAL_STACKS},
    ),
    lambda environment: [*environment.controllers.evaluation_roles, *environment.roles_let_in],
    NONE,
    principals,
)
