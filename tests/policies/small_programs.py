"""Small programs with evaluations, in plain pulumi-aws: who starts them, and how a key shows it."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws

from tests.harness import ACCOUNT
from tests.policies.foreign_programs import KMS_DEFAULT, document

HERE = f"us-east-1:{ACCOUNT}"
EVALUATIONS = f"arn:aws:bedrock-agentcore:{HERE}:batch-evaluate/*"
CONTEXT = {"kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn": EVALUATIONS}
AGENTCORE = {"Service": "bedrock-agentcore.amazonaws.com"}
USE = ["kms:Decrypt", "kms:GenerateDataKey"]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/nightly"
USER = f"arn:aws:iam::{ACCOUNT}:user/analyst"
START = {"Sid": "Start", "Action": "bedrock-agentcore:StartBatchEvaluation", "Resource": "*"}
SERVICE = {"Sid": "Service", "Principal": AGENTCORE, "Action": USE, "Resource": "*"}
EXPORTS = ["arn:aws:s3:::exports", "arn:aws:s3:::exports/*"]
BOUND = {
    "StringEquals": {"aws:SourceAccount": ACCOUNT},
    "ArnLike": {"aws:SourceArn": EVALUATIONS},
}


def caller(arn: str, *actions: str, **more: Any) -> dict[str, Any]:
    """A statement of a key policy for a caller."""
    of_it = {"Principal": {"AWS": arn}, "Action": list(actions or USE), "Resource": "*"}
    return {"Sid": "Caller", **of_it, **more}


def nightly(*statements: dict[str, Any]) -> aws.iam.Role:
    """A function's role that may do what statements say."""
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
    aws.iam.RolePolicy("nightly", role=role.name, policy=document(*statements))
    return role


def function(role: aws.iam.Role, **variables: Any) -> None:
    """The function."""
    aws.lambda_.Function(
        "nightly",
        name="nightly",
        role=role.arn,
        runtime="python3.13",
        environment={"variables": variables},
    )


def key(*statements: dict[str, Any]) -> aws.kms.Key:
    """A key that is rotated."""
    return aws.kms.Key("key", enable_key_rotation=True, policy=document(*statements))


def documented() -> None:
    """The documented statements, and administration for IAM policies."""
    role = nightly(START)
    bound = {"Condition": {"StringLike": CONTEXT}}
    made = key(
        KMS_DEFAULT,
        caller(ROLE, "kms:DescribeKey"),
        caller(ROLE, **bound),
        SERVICE | {"Condition": BOUND},
    )
    function(role, KEY=made.arn)


def named_nowhere() -> None:
    """Everybody is let in without conditions, and no policy names evaluations."""
    role = nightly(START)
    key(KMS_DEFAULT, SERVICE, caller(ROLE))
    function(role)


def by_wildcard() -> None:
    """The caller may do everything in AgentCore, which the program never names evaluations in."""
    nightly({"Sid": "All", "Action": "bedrock-agentcore:*", "Resource": "*"})
    key(KMS_DEFAULT, SERVICE | {"Condition": BOUND}, caller(ROLE))


def by_everything() -> None:
    """The caller may do everything there is."""
    nightly({"Sid": "All", "Action": "*", "Resource": "*"})
    key(KMS_DEFAULT, SERVICE | {"Condition": BOUND}, caller(ROLE))


def apart() -> None:
    """The key's policy is a resource of its own, and a person starts evaluations."""
    aws.iam.User("analyst", name="analyst")
    aws.iam.UserPolicy("analyst", user="analyst", policy=document(START))
    made = aws.kms.Key("key", enable_key_rotation=True)
    statements = (KMS_DEFAULT, caller(USER), SERVICE | {"Condition": BOUND})
    aws.kms.KeyPolicy("who", key_id=made.key_id, policy=document(*statements))


def told() -> None:
    """Only the function's variables say that the key is for evaluations."""
    role = nightly(START)
    made = key(KMS_DEFAULT)
    function(role, KEY=made.arn)


def under(made: aws.kms.Key) -> aws.s3.Bucket:
    """A bucket for exports under a key."""
    bucket = aws.s3.Bucket("exports", bucket="exports")
    aws.s3.BucketServerSideEncryptionConfiguration(
        "exports",
        bucket=bucket.bucket,
        rules=[
            {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": made.arn,
                }
            }
        ],
    )
    return bucket


def stored() -> None:
    """Exports go to a bucket under the key, which is not told to anybody."""
    put = {"Sid": "Put", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::exports/*"}
    role = nightly(START, put)
    made = key(KMS_DEFAULT, SERVICE | {"Condition": BOUND})
    bucket = under(made)
    aws.s3.BucketPublicAccessBlock("exports", bucket=bucket.bucket, block_public_acls=True)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": EXPORTS}
    aws.s3.BucketPolicy(
        "exports",
        bucket=bucket.bucket,
        policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
                    {**deny, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}},
                ],
            }
        ),
        opts=pulumi.ResourceOptions(depends_on=[bucket]),
    )
    function(role, BUCKET=bucket.bucket)


def exporting(
    action: str, *statements: dict[str, Any], given: bool = True, encrypted: bool = True
) -> Callable[[], None]:
    """A program whose function may do what an action says, and exports to a bucket; without
    statements the key has KMS's default policy. The function is given the key, the bucket is
    encrypted under it, or both."""

    def program() -> None:
        put = {"Sid": "Put", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::exports/*"}
        role = nightly({"Sid": "All", "Action": action, "Resource": "*"}, put)
        policy = document(*statements) if statements else None
        made = aws.kms.Key("key", enable_key_rotation=True, policy=policy)
        bucket = under(made) if encrypted else aws.s3.Bucket("exports", bucket="exports")
        names = {"KEY": made.arn} if given else {}
        function(role, BUCKET=bucket.bucket, **names)

    program.__name__ = " ".join(
        (
            f"exporting by {action}",
            f"under {len(statements)} statements",
            *(["given the key"] if given else []),
            *(["encrypted"] if encrypted else []),
        )
    )
    return program


WIDER = ("bedrock-agentcore:StartBatchEvaluation", "bedrock-agentcore:*", "*")
OF_ACCOUNT = SERVICE | {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
POLICIES = ((), (KMS_DEFAULT,), (KMS_DEFAULT, OF_ACCOUNT), (KMS_DEFAULT, SERVICE))
BY_EVERYTHING_FOR_A_BUCKET = [exporting("*", *each, given=False) for each in POLICIES]
BY_WILDCARD = [
    *(exporting(action, *each) for action in WIDER[1:] for each in POLICIES),
    *(exporting(action, *each, encrypted=False) for action in WIDER[1:] for each in POLICIES),
    *(exporting("bedrock-agentcore:*", *each, given=False) for each in POLICIES),
    *BY_EVERYTHING_FOR_A_BUCKET,
]
PROGRAMS: list[Callable[[], None]] = [
    documented,
    named_nowhere,
    by_wildcard,
    by_everything,
    apart,
    told,
    stored,
]
