"""Violations by resources of other teams: readers, consumers, services that act on ours.

A colleague adds a role of another team, a pipe or a plan for backups, and touches nothing of ours.
"""

from tests.harness import ACCOUNT
from tests.policies.edits import Change, Edit, build, new, point, put, statement
from tests.policies.violations.added_resources import (
    EC2,
    GITHUB,
    ROLE,
    managed,
    other_role,
    person,
    policy_text,
)
from tests.policies.violations.own_resources import (
    BUCKET,
    CONTROLLER,
    FOREIGN,
    FUNCTION,
    LOGS,
    PERMISSION_SET,
    QUEUE,
    ROOT,
    SCHEDULE,
    VARIABLES,
)

SCHEDULE_TYPE = "aws:scheduler/schedule:Schedule"
FOREIGN_KEY = f"arn:aws:kms:us-east-1:{FOREIGN}:key/99999999-12ab-34cd-56ef-1234567890ab"
TRAIL = "aws:cloudtrail/trail:Trail"
FAILURES = f"arn:aws:sqs:us-east-1:{ACCOUNT}:agentcore-eval-prod-failures"
EVALUATION_KEY = "alias/agentcore-eval-prod-evaluation"
CONTROLLER_ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:agentcore-eval-prod-controller"
OBJECTS = f"arn:aws:s3:::{BUCKET}/*"
BUCKET_LINK = {"bucket": "output-bucket.id"}
DEPLOYER: Change = new(ROLE, "deployer", name="deployer", assumeRolePolicy=EC2)


def without_link(name: str, path: str, other: str) -> Change:
    """A property that no longer comes from another resource: a text stands in its place."""
    return lambda program: program.one(name).links[path].remove(program.one(other).urn)


def destination(when: str, type_: str, arn: str) -> tuple:
    """Where the controller's requests go to, with failures or answers: something new."""
    return (
        new(type_, "told", name="told", arn=arn),
        point("controller-invoke-config", f"destinationConfig.{when}.destination", "told"),
    )


def pipeline(operator: str, *subs: str) -> Change:
    """Operators are what an identity provider vouches for."""
    host = "token.actions.githubusercontent.com"
    keys = {f"{host}:sub": list(subs)} if subs else {f"{host}:aud": "sts.amazonaws.com"}
    return statement(
        "roles-operator-role",
        "AllowOperators",
        "assumeRolePolicy",
        Principal={"Federated": GITHUB},
        Action="sts:AssumeRoleWithWebIdentity",
        Condition={operator: keys},
    )


def planned(*buckets: str, links: dict[str, str] | None = None) -> Change:
    """Buckets in a plan for backups, by their ARNs."""
    return new(
        "aws:backup/selection:Selection",
        "backup",
        links,
        name="everything",
        planId="plan",
        iamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/backup",
        resources=list(buckets),
    )


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
    "other-policies-known": {
        "a role with a policy of AWS that is newer than the pack": managed("AmazonTomorrowAccess"),
        "a role with a policy of another account": (
            *managed("ReadOnlyAccess"),
            put("deployer-rights", "policyArn", f"arn:aws:iam::{FOREIGN}:policy/partner"),
        ),
        "a role that lists a policy of AWS that is newer": (
            DEPLOYER,
            put("deployer", "managedPolicyArns", ["arn:aws:iam::aws:policy/AmazonNextAccess"]),
        ),
    },
    "role-policies-known": {
        "the controller's policy replaced by one of AWS": (
            put(
                "roles-controller-attachment",
                "policyArn",
                "arn:aws:iam::aws:policy/BedrockAgentCoreFullAccess",
            ),
            without_link("roles-controller-attachment", "policyArn", CONTROLLER),
        ),
        "an operator that lists a policy of AWS": (
            listed("roles-operator-role", "ReadOnlyAccess"),
        ),
    },
    "evaluation-key-sole-use": {
        "a secret under the key by its alias": (
            new(
                "aws:secretsmanager/secret:Secret", "secret", name="secret", kmsKeyId=EVALUATION_KEY
            ),
        ),
        "failed requests under the key by its alias": (
            put(QUEUE, "kmsMasterKeyId", EVALUATION_KEY),
        ),
    },
    "output-bucket-expiration": {
        "objects locked for ten years": (
            new(
                "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
                "lock",
                BUCKET_LINK,
                rule={"defaultRetention": {"mode": "COMPLIANCE", "years": 10}},
            ),
        ),
    },
    "role-trust-principals": {
        "operators of any permission set": (
            statement(
                "roles-operator-role",
                "AllowOperators",
                "assumeRolePolicy",
                Principal={"AWS": ROOT},
                Condition={
                    "ArnLike": {"aws:PrincipalArn": PERMISSION_SET.replace("KeyAdmin_", "")}
                },
            ),
        ),
        "a pipeline on any branch": (pipeline("StringLike", "repo:example/evaluations:*"),),
        "every pipeline at the provider": (pipeline("StringEquals"),),
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
    "output-bucket-copies": {
        "an analysis written to another bucket": (
            new(
                "aws:s3/analyticsConfiguration:AnalyticsConfiguration",
                "analysis",
                BUCKET_LINK,
                name="all",
                storageClassAnalysis={
                    "dataExport": {
                        "destination": {"s3BucketDestination": {"bucketArn": "arn:aws:s3:::lists"}}
                    }
                },
            ),
        ),
        "a partner's function told of each object": (
            new(
                "aws:s3/bucketNotification:BucketNotification",
                "told",
                BUCKET_LINK,
                lambdaFunctions=[
                    {
                        "lambdaFunctionArn": f"arn:aws:lambda:us-east-1:{FOREIGN}:function:scan",
                        "events": ["s3:ObjectCreated:*"],
                    }
                ],
            ),
        ),
        "tables of the objects": (
            new(
                "aws:s3/bucketMetadataConfiguration:BucketMetadataConfiguration",
                "tables",
                BUCKET_LINK,
                metadataConfiguration={
                    "inventoryTableConfiguration": {"configurationState": "ENABLED"}
                },
            ),
        ),
        "the bucket in a plan for backups": (planned(OBJECTS.removesuffix("/*")),),
        "every bucket beside one that is new in a plan for backups": (
            new("aws:s3/bucket:Bucket", "scratch", bucket="scratch"),
            planned("", "arn:aws:s3:::*", links={"resources.0": "scratch.arn"}),
        ),
        "every bucket in a plan for backups": (planned("arn:aws:s3:::*"),),
        "a place that DataSync copies from": (
            new(
                "aws:datasync/s3Location:S3Location",
                "place",
                {"s3BucketArn": "output-bucket.arn"},
                subdirectory="/evaluations",
                s3Config={"bucketAccessRoleArn": f"arn:aws:iam::{ACCOUNT}:role/datasync"},
            ),
        ),
        "a place that DataSync copies from, by its ARN": (
            new(
                "aws:datasync/s3Location:S3Location",
                "place",
                subdirectory="/",
                s3BucketArn=OBJECTS.removesuffix("/*"),
            ),
        ),
    },
    "output-bucket-keeps": {
        "manifests in a tier that nobody reads": (
            new(
                "aws:s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration",
                "tiers",
                BUCKET_LINK,
                name="everything",
                tierings=[{"accessTier": "DEEP_ARCHIVE_ACCESS", "days": 180}],
            ),
        ),
    },
    "controller-output-bucket": {
        "exports to a bucket of the team": (
            put(FUNCTION, f"{VARIABLES}.OUTPUT_BUCKET", "team-scratch"),
            without_link(FUNCTION, "environment", "output-bucket"),
        ),
    },
    "controller-environment-key": {
        "the environment under a partner's key": (put(FUNCTION, "kmsKeyArn", FOREIGN_KEY),),
        "the package under a partner's key": (put(FUNCTION, "sourceKmsKeyArn", FOREIGN_KEY),),
    },
    "controller-failures": {
        "failures of one alias alone": (put("controller-invoke-config", "qualifier", "live"),),
        "failures sent as mail": destination(
            "onFailure", "aws:sns/topic:Topic", f"arn:aws:sns:us-east-1:{ACCOUNT}:told"
        ),
        "failures sent to another function": (
            put(
                "controller-invoke-config",
                "destinationConfig.onFailure.destination",
                f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:pager",
            ),
        ),
    },
    "controller-answers": {
        "answers sent as mail": destination(
            "onSuccess", "aws:sns/topic:Topic", f"arn:aws:sns:us-east-1:{ACCOUNT}:told"
        ),
        "answers on the account's bus": (
            put(
                "controller-invoke-config",
                "destinationConfig.onSuccess.destination",
                f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default",
            ),
        ),
    },
    "evaluation-starts-with-key": {
        "a build that starts evaluations by a command": (
            build(
                "nightly",
                "aws bedrock-agentcore start-batch-evaluation --batch-evaluation-name prod_nightly",
            ),
        ),
        "a runbook that starts evaluations": (
            new(
                "aws:ssm/document:Document",
                "runbook",
                name="runbook",
                documentType="Automation",
                content='{"mainSteps": [{"action": "aws:executeAwsApi", "inputs": '
                '{"Service": "bedrock-agentcore", "Api": "StartBatchEvaluation"}}]}',
            ),
        ),
    },
    "failure-queue-key": {
        "answers kept in the clear": destination(
            "onSuccess", "aws:sqs/queue:Queue", f"arn:aws:sqs:us-east-1:{ACCOUNT}:told"
        ),
    },
    "failure-queue-requests": {
        "a policy for everybody on the queue's URL": (
            new(
                "aws:sqs/queuePolicy:QueuePolicy",
                "everybody",
                queueUrl=f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/agentcore-eval-prod-failures",
                policy=policy_text(Principal="*", Action="sqs:*", Resource=FAILURES),
            ),
        ),
        "answers kept where everybody may send": destination(
            "onSuccess", "aws:sqs/queue:Queue", f"arn:aws:sqs:us-east-1:{ACCOUNT}:told"
        ),
    },
    "schedule-failures": {
        "misses of an alias that nobody keeps": (
            new(
                "aws:lambda/alias:Alias",
                "live",
                {"functionName": f"{FUNCTION}.name"},
                name="live",
                arn=f"{CONTROLLER_ARN}:live",
            ),
            new(SCHEDULE_TYPE, "nightly", {"target.arn": "live.arn"}, name="nightly"),
        ),
        "misses of a version that nobody keeps": (
            new(SCHEDULE_TYPE, "nightly", name="nightly", target={"arn": f"{CONTROLLER_ARN}:3"}),
        ),
        "a schedule turned off for now": (put(SCHEDULE, "state", "DISABLED"),),
        "misses kept by a partner": (
            put(
                SCHEDULE,
                "target.deadLetterConfig.arn",
                f"arn:aws:sqs:us-east-1:{FOREIGN}:misses",
            ),
        ),
    },
    "schedule-input": {
        "a schedule that deletes": (
            put(SCHEDULE, "target.input", '{"operation": "DeleteBatchEvaluation"}'),
        ),
        "a schedule that stops what runs": (
            put(SCHEDULE, "target.input", '{"operation": "StopBatchEvaluation"}'),
        ),
    },
    "controller-reach": {
        "whoever writes to a topic": (
            new(
                "aws:lambda/permission:Permission",
                "permission",
                {"function": f"{FUNCTION}.name"},
                action="lambda:InvokeFunction",
                principal="sns.amazonaws.com",
                sourceArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:requests",
            ),
        ),
    },
    "function-runtime": {
        "a runtime that AWS no longer mends": (
            new(
                "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig",
                "pinned",
                {"functionName": f"{FUNCTION}.name"},
                updateRuntimeOn="Manual",
                runtimeVersionArn="arn:aws:lambda:us-east-1::runtime:" + "0a" * 32,
            ),
        ),
    },
    "result-log-class": {
        "results seldom read": (put("results-group", "logGroupClass", "INFREQUENT_ACCESS"),),
        "results for a day": (put("results-group", "logGroupClass", "DELIVERY"),),
    },
    "key-use-recorded": {
        "a trail turned off": (new(TRAIL, "trail", name="trail", enableLogging=False),),
        "a trail without the many events of KMS": (
            new(
                TRAIL,
                "trail",
                name="trail",
                eventSelectors=[
                    {
                        "includeManagementEvents": True,
                        "excludeManagementEventSources": ["kms.amazonaws.com"],
                    }
                ],
            ),
        ),
        "a trail whose selectors leave KMS out": (
            new(
                TRAIL,
                "trail",
                name="trail",
                advancedEventSelectors=[
                    {
                        "fieldSelectors": [
                            {"field": "eventCategory", "equals": ["Management"]},
                            {"field": "eventSource", "notEquals": ["kms.amazonaws.com"]},
                        ]
                    }
                ],
            ),
        ),
    },
    "failure-queue-retention": {
        "room for small requests only": (put(QUEUE, "maxMessageSize", 1024),),
    },
}
OF_OTHERS = [
    Edit(name, rule, changes) for rule, edits in _TABLE.items() for name, changes in edits.items()
]
OF_OTHERS += [
    Edit(name, "role-escalation", other_role(action), stack="dev")
    for name, action in (
        ("a role deletes keys that IAM policies administer", "kms:ScheduleKeyDeletion"),
        ("a role turns keys off that IAM policies administer", "kms:DisableKey"),
    )
]
