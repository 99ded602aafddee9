"""CloudWatch Logs Insights answers as AWS does, or says that it does not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import ACCOUNT, START

Connect = Callable[..., Any]


@pytest.fixture
def logs(connect: Connect) -> Any:
    client = connect("logs")
    client.create_log_group(logGroupName="g")
    client.create_log_stream(logGroupName="g", logStreamName="s")
    events = [{"timestamp": int(START * 1000) + n, "message": f"m{n}"} for n in range(3)]
    client.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)
    return client


def rows(logs: Any, query: str, **members: Any) -> list[dict[str, str]]:
    times = {"startTime": int(START) - 1, "endTime": int(START) + 1}
    started = logs.start_query(logGroupName="g", queryString=query, **times, **members)
    answer = logs.get_query_results(queryId=started["queryId"])
    assert answer["status"] == "Complete"
    return [
        {cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"}
        for row in answer["results"]
    ]


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("fields @message", ["m2", "m1", "m0"]),
        ("fields @message | sort @timestamp asc", ["m0", "m1", "m2"]),
        ("FIELDS @message\n| SORT @timestamp DESC\n| limit 2", ["m2", "m1"]),
        ("fields @message|sort @timestamp|limit 1", ["m2"]),
    ],
)
def test_the_newest_come_first_unless_it_says_otherwise(
    logs: Any, query: str, messages: list[str]
) -> None:
    assert [row["@message"] for row in rows(logs, query)] == messages


def test_fields_are_written_as_aws_writes_them(logs: Any) -> None:
    (row,) = rows(logs, "fields @timestamp, @message,@logStream , @log", limit=1)
    assert row == {
        "@timestamp": "2026-09-21 14:13:20.002",
        "@message": "m2",
        "@logStream": "s",
        "@log": f"{ACCOUNT}:g",
    }


@pytest.mark.parametrize(
    "query",
    [
        "fields @message | filter @message like /m1/",
        'fields @message | filter a = "b" and c = "d"',
        "fields @message | filter a = b",
        'fields @message | filter a = "b\\" | limit 1',
        "filter level = 'ERROR' | fields @message",
        "stats count(*) by bin(1h)",
        "fields @message | sort @message asc",
        "fields @message | limit 2 | sort @timestamp asc",
        "fields @message, level",
        "parse @message '*' as x",
        "fields @message | dedup @message",
        "fields @message | limit 0x2",
        "# remark\nfields @message",
        "x",
    ],
)
def test_what_would_be_answered_wrongly_is_not_answered(logs: Any, query: str) -> None:
    with pytest.raises(ClientError) as caught:
        rows(logs, query)
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ('resource.attributes.service.name = "a"', [4, 1]),
        ("resource.attributes.service.name='b'", [2]),
        (r'resource.attributes.service.name = "q\"q"', [3]),
        ('resource.attributes.service.name = "A"', []),
        ('service.name = "a"', []),
        ('number = "4"', []),
        ('list.1 = "y"', [3]),
    ],
)
def test_a_filter_compares_a_field_of_json_before_the_limit(
    logs: Any, condition: str, numbers: list[int]
) -> None:
    services = {1: "a", 2: "b", 3: 'q"q', 4: "a"}
    events = [
        {
            "timestamp": int(START * 1000) + n,
            "message": json.dumps(
                {
                    "resource": {"attributes": {"service.name": service}},
                    "number": n,
                    "list": ["x", "y"] if n == 3 else [],
                }
            ),
        }
        for n, service in services.items()
    ]
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)
    found = rows(logs, f"fields @message | filter {condition} | limit 2")
    assert [json.loads(row["@message"])["number"] for row in found] == numbers
