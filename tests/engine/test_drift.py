"""What somebody changed behind Pulumi's back: a refresh finds it, the next update repairs it."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.engine.engine import Aws, MakeStack, Stack
from tests.harness import ACCOUNT
from tests.program.test_stacks import DESIGNED

Meddle = Callable[[Aws, Stack], object]
ROOT_PRINCIPAL = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack) -> Stack:
    stack = make_stack("drift")
    stack.up()
    return stack


def document(**members: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **members}]})


def open_key_policy(aws: Aws, stack: Stack) -> None:
    key = stack.outputs()["evaluation_key_arn"]
    kms = aws("kms")
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    statement = {"Effect": "Allow", "Principal": ROOT_PRINCIPAL, "Action": "kms:*"}
    policy["Statement"].append({**statement, "Resource": "*"})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))


def stop_rotation(aws: Aws, stack: Stack) -> None:
    aws("kms").disable_key_rotation(KeyId=stack.outputs()["operations_key_arn"])


def move_alias(aws: Aws, stack: Stack) -> None:
    other = stack.outputs()["operations_key_arn"].rsplit("/")[-1]
    aws("kms").update_alias(AliasName=f"alias/{stack.base}-evaluation", TargetKeyId=other)


def in_s3(operation: str, **request: Any) -> Meddle:
    def meddle(aws: Aws, stack: Stack) -> None:
        getattr(aws("s3"), operation)(Bucket=stack.outputs()["output_bucket"], **request)

    return meddle


def share_exports(aws: Aws, stack: Stack) -> None:
    bucket = stack.outputs()["output_bucket"]
    resource = f"arn:aws:s3:::{bucket}/*"
    policy = document(Principal=ROOT_PRINCIPAL, Action="s3:GetObject", Resource=resource)
    aws("s3").put_bucket_policy(Bucket=bucket, Policy=policy)


def keep_results_for_ever_in_the_clear(aws: Aws, stack: Stack) -> None:
    aws("logs").delete_retention_policy(logGroupName=f"{stack.base}-results")
    aws("logs").disassociate_kms_key(logGroupName=f"{stack.base}-results")


def trust_everybody(aws: Aws, stack: Stack) -> None:
    name = f"{stack.base}-operator-us-east-1"
    trust = document(Principal={"AWS": "*"}, Action="sts:AssumeRole")
    aws("iam").update_assume_role_policy(RoleName=name, PolicyDocument=trust)


def policy_of(stack: Stack, role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy/{stack.base}-{role}-us-east-1"


def allow_everything(aws: Aws, stack: Stack) -> None:
    everything = document(Action="*", Resource="*")
    aws("iam").create_policy_version(
        PolicyArn=policy_of(stack, "schedule"), PolicyDocument=everything, SetAsDefault=True
    )


def detach_policy(aws: Aws, stack: Stack, role: str = "controller") -> None:
    name = f"{stack.base}-{role}-us-east-1"
    aws("iam").detach_role_policy(RoleName=name, PolicyArn=policy_of(stack, role))


def delete_policy(aws: Aws, stack: Stack) -> None:
    detach_policy(aws, stack, "operator")
    aws("iam").delete_policy(PolicyArn=policy_of(stack, "operator"))


def change_code(aws: Aws, stack: Stack) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("function/handler.py", "def handle(event, context): return event")
    aws("lambda").update_function_code(
        FunctionName=f"{stack.base}-controller", ZipFile=packed.getvalue()
    )


def change_function(aws: Aws, stack: Stack) -> None:
    client, name = aws("lambda"), f"{stack.base}-controller"
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**variables, "ALLOW_DELETE": "true"}}
    )
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)


def drop_failures(aws: Aws, stack: Stack) -> None:
    aws("lambda").put_function_event_invoke_config(
        FunctionName=f"{stack.base}-controller", MaximumRetryAttempts=0
    )


def export_daily(aws: Aws, stack: Stack) -> None:
    client = aws("scheduler")
    found = client.get_schedule(GroupName=stack.base, Name=f"{stack.base}-export")
    taken = ("GroupName", "Name", "Description", "State", "FlexibleTimeWindow", "Target")
    kept = {member: found[member] for member in taken}
    client.update_schedule(ScheduleExpression="rate(1 day)", **kept)


def tag_group(aws: Aws, stack: Stack) -> None:
    client = aws("scheduler")
    arn = client.get_schedule_group(Name=stack.base)["Arn"]
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "environment", "Value": "another"}])


def in_queue(queue: str, **attributes: str) -> Meddle:
    def meddle(aws: Aws, stack: Stack) -> None:
        url = aws("sqs").get_queue_url(QueueName=f"{stack.base}-{queue}")["QueueUrl"]
        aws("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)

    return meddle


AES = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
DEFAULT = "rules[0].applyServerSideEncryptionByDefault"
MEDDLING: tuple[tuple[Meddle, Mapping[str, str]], ...] = (
    (open_key_policy, {"evaluation-key-key": "~ policy"}),
    (stop_rotation, {"operations-key-key": "~ enableKeyRotation"}),
    (move_alias, {"evaluation-key-alias": "~ targetKeyId"}),
    (
        in_s3("put_bucket_tagging", Tagging={"TagSet": [{"Key": "environment", "Value": "b"}]}),
        {"output-bucket": "~ tags.environment"},
    ),
    (
        in_s3(
            "put_bucket_ownership_controls",
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
        ),
        {"output-ownership": "~ rule.objectOwnership"},
    ),
    (
        in_s3(
            "put_public_access_block",
            PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True},
        ),
        {"output-public-access": "~ blockPublicPolicy restrictPublicBuckets"},
    ),
    (
        in_s3("put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"}),
        {"output-versioning": "~ versioningConfiguration.status"},
    ),
    (
        in_s3("put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": [AES]}),
        {"output-encryption": f"~ {DEFAULT}.kmsMasterKeyId {DEFAULT}.sseAlgorithm"},
    ),
    (in_s3("delete_bucket_lifecycle"), {"output-lifecycle": "+"}),
    (share_exports, {"output-policy": "~ policy"}),
    (keep_results_for_ever_in_the_clear, {"results-group": "~ kmsKeyId retentionInDays"}),
    (trust_everybody, {"roles-operator-role": "~ assumeRolePolicy"}),
    (allow_everything, {"roles-schedule-policy": "~ policy"}),
    (detach_policy, {"roles-controller-attachment": "+"}),
    (delete_policy, {"roles-operator-policy": "+", "roles-operator-attachment": "+"}),
    (change_code, {}),
    (
        change_function,
        {
            "controller-function": "~ code environment.variables.ALLOW_DELETE"
            " reservedConcurrentExecutions role"
        },
    ),
    (
        drop_failures,
        {
            "controller-invoke-config": "~ destinationConfig maximumEventAgeInSeconds"
            " maximumRetryAttempts"
        },
    ),
    (export_daily, {"controller-schedule": "~ scheduleExpression"}),
    (tag_group, {"controller-schedule-group": "~ tags.environment"}),
    (
        in_queue("failures", MessageRetentionPeriod="60"),
        {"controller-failures": "~ messageRetentionSeconds"},
    ),
    (in_queue("schedule-failures", Policy=""), {"controller-schedule-failures-policy": "+"}),
)


def test_a_refresh_of_what_nobody_changed_finds_nothing(stack: Stack) -> None:
    stack.succeed("refresh", "--yes", "--skip-preview", "--expect-no-changes")


def test_drift_is_found_by_refresh_and_repaired_by_the_next_update(stack: Stack, aws: Aws) -> None:
    repairs: dict[str, str] = {}
    for meddle, steps in MEDDLING:
        meddle(aws, stack)
        repairs |= steps
    assert stack.steps() == {}, "a preview that does not refresh cannot know"
    stack.fail("refresh", "--preview-only", "--expect-no-changes")
    stack.succeed("refresh", "--yes", "--skip-preview")
    assert {name: step.written for name, step in stack.steps().items()} == repairs
    stack.up()
    stack.is_unchanged()
    policy = aws("kms").get_key_policy(
        KeyId=stack.outputs()["evaluation_key_arn"], PolicyName="default"
    )
    assert "kms:*" not in policy["Policy"]


def test_every_type_of_the_stack_is_meddled_with(stack: Stack) -> None:
    kinds = {r["urn"].rsplit("::", 1)[1]: r["type"] for r in stack.state()["resources"]}
    meddled = {kinds[f"batch-evaluation-{name}"] for _, steps in MEDDLING for name in steps}
    assert meddled == set(DESIGNED)
