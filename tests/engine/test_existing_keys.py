"""Keys that exist already: adopted in two steps as they are, or imported and then managed."""

import json
from typing import Any

import pytest

from tests.engine.engine import Aws, Engine, MakeStack, Stack, written_project
from tests.harness import ACCOUNT

NEEDED = "expected this statement, got nothing that covers it: "
ADMINISTRATION = {
    "Sid": "OwnersAdministration",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}


@pytest.fixture
def key(aws: Aws) -> str:
    """The ARN of a key that nobody's Pulumi made."""
    policy = {"Version": "2012-10-17", "Statement": [ADMINISTRATION]}
    answer = aws("kms").create_key(Policy=json.dumps(policy), Description="of another team")
    return answer["KeyMetadata"]["Arn"]


def facts(aws: Aws, key: str) -> list[Any]:
    """Return all that can be changed of a key."""
    kms = aws("kms")
    return [
        kms.describe_key(KeyId=key)["KeyMetadata"],
        json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]),
        kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"],
        kms.list_resource_tags(KeyId=key)["Tags"],
        kms.list_aliases(KeyId=key)["Aliases"],
    ]


def test_adoption_stops_with_the_statements_to_add_then_goes_on_and_never_changes_the_key(
    make_stack: MakeStack, aws: Aws, key: str
) -> None:
    stack = make_stack("adopting", existingKeyArn=key)
    before = facts(aws, key)
    output = stack.fail("up", "--yes", "--skip-preview")
    assert f"existing key {key} cannot be used yet" in output
    assert aws("iam").get_role(RoleName=f"{stack.base}-controller-us-east-1")
    lines = [text.split(NEEDED)[1] for text in output.splitlines() if NEEDED in text]
    statements = {statement["Sid"]: statement for statement in map(json.loads, lines)}
    assert set(statements) == {
        "AllowCallerAccess",
        "AllowCallerCryptoOps",
        "AllowServicePrincipalAccess",
    }
    assert facts(aws, key) == before

    policy = {"Version": "2012-10-17", "Statement": [ADMINISTRATION, *statements.values()]}
    aws("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    owned = facts(aws, key)
    stack.up()
    assert stack.outputs()["evaluation_key_arn"] == key
    stack.is_unchanged()
    assert facts(aws, key) == owned
    stack.destroy()
    # KMS shows the ids of principals that are gone in place of their names.
    policy["Statement"] = facts(aws, key)[1]["Statement"]
    for statement, owners in zip(policy["Statement"], owned[1]["Statement"], strict=True):
        assert {**statement, "Principal": None} == {**owners, "Principal": None}
    assert [fact for fact in facts(aws, key) if fact != policy] == [owned[0], *owned[2:]]


COMPONENT = """
import pulumi_aws as aws
from components import EvaluationKey

role = aws.iam.Role("evaluators", name="ImportEvaluators", assume_role_policy={trust!r})
EvaluationKey("evaluations", {{"caller_arns": [role.arn], "protect": False}})
"""
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)


def test_an_imported_key_becomes_the_key_of_a_component_and_is_changed_in_place(
    engine: Engine, aws: Aws, key: str
) -> None:
    project = written_project(engine.folder / "importing", COMPONENT.format(trust=TRUST))
    stack = Stack(engine, project, "importing").init()
    resources = [
        {
            "type": "agentcore-batch-evaluation:index:EvaluationKey",
            "name": "evaluations",
            "component": True,
        },
        {
            "type": "aws:kms/key:Key",
            "name": "evaluations-key",
            "id": key.rsplit("/", 1)[1],
            "parent": "evaluations",
        },
    ]
    file = project / "import.json"
    file.write_text(json.dumps({"resources": resources}))
    stack.succeed(
        *("import", "--yes", "--skip-preview", "--file", str(file)),
        *("--generate-code=false", "--protect=false"),
    )
    before = facts(aws, key)
    assert before[0]["Description"] == "of another team"
    steps = {name: step.op for name, step in stack.steps().items()}
    assert steps["evaluations-key"] == "~"
    stack.up()
    after = facts(aws, key)
    assert stack.resource("evaluations-key")["outputs"]["arn"] == key
    assert after[0]["Description"] == "Encrypts Amazon Bedrock AgentCore batch evaluations"
    assert {statement["Sid"] for statement in after[1]["Statement"]} == {
        "AllowCallerAccess",
        "AllowCallerCryptoOps",
        "AllowServicePrincipalAccess",
        "AllowKeyAdministration",
    }
    stack.is_unchanged()


LATE = """
import json
import pulumi
import pulumi_aws as aws
from components import BatchEvaluationEnvironment

account = {"AWS": "arn:aws:iam::ACCOUNT:root"}
administration = ["kms:DescribeKey", "kms:GetKey*", "kms:List*", "kms:PutKeyPolicy", "kms:Sched*"]
own = {"Effect": "Allow", "Principal": account, "Action": administration, "Resource": "*"}
needed = json.loads(pulumi.Config().get("needed") or "[]")
policy = json.dumps({"Version": "2012-10-17", "Statement": [own, *needed]})
key = aws.kms.Key("theirs", policy=policy)
trust = {"Effect": "Allow", "Principal": account, "Action": "sts:AssumeRole"}
document = json.dumps({"Version": "2012-10-17", "Statement": trust})
reader = aws.iam.Role("reader", name="LateReader", assume_role_policy=document)
environment = BatchEvaluationEnvironment(
    "late",
    {
        "stage": "local",
        "protect": False,
        "export_enabled": False,
        "existing_key_arn": key.arn,
        "operations_readers": [reader.arn],
        "operator_principals": pulumi.Output.all(reader.arn),
    },
)
pulumi.export("theirs", key.arn)
pulumi.export("used", environment.evaluation_key_arn)
"""


def test_key_and_principals_of_the_same_program_are_adopted_as_soon_as_they_are_known(
    engine: Engine,
) -> None:
    project = written_project(engine.folder / "late", LATE.replace("ACCOUNT", ACCOUNT))
    stack = Stack(engine, project, "late").init()
    region = ("-c", "aws:region=us-east-1")
    stack.succeed("preview", *region)
    output = stack.fail("up", "--yes", "--skip-preview", *region)
    lines = [text.split(NEEDED)[1] for text in output.splitlines() if NEEDED in text]
    statements = dict.fromkeys(lines)
    assert len(statements) == 3
    needed = f"[{','.join(statements)}]"
    stack.up("-c", f"late:needed={needed}")
    assert stack.outputs()["used"] == stack.outputs()["theirs"]
    stack.is_unchanged()
    stack.destroy()
    assert "resources" not in stack.state()
