"""Tokens of pages: each operation takes its own, and refuses any other as its service does."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from local.aws_api.request_context import PROTOCOLS
from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from tests.local.account import ACCOUNT, NOBODY, LocalAccount
from tests.local.requests import sample

SERVICES = sorted(PROTOCOLS.keys() - {"s3", "sts"})
TOKENS = ("Marker", "NextToken", "nextToken")
CODES = {
    "bedrock-agentcore": "ValidationException",
    "cloudtrail": "InvalidNextTokenException",
    "cloudwatch": "InvalidNextToken",
    "iam": "ValidationError",
    "kms": "InvalidMarkerException",
    "lambda": "InvalidParameterValueException",
    "logs": "InvalidParameterException",
    "scheduler": "ValidationException",
    "sqs": "InvalidParameterValue",
}
LAMBDA = f"arn:aws:lambda:us-east-1:{ACCOUNT}"
# Of operations with required members: one value that their models allow.
VALUES: dict[str, Any] = {
    "QueueUrl": f"http://127.0.0.1/{ACCOUNT}/q",
    "RetiringPrincipal": NOBODY,
    "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/p",
    "PolicySourceArn": NOBODY,
    "Arn": NOBODY,
    "KeyId": "alias/mine",
    "JobId": "a" * 36,
    "CodeSigningConfigArn": f"{LAMBDA}:code-signing-config:csc-{'0' * 17}",
    "DurableExecutionArn": f"{LAMBDA}:function:f:1/durable-execution/a/b",
    "CheckpointToken": "YQ==",
    "startTime": 1,
    "endTime": 2,
    "StartTime": 1,
    "EndTime": 2,
}


@pytest.fixture(scope="module")
def account() -> Iterator[LocalAccount]:
    with LocalCloud(clock=ManualClock(1_790_000_000.0), enforce=False) as cloud:
        made = LocalAccount(cloud)
        made.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=made.key())
        yield made


def paginated(service: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each operation with a token, the token's name, and the least other members."""
    model: Any = get_service_model(service)
    for action in sorted(model.operation_names):
        shape = model.operation_model(action).input_shape
        for name in TOKENS if shape else ():
            if name in shape.members:
                yield action, name, {**sample(shape, False), **chosen(shape)}


def chosen(shape: Any) -> dict[str, Any]:
    return {one: VALUES[one] for one in shape.required_members if one in VALUES}


def refusal(client: Any, action: str, **members: Any) -> str:
    name = next((k for k, v in client.meta.method_to_api_mapping.items() if v == action), "")
    if not name:
        return f"no {action}"
    try:
        getattr(client, name)(**members)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "answered"


@pytest.mark.parametrize("service", SERVICES)
def test_a_token_that_no_page_gave_is_refused(account: LocalAccount, service: str) -> None:
    client, found = account.client(service), {}
    for action, name, members in paginated(service):
        found[action] = refusal(client, action, **members, **{name: "zzz"})
    assert {code for code in found.values() if code == CODES[service]}, "none is paginated"
    unserved = {action for action, code in found.items() if code == "NotImplemented"}
    assert {a: c for a, c in found.items() if a not in unserved and c != CODES[service]} == {}


def test_pages_follow_each_other_and_a_token_is_of_its_operation(account: LocalAccount) -> None:
    logs, kms, sqs = (account.client(service) for service in ("logs", "kms", "sqs"))
    for number in range(3):
        logs.create_log_group(logGroupName=f"group-{number}")
        account.key()
        sqs.create_queue(QueueName=f"queue-{number}")
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 1})
    assert len([group for page in pages for group in page["logGroups"]]) == 3
    keys = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 1})
    assert len([key for page in keys for key in page["Keys"]]) >= 3
    queues = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 2})
    assert len([url for page in queues for url in page.get("QueueUrls", [])]) == 3
    token = logs.describe_log_groups(limit=1)["nextToken"]
    assert refusal(logs, "DescribeExportTasks", nextToken=token) == CODES["logs"]


def test_a_stream_is_read_on_by_the_tokens_that_it_gave(account: LocalAccount) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName="stream")
    names = {"logGroupName": "stream", "logStreamName": "one"}
    logs.create_log_stream(**names)
    moment = 1_790_000_000_000
    events = [{"timestamp": moment - 9 + n, "message": str(n)} for n in range(3)]
    logs.put_log_events(**names, logEvents=events)
    first = logs.get_log_events(**names, limit=2, startFromHead=True)
    second = logs.get_log_events(
        **names, limit=2, startFromHead=True, nextToken=first["nextForwardToken"]
    )
    back = logs.get_log_events(**names, limit=2, nextToken=second["nextBackwardToken"])
    told = [[e["message"] for e in page["events"]] for page in (first, second, back)]
    assert told == [["0", "1"], ["2"], ["0", "1"]]
