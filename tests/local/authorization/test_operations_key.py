"""Each statement of the operations key's policy, left out: exactly what needs it fails."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

BASE = "agentcore-eval-local"


def steps(world: Any) -> dict[str, Callable[[], Any]]:
    """What people, roles and CloudWatch Logs do under the operations key."""
    group, key = world.outputs["result_log_group"], world.outputs["operations_key_arn"]
    logs, sqs = world.client("logs", "controller"), world.client("sqs", "controller")
    url = f"{world.cloud.address}/111122223333/{BASE}-failures"
    stream = {"logGroupName": group, "logStreamName": "step"}
    events = [{"timestamp": int(world.cloud.clock.now() * 1000), "message": "{}"}]
    reader = {"logs": world.client("logs", "developer"), "sqs": world.client("sqs", "developer")}
    return {
        "a group is encrypted": lambda: _made_anew(world, f"/aws/lambda/{BASE}-controller", key),
        "results are written": lambda: logs.put_log_events(**stream, logEvents=events),
        "the controller reads results": lambda: logs.get_log_events(**stream),
        "a reader reads results": lambda: reader["logs"].filter_log_events(logGroupName=group),
        "a failure is reported": lambda: sqs.send_message(QueueUrl=url, MessageBody="{}"),
        "a reader reads failures": lambda: reader["sqs"].receive_message(QueueUrl=url),
    }


def _made_anew(world: Any, group: str, key: str) -> None:
    logs = world.client("logs")
    with suppress(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName=group)
    logs.create_log_group(logGroupName=group, kmsKeyId=key)


@pytest.fixture(scope="module", autouse=True)
def stream(world: Any) -> None:
    world.client("logs", "controller").create_log_stream(
        logGroupName=world.outputs["result_log_group"], logStreamName="step"
    )


@pytest.mark.parametrize(
    ("sid", "expected"),
    [
        ("", {}),
        (
            "AllowLogsService",
            {"a group is encrypted": "AWS service: logs.us-east-1.amazonaws.com is not authorized"},
        ),
        (
            "AllowUseThroughLogs",
            {
                "results are written": "kms:GenerateDataKey",
                "the controller reads results": "kms:Decrypt",
                "a reader reads results": "kms:Decrypt",
            },
        ),
        # AWS asks for it; the endpoint describes a key only when it is associated.
        ("AllowDescribeThroughLogs", {}),
        (
            "AllowSendersThroughQueues",
            {"a failure is reported": r"\(KMS.AccessDeniedException\).*kms:GenerateDataKey"},
        ),
        (
            "AllowReadersThroughQueues",
            {"a reader reads failures": r"\(KMS.AccessDeniedException\).*kms:Decrypt"},
        ),
    ],
    ids=lambda value: (value or "none") if isinstance(value, str) else "",
)
def test_without_a_statement_exactly_what_needs_it_fails(
    world: Any, sid: str, expected: dict[str, str]
) -> None:
    key = world.outputs["operations_key_arn"]
    whole = world.key_policy(key)
    kept = [statement for statement in whole["Statement"] if statement["Sid"] != sid]
    assert len(kept) == len(whole["Statement"]) - bool(sid)
    failed: dict[str, str] = {}
    world.put_key_policy(key, {**whole, "Statement": kept})
    try:
        for name, step in steps(world).items():
            try:
                step()
            except ClientError as error:
                failed[name] = str(error)
    finally:
        world.put_key_policy(key, whole)
    assert set(failed) == set(expected), failed
    for name, reason in failed.items():
        assert re.search(expected[name], reason, re.DOTALL), reason
