"""Actions with which somebody of the stack could give themselves access, or take the guards away.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage.html,
https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-permissions.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ..access import who_can
from ..environment import Environment
from ..evaluations import Place
from ..frameworks import nist
from ..holders import GROUP, ROLE, USER
from ..logs.groups import groups
from ..resource import Resource
from ..rule import About, Settings, StackRule
from ..wording import keys_of, through

PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"

# What each action leads to, by the sort of resource that it is about.
STEPS: dict[str, dict[str, str]] = {
    "key": {
        "kms:CreateGrant": "a grant of the key",
        "kms:DisableKey": "evaluations that nobody can read",
        "kms:PutKeyPolicy": "a key policy that names it",
        "kms:ScheduleKeyDeletion": "evaluations that nobody will ever read",
    },
    "role": {
        "iam:AttachRolePolicy": "further permissions for the role",
        "iam:PassRole": "the role, in a function of its own",
        "iam:PutRolePolicy": "further permissions for the role",
        "iam:UpdateAssumeRolePolicy": "the role, by its trust policy",
    },
    "policy": {
        "iam:CreatePolicyVersion": "further permissions for the policy's roles",
        "iam:SetDefaultPolicyVersion": "an earlier version's permissions",
    },
    "function": {
        "lambda:AddPermission": "invocation of the controller",
        "lambda:CreateFunctionUrlConfig": "an address of the controller on the internet",
        "lambda:DeleteFunctionEventInvokeConfig": "failed requests that nobody keeps",
        "lambda:PutFunctionEventInvokeConfig": "the controller's answers sent elsewhere",
        "lambda:UpdateFunctionCode": "code of its own under the controller's role",
        "lambda:UpdateFunctionConfiguration": "the controller without its key",
        "lambda:UpdateFunctionEventInvokeConfig": "the controller's answers sent elsewhere",
    },
    "bucket": {
        "s3:DeleteBucketPolicy": "a bucket without its denials",
        "s3:PutBucketOwnershipControls": "access control lists",
        "s3:PutBucketPolicy": "a bucket policy that names it",
        "s3:PutBucketPublicAccessBlock": "a bucket that may be public",
        "s3:PutBucketVersioning": "a bucket that keeps no versions",
        "s3:PutEncryptionConfiguration": "objects under another key",
        "s3:PutLifecycleConfiguration": "objects that expire",
        "s3:PutReplicationConfiguration": "a copy of the bucket",
    },
    "queue": {
        "sqs:AddPermission": "a queue policy that names it",
        "sqs:SetQueueAttributes": "a queue policy that names it",
    },
    "group": {
        "logs:AssociateKmsKey": "logs under another key",
        "logs:DeleteRetentionPolicy": "logs that stay for ever",
        "logs:DisassociateKmsKey": "logs without a key",
        "logs:PutSubscriptionFilter": "a copy of the logs",
    },
    "schedule": {
        "scheduler:DeleteSchedule": "exports that never run",
        "scheduler:UpdateSchedule": "the controller run on an input of its own",
    },
}


def steps(role: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """All actions on the environment's resources with which the role could go on, in one message:
    a role that is too wide is one finding, however many actions it has."""
    found: dict[str, list[str]] = {}
    for how, step in _steps(role, environment):
        found.setdefault(how, []).append(step)
    if found:
        listed = "; and ".join(f"{how}: {', '.join(each)}" for how, each in found.items())
        yield f"it may, {listed}; take them out"


def _steps(role: Resource, environment: Environment) -> Iterator[tuple[str, str]]:
    """How it may take each action, and the action with its resources and what it leads to."""
    place = environment.place(role)
    attached = environment.held(role)
    sort = "role" if role.type == ROLE else "user"  # a group's users hold its policies
    arn = f"arn:{place.partition}:iam::{place.account}:{sort}/{role.text('name')}"
    for sort, actions in STEPS.items():
        for action, leads_to in actions.items():
            if not any(policy.on(action.lower())[1] for _, policy in attached):
                continue
            things: dict[str, dict[str, None]] = {}
            for resource, key in _resources(environment, place, sort):
                policy = None if key is None else environment.key_policy(key)
                held = {arn: [policy for _, policy in attached]}
                for access in who_can(action, resource, policy, held, owner=place.account):
                    if access.who == arn:
                        how = f"{keys_of(access.request)}, through {through(access)}"
                        things.setdefault(how, {})[resource.removesuffix(":*")] = None
            for how, named in things.items():
                yield how, f"{action} on {' and '.join(named)} (leads to {leads_to})"


def _resources(
    environment: Environment, place: Place, sort: str
) -> Iterator[tuple[str, Resource | None]]:
    """The resources of evaluations of a sort, by ARN; keys with themselves."""
    here = f"{place.region}:{place.account}"
    start = f"arn:{place.partition}"
    match sort:
        case "key":
            for key in environment.evaluation_keys:
                yield f"{start}:kms:{here}:key/this", key
        case "role":
            for role in environment.evaluation_roles:
                yield f"{start}:iam::{place.account}:role/{role.text('name')}", None
        case "policy":
            holders = {
                holder.text("name")
                for role in environment.evaluation_roles
                for holder, _ in environment.attached(role)
            }
            for name in sorted(holders):
                yield f"{start}:iam::{place.account}:policy/{name}", None
        case "function":
            for function in environment.controllers:
                yield f"{start}:lambda:{here}:function:{function.text('name')}", None
        case "queue":
            for queue in environment.failure_queues:
                yield f"{start}:sqs:{here}:{queue.text('name')}", None
        case "schedule":
            for schedule in environment.schedules:
                name = f"{schedule.text('groupName') or 'default'}/{schedule.text('name')}"
                yield f"{start}:scheduler:{here}:schedule/{name}", None
        case "group":
            for group in groups(environment):
                # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html:
                # policies name a group in both ways.
                name = f"{start}:logs:{here}:log-group:{group.text('name')}"
                yield from ((name, None), (f"{name}:*", None))
        case _:
            for bucket in environment.output_buckets:
                yield f"{start}:s3:::{bucket.text('bucket')}", None


ROLE_ESCALATION = StackRule(
    About(
        "role-escalation",
        "No role, user or group of the stack can change what decides about evaluations.",
        Severity.CRITICAL,
        "Leave changes of keys, roles, policies, functions, schedules, buckets, queues and log "
        "groups to the deploying role.",
        PAGE,
        controls=nist("AC-6", "AC-6(1)"),
    ),
    lambda environment: environment.of(ROLE, USER, GROUP) if environment.evaluation_roles else [],
    "no role here starts batch evaluations or invokes their controller",
    steps,
)
