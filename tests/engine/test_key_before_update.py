"""A key policy that a preview cannot know is judged in the update, before KMS gets it."""

from pathlib import Path

from tests.engine.engine import Engine, Stack, written_project
from tests.harness import ROOT

PACK = ("--policy-pack", str(ROOT / "policies"))
PROGRAM = """
import json
import pulumi_aws as aws

def document(*statements):
    allowed = [{"Effect": "Allow", "Resource": "*", **each} for each in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})

trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
         "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}
role = aws.iam.Role("nightly", name="nightly", assume_role_policy=json.dumps(
    {"Version": "2012-10-17", "Statement": [trust]}))
rights = aws.iam.Policy("nightly", name="nightly", policy=document(
    {"Action": "bedrock-agentcore:StartBatchEvaluation"}))
aws.iam.RolePolicyAttachment("nightly", role=role.name, policy_arn=rights.arn)
context = {"kms:EncryptionContext:aws:bedrock-agentcore:batchEvaluationArn":
           "arn:aws:bedrock-agentcore:us-east-1:111122223333:batch-evaluate/*"}
aws.kms.Key("key", enable_key_rotation=True, policy=role.arn.apply(lambda arn: document(
    {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"},
    {"Principal": {"AWS": arn}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
     "Condition": {"StringLike": context}})))
"""


def test_a_wide_key_policy_stops_the_update_before_the_key_is_made(
    engine: Engine, tmp_path: Path
) -> None:
    stack = Stack(engine, written_project(tmp_path / "later", PROGRAM), "prod").init()
    stack.succeed("config", "set", "aws:region", "us-east-1")
    preview = stack.succeed("preview", *PACK)
    assert "in the update, at its end at the latest: key: policy is not known until" in preview
    output = stack.fail("up", "--yes", "--skip-preview", *PACK)
    assert "evaluation-key-users  (aws:kms:Key: key)" in output
    types = {each["type"] for each in stack.state()["resources"]}
    assert "aws:iam/role:Role" in types
    assert "aws:kms/key:Key" not in types
