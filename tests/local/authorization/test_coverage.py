"""Least privilege by running: every action that our policies grant is needed, or listed with why.

The product is used as a whole, with its administration; each decision names the statement that
allowed it. What no decision named is granted and not needed.
"""

import json
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

BASE = "agentcore-eval-local"
REGION = "us-east-1"
ROLES = ("controller", "operator", "schedule")
Grant = tuple[str, str, str]
"""Policy, statement and action as they are written."""

OURS = "the endpoint has none of it; "
BY_AWS = "AWS prescribes it without saying for which call; "
# Granted, and needed by nothing that can run here. Each needs its reason; a line that is needed
# after all, or that no policy grants, fails the test.
UNNEEDED: dict[Grant, str] = {
    ("controller", "AllowTracing", "xray:PutTelemetryRecords"): OURS + "X-Ray traces the function",
    ("controller", "AllowTracing", "xray:PutTraceSegments"): OURS + "X-Ray traces the function",
    ("controller", "AllowLogReading", "logs:FilterLogEvents"): BY_AWS
    + "bedrock-agentcore/latest/devguide/batch-evaluations-prereqs.html; the local service queries",
    ("operations key", "AllowLogsService", "kms:Encrypt"): BY_AWS
    + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html; the endpoint makes data keys",
    ("operations key", "AllowLogsService", "kms:ReEncrypt*"): BY_AWS
    + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html; the endpoint makes data keys",
    ("operations key", "AllowLogsService", "kms:Describe*"): BY_AWS
    + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html, where it stands under a condition "
    "on the encryption context, which DescribeKey has none of",
    ("operations key", "AllowUseThroughLogs", "kms:Encrypt"): BY_AWS
    + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html; the endpoint makes data keys",
    ("operations key", "AllowUseThroughLogs", "kms:ReEncrypt*"): BY_AWS
    + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html; the endpoint makes data keys",
    ("operations key", "AllowDescribeThroughLogs", "kms:DescribeKey"): BY_AWS
    + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html; here only associating describes",
}


@pytest.fixture(scope="module")
def used(world: Any) -> list[dict[str, Any]]:
    """Everything that the product and its people do, as the events tell it."""
    started = world.invoke("StartBatchEvaluation", world.request("first"))
    wanted = {"batchEvaluationId": started["batchEvaluationId"]}
    world.invoke("CheckKey")
    world.cloud.advance(60)  # it ends, and the schedule fires
    assert world.invoke("GetBatchEvaluation", wanted)["status"] == "COMPLETED"
    assert world.invoke("ListBatchEvaluations")["batchEvaluations"]
    second = world.invoke("StartBatchEvaluation", world.request("second"))
    world.cloud.advance(3)
    world.invoke("StopBatchEvaluation", {"batchEvaluationId": second["batchEvaluationId"]})
    world.cloud.advance(15)
    world.invoke("ExportBatchEvaluations")
    world.invoke("DeleteBatchEvaluation", wanted)
    _start_by_developer(world)
    _fail_and_read_why(world)
    _recreate_result_group(world)
    for key in (world.key, world.outputs["operations_key_arn"]):
        _administer(world, key)
    _lose_the_function(world)
    return world.told()


def _start_by_developer(world: Any) -> None:
    service = world.client("bedrock-agentcore", "developer")
    started = service.start_batch_evaluation(**world.request("by_developer"), kmsKeyArn=world.key)
    world.cloud.advance(15)
    shown = service.get_batch_evaluation(batchEvaluationId=started["batchEvaluationId"])
    assert shown["status"] == "COMPLETED"
    logs = world.client("logs", "developer")
    group = world.outputs["result_log_group"]
    assert logs.filter_log_events(logGroupName=group)["events"]
    assert logs.filter_log_events(logGroupName=f"/aws/lambda/{BASE}-controller")["events"]


def _fail_and_read_why(world: Any) -> None:
    """An asynchronous request that fails ends in the queue, where a reader finds it."""
    world.client("lambda", "operator").invoke(
        FunctionName=world.outputs["controller_function_name"],
        InvocationType="Event",
        Payload=json.dumps({"operation": "None"}),
    )
    world.cloud.advance(190)  # two retries
    messages = _messages(world, f"{BASE}-failures")
    assert json.loads(messages[0]["Body"])["requestPayload"] == {"operation": "None"}


def _messages(world: Any, queue: str) -> list[dict[str, Any]]:
    sqs = world.client("sqs", "developer")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return sqs.receive_message(QueueUrl=url)["Messages"]


def _recreate_result_group(world: Any) -> None:
    """Without its group the service makes it, with the caller's rights, and sets retention."""
    logs = world.client("logs")
    logs.delete_log_group(logGroupName=world.outputs["result_log_group"])
    world.invoke("StartBatchEvaluation", world.request("new_group"))
    world.cloud.advance(15)


def _administer(world: Any, key: str) -> None:
    """All that an administrator does with a key; moto lacks some, but the decision stands."""
    kms = world.client("kms")
    name = {"KeyId": key}
    policy = kms.get_key_policy(**name, PolicyName="default")["Policy"]
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: kms.describe_key(**name),
        lambda: kms.put_key_policy(**name, PolicyName="default", Policy=policy),
        lambda: kms.list_key_policies(**name),
        lambda: kms.list_grants(**name),
        lambda: kms.revoke_grant(**name, GrantId="missing"),
        lambda: kms.list_resource_tags(**name),
        lambda: kms.tag_resource(**name, Tags=[{"TagKey": "team", "TagValue": "ours"}]),
        lambda: kms.untag_resource(**name, TagKeys=["team"]),
        lambda: kms.update_key_description(**name, Description="described"),
        lambda: kms.disable_key_rotation(**name),
        lambda: kms.enable_key_rotation(**name),
        lambda: kms.get_key_rotation_status(**name),
        lambda: kms.rotate_key_on_demand(**name),
        lambda: kms.list_key_rotations(**name),
        lambda: kms.get_key_last_usage(**name),
        lambda: kms.create_alias(AliasName="alias/other", TargetKeyId=key),
        lambda: kms.update_alias(AliasName="alias/other", TargetKeyId=key),
        lambda: kms.delete_alias(AliasName="alias/other"),
        lambda: kms.disable_key(**name),
        lambda: kms.enable_key(**name),
        lambda: kms.schedule_key_deletion(**name, PendingWindowInDays=7),
        lambda: kms.cancel_key_deletion(**name),
        lambda: kms.enable_key(**name),
    )
    refused: list[str] = []
    for attempt in attempts:
        try:
            attempt()
        except kms.exceptions.ClientError as error:
            refused.append(error.response["Error"]["Code"])
    assert refused == ["NotFoundException", "NotImplemented"]  # the grant; GetKeyLastUsage


def _lose_the_function(world: Any) -> None:
    """A schedule that cannot invoke its target reports to its own queue."""
    function = world.outputs["controller_function_name"]
    world.client("lambda").delete_function(FunctionName=function)
    world.cloud.advance(60)
    assert _messages(world, f"{BASE}-schedule-failures")


def granted(world: Any) -> Iterator[Grant]:
    """Every action of every Allow statement in our roles' and keys' policies."""
    iam = world.client("iam")
    for role in ROLES:
        name = f"{BASE}-{role}-{REGION}"
        arn = f"arn:aws:iam::111122223333:policy/{name}"
        version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
        yield from _actions(role, version["Document"])
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        yield from _actions(f"{role} trust", trust)
    yield from _actions("evaluation key", world.key_policy(world.key))
    operations = world.outputs["operations_key_arn"]
    yield from _actions("operations key", world.key_policy(operations))


def _actions(policy: str, document: dict[str, Any]) -> Iterator[Grant]:
    for statement in document["Statement"]:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            yield policy, statement["Sid"], action


def needed(world: Any, used: list[dict[str, Any]]) -> set[Grant]:
    """What decisions named: policy, statement, and the action that was asked for."""
    names = {
        f'key policy "{world.key}"': "evaluation key",
        f'key policy "{world.outputs["operations_key_arn"]}"': "operations key",
    }
    for role in ROLES:
        names[f'identity policy "{BASE}-{role}-{REGION}"'] = role
        names[f'role trust policy "{BASE}-{role}-{REGION}"'] = f"{role} trust"
    found: set[Grant] = set()
    for event in used:
        for told in event.get("additionalEventData", {}).get("authorization", []):
            for ruling in told["decidedBy"]:
                policy, _, statement = ruling.partition(", statement ")
                if policy in names and told["outcome"] == "Allowed":
                    sid = statement.partition("(")[2].removesuffix(")")
                    found.add((names[policy], sid, told["action"]))
    return found


def report(grants: list[Grant], uses: set[Grant]) -> dict[Grant, bool]:
    """For each action granted by a statement, whether something needed it."""
    return {
        grant: any(use[:2] == grant[:2] and fnmatchcase(use[2], grant[2]) for use in uses)
        for grant in grants
    }


def test_every_action_that_is_granted_is_needed_or_listed_with_its_reason(
    world: Any, used: list[dict[str, Any]]
) -> None:
    grants = list(granted(world))
    assert len(grants) > 90
    covered = report(grants, needed(world, used))
    idle = {grant for grant, by_something in covered.items() if not by_something}
    told = "\n".join(f"{'needed' if seen else '-':7} {' '.join(g)}" for g, seen in covered.items())
    print(told)  # pytest shows it when the test fails, and with -rP
    assert idle == set(UNNEEDED)


def test_the_product_asks_for_nothing_that_it_is_not_granted(used: list[dict[str, Any]]) -> None:
    """Lambda tries to make the log group, which exists; nothing else is denied to our roles."""
    denied = {
        (event["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"], event["eventName"])
        for event in used
        if event.get("errorCode") == "AccessDenied"
        and event["userIdentity"].get("type") == "AssumedRole"
    }
    assert denied == {(f"{BASE}-controller-{REGION}", "CreateLogGroup")}
