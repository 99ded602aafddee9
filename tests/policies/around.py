"""Weakenings by what stands around our resources: readers, consumers, services that act on them.

A colleague adds a role of another team, a pipe or a plan for backups, and touches nothing of ours.
"""

from tests.harness import ACCOUNT
from tests.policies.beside import EC2, ROLE, managed, other_role, person, policy_text
from tests.policies.edits import Change, Edit, new, put
from tests.policies.weakenings import (
    BUCKET,
    LOGS,
    QUEUE,
)

FAILURES = f"arn:aws:sqs:us-east-1:{ACCOUNT}:agentcore-eval-prod-failures"
OBJECTS = f"arn:aws:s3:::{BUCKET}/*"
DEPLOYER: Change = new(ROLE, "deployer", name="deployer", assumeRolePolicy=EC2)


def listed(role: str, name: str) -> Change:
    """A policy of AWS in what lists all policies of a role."""
    return new(
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
        "listed",
        {"roleName": f"{role}.name"},
        policyArns=[f"arn:aws:iam::aws:policy/{name}"],
    )


_TABLE: dict[str, dict[str, tuple]] = {
    "failure-queue-readers": {
        "a role of support reads failed requests": other_role(
            "sqs:ReceiveMessage", "sqs:DeleteMessage", resource=FAILURES
        ),
        "a role purges every queue": other_role("sqs:PurgeQueue"),
        "a role redrives failed requests": other_role(
            "sqs:StartMessageMoveTask", resource=FAILURES
        ),
        "a group reads queues by the start of their names": person(
            "Group",
            "sqs:ReceiveMessage",
            resource=f"arn:aws:sqs:us-east-1:{ACCOUNT}:agentcore-*",
        ),
        "a role that AWS gives all of SQS": managed("AmazonSQSFullAccess"),
        "a pipe from the failures": (
            new(
                "aws:pipes/pipe:Pipe",
                "pipe",
                {"source": f"{QUEUE}.arn"},
                name="pipe",
                roleArn=f"arn:aws:iam::{ACCOUNT}:role/pipe",
                target=f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default",
            ),
        ),
        "a function fed with the failures": (
            new(
                "aws:lambda/eventSourceMapping:EventSourceMapping",
                "again",
                {"eventSourceArn": f"{QUEUE}.arn"},
                functionName="try-again",
            ),
        ),
    },
    "result-log-readers": {
        "a role that AWS lets read logs": managed("CloudWatchLogsReadOnlyAccess"),
        "a role that AWS lets watch": managed("CloudWatchReadOnlyAccess"),
        "a role that AWS gives all of CloudWatch": managed("CloudWatchFullAccessV2"),
        "a role exports logs": other_role("logs:CreateExportTask"),
        "a role that lists a reading policy of AWS": (
            DEPLOYER,
            listed("deployer", "ReadOnlyAccess"),
        ),
        "a role that reads results and is denied another group": (
            *other_role("logs:GetLogEvents"),
            new(
                "aws:iam/rolePolicy:RolePolicy",
                "deployer-limits",
                {"role": "deployer.name"},
                policy=policy_text(
                    Effect="Deny", Action="logs:*", Resource=f"{LOGS}:/aws/lambda/*"
                ),
            ),
        ),
    },
    "evaluation-readers": {
        "a role that AWS gives all of AgentCore": managed("BedrockAgentCoreFullAccess"),
    },
    "output-bucket-roles": {
        "a role replicates objects": other_role("s3:GetObjectVersionForReplication"),
        "a role replicates into the bucket": other_role("s3:ReplicateObject", resource=OBJECTS),
        "a role that is denied only what is written": (
            *other_role("s3:GetObject", "s3:PutObject"),
            new(
                "aws:iam/rolePolicy:RolePolicy",
                "deployer-limits",
                {"role": "deployer.name"},
                policy=policy_text(Effect="Deny", Action="s3:PutObject", Resource="*"),
            ),
        ),
    },
    "role-policies-known": {
        "an operator that lists a policy of AWS": (
            listed("roles-operator-role", "ReadOnlyAccess"),
        ),
    },
    "invoker-role-permissions": {
        "an operator that names a wider policy in itself": (
            new(
                "aws:iam/policy:Policy",
                "wide",
                name="wide",
                arn=f"arn:aws:iam::{ACCOUNT}:policy/wide",
                policy=policy_text(Action="dynamodb:*", Resource="*"),
            ),
            put(
                "roles-operator-role",
                "managedPolicyArns",
                [f"arn:aws:iam::{ACCOUNT}:policy/wide"],
            ),
        ),
    },
    "role-escalation": {
        "a role gives the schedule another input": other_role("scheduler:UpdateSchedule"),
        "a role deletes our schedule": other_role(
            "scheduler:DeleteSchedule",
            resource=f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/agentcore-*/*",
        ),
        "a role that AWS gives all schedules": managed("AmazonEventBridgeSchedulerFullAccess"),
        "a role sends answers elsewhere": other_role("lambda:UpdateFunctionEventInvokeConfig"),
        "a role forgets where failures go": other_role("lambda:DeleteFunctionEventInvokeConfig"),
        "a role logs under another key": other_role("logs:AssociateKmsKey"),
        "a role keeps logs for ever": other_role("logs:DeleteRetentionPolicy"),
    },
    "failure-queue-retention": {
        "room for small requests only": (put(QUEUE, "maxMessageSize", 1024),),
    },
}
AROUND = [
    Edit(name, rule, changes) for rule, edits in _TABLE.items() for name, changes in edits.items()
]
AROUND += [
    Edit(name, "role-escalation", other_role(action), stack="dev")
    for name, action in (
        ("a role deletes keys that IAM policies administer", "kms:ScheduleKeyDeletion"),
        ("a role turns keys off that IAM policies administer", "kms:DisableKey"),
    )
]
