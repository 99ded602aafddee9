"""Programs of others, in plain pulumi-aws, that have nothing to do with evaluations or little."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from components import EvaluationKey
from tests.harness import ACCOUNT

ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
PARTNER = "999988887777"
PLACE = f"eu-central-1:{ACCOUNT}"
CONSOLE_KEY = f"arn:aws:kms:{PLACE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def document(*statements: dict[str, Any]) -> str:
    allowed = [{"Effect": "Allow", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})


def trust(service: str) -> str:
    return document({"Principal": {"Service": service}, "Action": "sts:AssumeRole"})


KMS_DEFAULT = {"Principal": ROOT, "Action": "kms:*", "Resource": "*"}


def web_shop() -> None:
    """A function and a bucket, both as one writes them first."""
    role = aws.iam.Role("shop", assume_role_policy=trust("lambda.amazonaws.com"))
    bucket = aws.s3.Bucket("pictures", force_destroy=True)
    aws.iam.RolePolicy("shop", role=role.id, policy=document({"Action": "s3:*", "Resource": "*"}))
    aws.lambda_.Function(
        "shop", role=role.arn, runtime="python3.13", environment={"variables": {"B": bucket.id}}
    )


def administrators() -> None:
    """A function that may do everything, and one that a policy of AWS lets do so."""
    for name in ("one", "two"):
        role = aws.iam.Role(name, name=name, assume_role_policy=trust("lambda.amazonaws.com"))
        aws.lambda_.Function(name, name=name, role=role.arn, runtime="python3.13")
        aws.iam.RolePolicyAttachment(
            name, role=role.name, policy_arn="arn:aws:iam::aws:policy/AdministratorAccess"
        )
        aws.iam.RolePolicy(name, role=role.name, policy=document({"Action": "*", "Resource": "*"}))


def public_site() -> None:
    """A web site for everybody, and an API without signatures in front of a function."""
    site = aws.s3.Bucket("site", bucket="www.example.com", acl="public-read")
    aws.s3.BucketWebsiteConfiguration(
        "pages", bucket=site.id, index_document={"suffix": "index.html"}
    )
    aws.s3.BucketPolicy(
        "everybody",
        bucket=site.id,
        policy=document(
            {
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::www.example.com/*",
            }
        ),
    )
    role = aws.iam.Role("api", name="api", assume_role_policy=trust("lambda.amazonaws.com"))
    aws.iam.RolePolicyAttachment(
        "basic",
        role=role.name,
        policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    )
    function = aws.lambda_.Function("api", name="api", role=role.arn, runtime="nodejs22.x")
    aws.lambda_.FunctionUrl("url", function_name=function.name, authorization_type="NONE")
    aws.lambda_.Permission(
        "all", function=function.name, action="lambda:InvokeFunctionUrl", principal="*"
    )
    aws.sqs.Queue("orders", name="orders")
    aws.cloudwatch.LogGroup("log", name="/aws/lambda/api")


def orders() -> None:
    """A function with a queue, whose policy names it: only an update will know what it says."""
    role = aws.iam.Role("orders", name="orders", assume_role_policy=trust("lambda.amazonaws.com"))
    queue = aws.sqs.Queue("orders", name="orders")
    aws.iam.RolePolicy(
        "orders",
        role=role.name,
        policy=queue.arn.apply(
            lambda arn: document({"Action": "sqs:SendMessage", "Resource": arn})
        ),
    )
    aws.lambda_.Function("orders", name="orders", role=role.arn, runtime="python3.13")


def team_key() -> None:
    """Only a key for evaluations: the ARN of the role that it names is not known at preview."""
    role = aws.iam.Role(
        "team",
        name="team",
        assume_role_policy=document(
            {
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/Developers"},
                "Action": "sts:AssumeRole",
            }
        ),
    )
    aws.iam.RolePolicy(
        "team",
        role=role.name,
        policy=document(
            {
                "Action": "bedrock-agentcore:StartBatchEvaluation",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
            }
        ),
    )
    EvaluationKey("team", {"caller_arns": [role.arn]})


def data_lake() -> None:
    """A bucket under a key of its own, shared with a partner, copied and queried."""
    key = aws.kms.Key(
        "lake",
        enable_key_rotation=True,
        policy=document(
            KMS_DEFAULT,
            {
                "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"},
                "Action": ["kms:Decrypt", "kms:DescribeKey"],
                "Resource": "*",
            },
            {
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": "kms:GenerateDataKey*",
                "Resource": "*",
            },
        ),
    )
    lake = aws.s3.Bucket("lake", bucket="lake")
    aws.s3.BucketServerSideEncryptionConfiguration(
        "under-the-key",
        bucket=lake.id,
        rules=[
            {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": key.arn,
                },
                "bucket_key_enabled": True,
            }
        ],
    )
    aws.s3.BucketReplicationConfig(
        "copy",
        bucket=lake.id,
        role=f"arn:aws:iam::{ACCOUNT}:role/replication",
        rules=[{"status": "Enabled", "destination": {"bucket": "arn:aws:s3:::lake-copy"}}],
    )
    aws.kms.Grant("query", key_id=key.key_id, grantee_principal=PARTNER, operations=["Decrypt"])
    role = aws.iam.Role("glue", name="glue", assume_role_policy=trust("glue.amazonaws.com"))
    aws.iam.RolePolicy(
        "glue",
        role=role.id,
        policy=document({"Action": ["s3:*", "glue:*", "logs:*", "kms:Decrypt"], "Resource": "*"}),
    )
    aws.iam.User("analyst", name="analyst")
    aws.iam.UserPolicyAttachment(
        "reads", user="analyst", policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )


def shared_key() -> None:
    """A key for pipelines of two accounts, whose roles are called the same."""
    role = aws.iam.Role(
        "deploy", name="deploy", assume_role_policy=trust("codebuild.amazonaws.com")
    )
    pipelines = [f"arn:aws:iam::{account}:role/deploy" for account in (ACCOUNT, PARTNER)]
    use = {"Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}
    aws.kms.Key(
        "artifacts",
        enable_key_rotation=True,
        policy=document(KMS_DEFAULT, {"Principal": {"AWS": pipelines}, **use}),
        opts=pulumi.ResourceOptions(depends_on=[role]),
    )
    aws.kms.Key(
        "theirs",
        enable_key_rotation=True,
        policy=document(KMS_DEFAULT, {"Principal": {"AWS": pipelines[1]}, **use}),
    )


def agent_runtime() -> None:
    """An agent with memory under a key that AgentCore uses for something else."""
    role = aws.iam.Role("agent", assume_role_policy=trust("bedrock-agentcore.amazonaws.com"))
    aws.iam.RolePolicy(
        "agent",
        role=role.id,
        policy=document(
            {"Action": "bedrock:InvokeModel*", "Resource": "*"},
            {"Action": "bedrock-agentcore:GetWorkloadAccessToken*", "Resource": "*"},
        ),
    )
    aws.kms.Key(
        "memory",
        enable_key_rotation=True,
        policy=document(
            KMS_DEFAULT,
            {
                "Principal": {"Service": "bedrock-agentcore.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"],
                "Resource": "*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:bedrock-agentcore:{PLACE}:memory/*"},
                },
            },
        ),
    )
    aws.kms.Key(
        "gateway",
        enable_key_rotation=True,
        policy=document(
            KMS_DEFAULT,
            {
                "Principal": {"Service": "bedrock-agentcore.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": "*",
                "Condition": {
                    "StringLike": {
                        "kms:EncryptionContext:aws:bedrock-agentcore-gateway:arn": (
                            f"arn:aws:bedrock-agentcore:{PLACE}:gateway/*"
                        )
                    }
                },
            },
        ),
    )


SERVICE_OF_ACCOUNT = {
    "Principal": {"Service": "bedrock-agentcore.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
}


def agent_memory() -> None:
    """Memories under a key that AgentCore uses for the account, and who deploys agents with it."""
    key = aws.kms.Key(
        "memory", enable_key_rotation=True, policy=document(KMS_DEFAULT, SERVICE_OF_ACCOUNT)
    )
    role = aws.iam.Role("deploy", assume_role_policy=trust("lambda.amazonaws.com"))
    aws.iam.RolePolicy(
        "deploy",
        role=role.id,
        policy=document({"Action": "bedrock-agentcore:*", "Resource": "*"}),
    )
    aws.lambda_.Function(
        "deploy",
        name="deploy",
        role=role.arn,
        runtime="python3.13",
        environment={"variables": {"KEY": key.arn}},
    )
    aws.iam.User("agents", name="agents")
    aws.iam.UserPolicyAttachment(
        "agents", user="agents", policy_arn="arn:aws:iam::aws:policy/BedrockAgentCoreFullAccess"
    )


def loose_key() -> None:
    """Evaluations under a key whose policy does not say that it is for evaluations."""
    role = aws.iam.Role("nightly", name="nightly", assume_role_policy=trust("lambda.amazonaws.com"))
    key = aws.kms.Key(
        "secret", deletion_window_in_days=7, policy=document(KMS_DEFAULT, SERVICE_OF_ACCOUNT)
    )
    aws.iam.RolePolicy(
        "nightly",
        role=role.id,
        policy=document(
            {"Action": "bedrock-agentcore:StartBatchEvaluation", "Resource": "*"},
            {
                "Action": "bedrock-agentcore:GetBatchEvaluation",
                "Resource": f"arn:aws:bedrock-agentcore:{PLACE}:batch-evaluate/*",
            },
        ),
    )
    aws.lambda_.Function(
        "nightly",
        name="nightly",
        role=role.arn,
        runtime="python3.13",
        environment={"variables": {"KEY": key.arn}},
    )


def agent_platform() -> None:
    """Who deploys agents, with all of AgentCore, and a power user by an inline policy."""
    everything = document({"Action": ["bedrock-agentcore:*", "ecr:BatchGetImage"], "Resource": "*"})
    for service in ("codebuild", "lambda"):
        role = aws.iam.Role(service, assume_role_policy=trust(f"{service}.amazonaws.com"))
        aws.iam.RolePolicy(service, role=role.id, policy=everything)
        if service == "lambda":
            aws.lambda_.Function("deploy", name="deploy", role=role.arn, runtime="python3.13")
    aws.cloudwatch.LogGroup("deploy", name="/aws/lambda/deploy")
    user = aws.iam.User("power", name="power")
    aws.iam.UserPolicy(
        "power",
        user=user.name,
        policy=document(
            {
                "NotAction": ["iam:*", "bedrock-agentcore:DeleteBatchEvaluation"],
                "Resource": "*",
            }
        ),
    )


def permission_sets() -> None:
    """Keys that people of IAM Identity Center administer, whose roles nobody names in full."""
    pattern = "role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Platform_*"
    people = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:{pattern}"}}
    account = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    for name, principal, condition in (
        ("one", ROOT, people),
        ("two", {"AWS": "*"}, {**account, **people}),
        ("three", "*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, **people}),
    ):
        administers = {
            "Principal": principal,
            "Action": "kms:*",
            "Resource": "*",
            "Condition": condition,
        }
        aws.kms.Key(name, enable_key_rotation=True, policy=document(administers))


def settings() -> None:
    """A function whose variables speak of credentials, and hold none."""
    variables = {
        "ACCESS_TOKEN_TTL": "3600",
        "API_KEY_PARAMETER": "/prod/api-key",
        "AUTH_TOKEN": "${AUTH_TOKEN}",
        "AUTH_TOKEN_HEADER": "X-Auth-Token",
        "CREDENTIALS_BUCKET": "credentials-of-tenants",
        "DATABASE_URL": "postgresql://app@db.internal:5432/app",
        "DB_CREDENTIALS_ARN": f"arn:aws:secretsmanager:{PLACE}:secret:db-AbCdEf",
        "DB_PASSWORD": f"arn:aws:secretsmanager:{PLACE}:secret:db-AbCdEf",
        "DB_SECRET": "prod/db/password",
        "EOS_TOKEN": "<|endoftext|>",
        "JWT_PUBLIC_KEY": "-----BEGIN PUBLIC KEY-----\nMIIB",
        "MAX_TOKENS": "4096",
        "PARTITION_KEY": "tenantId",
        "PASSWORDLESS_LOGIN": "enabled",
        "PASSWORD_MIN_LENGTH": "12",
        "PASSWORD_RESET_URL": "https://example.com:8443/reset?mail=a@example.com",
        "PWD": "/var/task",
        "REQUIRE_TOKEN": "True",
        "SECRETS_PREFIX": "/prod/",
        "SECRET_NAME": "database",
        "SECRET_ROTATION_DAYS": "30",
        "STRIPE_PUBLISHABLE_KEY": "pk_live_51H8abcdefghijklmnop",
        "TOKENIZER": "cl100k_base",
        "TOKEN_ENDPOINT": "https://login.example.com/oauth2/token",
        "TOKEN_TABLE": "auth-tokens",
    }
    role = aws.iam.Role("shop", assume_role_policy=trust("lambda.amazonaws.com"))
    aws.lambda_.Function(
        "shop", role=role.arn, runtime="python3.13", environment={"variables": variables}
    )


def console_key() -> None:
    """Evaluations under a key that was made in the console: its policy is not in the program."""
    role = aws.iam.Role(
        "nightly",
        name="nightly",
        assume_role_policy=document(
            {
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            }
        ),
    )
    scope = f"arn:aws:bedrock-agentcore:{PLACE}:batch-evaluate/*"
    here = {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}
    groups = f"arn:aws:logs:{PLACE}:log-group"
    rights = aws.iam.Policy(
        "nightly",
        name="nightly",
        policy=document(
            {
                "Action": [
                    "bedrock-agentcore:StartBatchEvaluation",
                    "bedrock-agentcore:ListBatchEvaluations",
                ],
                "Resource": "*",
                "Condition": here,
            },
            {
                "Action": [
                    "bedrock-agentcore:DeleteBatchEvaluation",
                    "bedrock-agentcore:GetBatchEvaluation",
                    "bedrock-agentcore:StopBatchEvaluation",
                ],
                "Resource": scope,
            },
            {
                "Action": [
                    "logs:FilterLogEvents",
                    "logs:GetLogEvents",
                    "logs:GetQueryResults",
                    "logs:StartQuery",
                ],
                "Resource": [
                    f"{groups}:/aws/bedrock-agentcore/runtimes/*",
                    f"{groups}:evaluations:*",
                ],
            },
            {
                "Action": [
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                    "logs:PutRetentionPolicy",
                    "logs:TagResource",
                ],
                "Resource": [f"{groups}:evaluations", f"{groups}:evaluations:*"],
            },
            {
                "Action": ["logs:DescribeLogGroups", "xray:PutTraceSegments"],
                "Resource": "*",
                "Condition": here,
            },
            {
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": f"{groups}:/aws/lambda/nightly:*",
            },
            {"Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:{PLACE}:failed"},
        ),
    )
    aws.iam.RolePolicyAttachment("nightly", role=role.name, policy_arn=rights.arn)
    logs = aws.cloudwatch.LogGroup(
        "log", name="/aws/lambda/nightly", retention_in_days=90, kms_key_id=CONSOLE_KEY
    )
    results = aws.cloudwatch.LogGroup(
        "results", name="evaluations", retention_in_days=90, kms_key_id=CONSOLE_KEY
    )
    failed = aws.sqs.Queue(
        "failed",
        name="failed",
        kms_master_key_id=CONSOLE_KEY,
        message_retention_seconds=1_209_600,
        policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "sqs:*",
                        "Resource": "*",
                        "Condition": condition,
                    }
                    for condition in (
                        {"Bool": {"aws:SecureTransport": "false"}},
                        {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
                    )
                ],
            }
        ),
    )
    function = aws.lambda_.Function(
        "nightly",
        name="nightly",
        role=role.arn,
        runtime="python3.13",
        reserved_concurrent_executions=1,
        tracing_config={"mode": "Active"},
        environment={"variables": {"KMS_KEY_ARN": CONSOLE_KEY, "RESULTS": results.name}},
        opts=pulumi.ResourceOptions(depends_on=[logs]),
    )
    aws.lambda_.FunctionEventInvokeConfig(
        "failures",
        function_name=function.name,
        destination_config={"on_failure": {"destination": failed.arn}},
    )
