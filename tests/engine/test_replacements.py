"""Changes that AWS makes only in a new resource: which comes first, and who follows."""

from typing import Any

import pytest

from tests.engine.engine import Aws, Engine, Stack, written_project

PROGRAM = """
import json
import pulumi
import pulumi_aws as aws

new = pulumi.Config().get_bool("new") or False


def document(**members):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **members}]})


trust = document(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
path = "/new/" if new else "/"
role = aws.iam.Role("chosen-name", name="replaced", path=path, assume_role_policy=trust)
aws.iam.Role("made-name", path=path, assume_role_policy=trust)
policy = aws.iam.Policy(
    "policy",
    name="replaced",
    description="new" if new else "old",
    policy=document(Action="s3:GetObject", Resource="*"),
    # The engine deletes the attachment before whichever of the two comes first, and would not have
    # the other one wait for that.
    opts=pulumi.ResourceOptions(depends_on=[role]),
)
aws.iam.RolePolicyAttachment("attachment", role=role.name, policy_arn=policy.arn)
function = aws.lambda_.Function(
    "function",
    name="replaced-new" if new else "replaced",
    role=role.arn,
    runtime="python3.13",
    handler="index.handle",
    code=pulumi.AssetArchive({"index.py": pulumi.StringAsset("def handle(*_): return None")}),
)
aws.lambda_.FunctionEventInvokeConfig(
    "invoke-config", function_name=function.name, maximum_retry_attempts=0
)
key = aws.kms.Key("key", multi_region=new)
aws.kms.Alias("alias", name="alias/replaced", target_key_id=key.key_id)
log_class = "INFREQUENT_ACCESS" if new else "STANDARD"
aws.cloudwatch.LogGroup("group", name="replaced", log_group_class=log_class)
pulumi.export("key", key.arn)
"""


@pytest.fixture(scope="module")
def stack(engine: Engine) -> Stack:
    stack = Stack(engine, written_project(engine.folder / "replaced", PROGRAM), "replaced").init()
    stack.up("-c", "aws:region=us-east-1")
    return stack


def test_a_chosen_name_is_freed_first_and_a_made_one_is_not_waited_for(
    stack: Stack, aws: Aws
) -> None:
    old = stack.outputs()["key"]
    assert {name: step.written for name, step in stack.steps("-c", "new=true").items()} == {
        "chosen-name": "-+ path",
        "made-name": "+- path",
        "policy": "-+ description",
        "attachment": "-+",
        "function": "+- name role",
        "invoke-config": "+- functionName",
        "key": "+- multiRegion",
        "alias": "~ targetKeyId",
        "group": "-+ logGroupClass",
    }
    stack.up()
    kms, iam = aws("kms"), aws("iam")
    assert iam.get_role(RoleName="replaced")["Role"]["Path"] == "/new/"
    attached = iam.list_attached_role_policies(RoleName="replaced")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["replaced"]
    assert functions(aws) == ["replaced-new"]
    target = kms.describe_key(KeyId="alias/replaced")["KeyMetadata"]
    assert target["MultiRegion"]
    assert target["Arn"] == stack.outputs()["key"] != old
    assert kms.describe_key(KeyId=old)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    stack.is_unchanged()


def functions(aws: Aws) -> list[str]:
    found: list[Any] = aws("lambda").list_functions()["Functions"]
    return sorted(f["FunctionName"] for f in found if f["FunctionName"].startswith("replaced"))
