"""Compliant edits of other teams: what they have, and what their own policies deny them."""

import json

from tests.harness import ACCOUNT
from tests.policies.edits import Change, Edit, build, new, point, put, statement
from tests.policies.violations.added_resources import managed, other_role, policy_text
from tests.policies.violations.blocked_work import INTERFACES, NETWORK
from tests.policies.violations.other_teams import pipeline
from tests.policies.violations.own_resources import (
    BUCKET,
    FUNCTION,
    LOGS,
    PERMISSION_SET,
    QUEUE,
    RESULTS,
    ROOT,
    SCHEDULE,
)

ORDERS = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"


def denied(action: str | list[str], resource: str | list[str] = "*") -> Change:
    """What a policy of its own denies to the role of another team."""
    return new(
        "aws:iam/rolePolicy:RolePolicy",
        "deployer-limits",
        {"role": "deployer.name"},
        policy=policy_text(Effect="Deny", Action=action, Resource=resource),
    )


_TABLE: dict[str, tuple] = {
    "a role reads every bucket and is denied ours": (
        *other_role("s3:GetObject"),
        denied("s3:*", [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]),
    ),
    "a role reads every log and is denied the results": (
        *other_role("logs:GetLogEvents", "logs:StartQuery"),
        denied("logs:*", [f"{LOGS}:{RESULTS}", f"{LOGS}:{RESULTS}:*"]),
    ),
    "a role that AWS lets read everything and that is denied what is ours": (
        *managed("ReadOnlyAccess"),
        denied(["bedrock-agentcore:*", "s3:*", "logs:*", "sqs:*"]),
    ),
    "a role that is denied queues but by its own": (
        *other_role("sqs:ReceiveMessage"),
        new(
            "aws:iam/rolePolicy:RolePolicy",
            "deployer-limits",
            {"role": "deployer.name"},
            policy=policy_text(Effect="Deny", Action="sqs:*", NotResource=ORDERS),
        ),
    ),
    "a role empties a queue of its own": (
        new("aws:sqs/queue:Queue", "orders", name="orders", arn=ORDERS),
        *other_role("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue", resource=ORDERS),
    ),
    "a pipe from a queue of others": (
        new("aws:sqs/queue:Queue", "orders", name="orders", arn=ORDERS),
        new(
            "aws:pipes/pipe:Pipe",
            "pipe",
            {"source": "orders.arn"},
            name="pipe",
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/pipe",
            target=f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default",
        ),
    ),
    "a role changes schedules of its own group": other_role(
        "scheduler:UpdateSchedule",
        "scheduler:DeleteSchedule",
        resource=f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/shop/*",
    ),
    "a role watches queues": other_role("sqs:GetQueueAttributes", "sqs:ListQueues"),
    "a role that AWS lets call models": managed("AmazonBedrockFullAccess"),
    "a function's role with AWS's policy for its logs": managed(
        "service-role/AWSLambdaBasicExecutionRole"
    ),
    "an instance that Systems Manager manages": managed("AmazonSSMManagedInstanceCore"),
    "a role reads logs of the shop": other_role(
        "logs:GetLogEvents", resource=f"{LOGS}:/aws/lambda/shop*"
    ),
    "another bucket in a plan for backups": (
        new(
            "aws:backup/selection:Selection",
            "backup",
            name="scratch",
            planId="plan",
            iamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/backup",
            resources=["arn:aws:s3:::scratch", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/*"],
        ),
    ),
    "an analysis that is written nowhere": (
        new(
            "aws:s3/analyticsConfiguration:AnalyticsConfiguration",
            "analysis",
            {"bucket": "output-bucket.id"},
            name="all",
        ),
    ),
    "tiers that are turned off": (
        new(
            "aws:s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration",
            "tiers",
            {"bucket": "output-bucket.id"},
            name="everything",
            status="Disabled",
            tierings=[{"accessTier": "ARCHIVE_ACCESS", "days": 180}],
        ),
    ),
    "access logs in another bucket": (
        new("aws:s3/bucket:Bucket", "access-logs", bucket="access-logs"),
        new(
            "aws:s3/bucketLogging:BucketLogging",
            "logging",
            {"bucket": "output-bucket.id", "targetBucket": "access-logs.id"},
            targetPrefix="exports/",
        ),
    ),
    "a trail of what is read in the bucket": (
        new(
            "aws:cloudtrail/trail:Trail",
            "trail",
            name="trail",
            s3BucketName="trails",
            eventSelectors=[
                {
                    "includeManagementEvents": True,
                    "dataResources": [
                        {"type": "AWS::S3::Object", "values": [f"arn:aws:s3:::{BUCKET}/"]}
                    ],
                }
            ],
        ),
    ),
    "the environment under a key of the account": (
        put(
            FUNCTION,
            "kmsKeyArn",
            f"arn:aws:kms:us-east-1:{ACCOUNT}:key/99999999-12ab-34cd-56ef-1234567890ab",
        ),
    ),
    "runtime updates with each change": (
        new(
            "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig",
            "updates",
            {"functionName": f"{FUNCTION}.name"},
            updateRuntimeOn="FunctionUpdate",
        ),
    ),
    "the Standard class said in so many words": (
        put("results-group", "logGroupClass", "STANDARD"),
    ),
    "an input of another spelling": (
        put(SCHEDULE, "target.input", '{"operation":"ExportBatchEvaluations","parameters":{}}'),
    ),
    "errors counted in the results": (
        new(
            "aws:cloudwatch/logMetricFilter:LogMetricFilter",
            "errors",
            {"logGroupName": "results-group.name"},
            pattern="ERROR",
        ),
    ),
    "the function in subnets": (
        put(FUNCTION, "vpcConfig", NETWORK),
        INTERFACES,
    ),
    "what an operator holds, listed": (
        new(
            "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
            "listed",
            {"roleName": "roles-operator-role.name"},
            policyArns=[f"arn:aws:iam::{ACCOUNT}:policy/agentcore-eval-prod-operator-us-east-1"],
        ),
    ),
    "objects locked for a day": (
        new(
            "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
            "lock",
            {"bucket": "output-bucket.id"},
            rule={"defaultRetention": {"mode": "GOVERNANCE", "days": 1}},
        ),
    ),
    "an alias of the function": (
        new(
            "aws:lambda/alias:Alias",
            "live",
            {"functionName": f"{FUNCTION}.name"},
            name="live",
            functionVersion="3",
        ),
    ),
    "failures under the operations key by its alias": (
        put(QUEUE, "kmsMasterKeyId", "alias/agentcore-eval-prod-operations"),
    ),
    "a key of memories for the whole account": (
        new(
            "aws:kms/key:Key",
            "memory",
            enableKeyRotation=True,
            policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": ROOT},
                            "Action": "kms:*",
                            "Resource": "*",
                        },
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "bedrock-agentcore.amazonaws.com"},
                            "Action": ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey"],
                            "Resource": "*",
                            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                        },
                    ],
                }
            ),
        ),
    ),
    "operators of a permission set": (
        statement(
            "roles-operator-role",
            "AllowOperators",
            "assumeRolePolicy",
            Principal={"AWS": ROOT},
            Condition={"ArnLike": {"aws:PrincipalArn": PERMISSION_SET}},
        ),
    ),
    "a pipeline on one branch of one repository": (
        pipeline("StringEquals", "repo:example/evaluations:ref:refs/heads/main"),
    ),
    "a build that starts evaluations under the key": (
        build("nightly", "aws bedrock-agentcore start-batch-evaluation --kms-key-arn $KEY"),
    ),
    "answers kept beside the failures": (
        point("controller-invoke-config", "destinationConfig.onSuccess.destination", QUEUE),
    ),
    "a build of others": (build("shop", "make"),),
    "the largest messages said in so many words": (put(QUEUE, "maxMessageSize", 1_048_576),),
}
COMPLIANT_OF_OTHERS = [Edit(name, "", changes) for name, changes in _TABLE.items()]
