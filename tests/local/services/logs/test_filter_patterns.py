"""Filter patterns of FilterLogEvents, judged as AWS documents them or refused."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws_api.aws_error import AwsError
from local.services.logs.filter_patterns import read_pattern
from tests.local.conftest import START, Connect

CALL = json.dumps(
    {
        "level": "ERROR",
        "count": 3,
        "ratio": -0.5,
        "ok": True,
        "gone": None,
        "user": {"name": "Anna Bell", "tags": ["a", "b"]},
        "a.b": "dotted",
    }
)


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR", True),
        ("ERROR", "an error", False),
        ("ERROR ARGUMENTS", "ERROR: missing ARGUMENTS", True),
        ("ERROR ARGUMENTS", "ERROR: missing", False),
        ('"INTERNAL SERVER ERROR"', "500 INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "INTERNAL ERROR SERVER", False),
        ("?ERROR ?WARN", "a WARN", True),
        ("?ERROR ?WARN", "a NOTE", False),
        ("ERROR -EXITING", "ERROR", True),
        ("ERROR -EXITING", "ERROR EXITING", False),
        ('-"not this"', "this", True),
        ('"say \\"x\\""', 'they say "x"', True),
        ('{ $.level = "ERROR" }', CALL, True),
        ('{ $.level = "INFO" }', CALL, False),
        ('{ $.level = "ERROR" }', "hello", False),
        ('{ $.level = "ERROR" }', "ERROR", False),
        ("{ $.level = ERROR }", CALL, True),
        ('{ $.level = "ERR*" }', CALL, True),
        ('{ $.level != "ERR*" }', CALL, False),
        ('{ $.level != "INFO" }', CALL, True),
        ('{ $.nothing != "INFO" }', CALL, False),
        ('{ $.user.name = "Anna*" }', CALL, True),
        ('{ $.user.tags[1] = "b" }', CALL, True),
        ('{ $.user.tags[2] = "b" }', CALL, False),
        ("{ $['a.b'] = \"dotted\" }", CALL, True),
        ('{ $.a.b = "dotted" }', CALL, False),
        ("{ $.count = 3 }", CALL, True),
        ("{ $.count > 3 }", CALL, False),
        ("{ $.count >= 3 && $.ratio < 0 }", CALL, True),
        ("{ $.count > 3 || $.ratio < 0 && $.ok IS TRUE }", CALL, True),
        ("{ ($.count > 3 || $.ratio < 0) && $.ok IS FALSE }", CALL, False),
        ("{ $.gone IS NULL }", CALL, True),
        ("{ $.ok IS NULL }", CALL, False),
        ("{ $.nothing NOT EXISTS }", CALL, True),
        ("{ $.gone NOT EXISTS }", CALL, False),
        ('{ $.level > 1 }', CALL, False),
    ],
)  # fmt: skip
def test_a_pattern_matches_what_it_says(pattern: str, message: str, expected: bool) -> None:
    assert read_pattern(pattern)(message) is expected


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("[ip, user, status = 404]", "NotImplemented"),
        ("%AUTHORIZED%", "NotImplemented"),
        ("{ $.level = %ERR% }", "NotImplemented"),
        ("ERROR ?WARN", "NotImplemented"),
        ("a:b", "InvalidParameterException"),
        ('"open', "InvalidParameterException"),
        ("{ $.level }", "InvalidParameterException"),
        ("{ $.level = }", "InvalidParameterException"),
        ("{ level = 1 }", "InvalidParameterException"),
        ("{ ($.level = 1 }", "InvalidParameterException"),
        ("{ $.level = 1 $.count = 2 }", "InvalidParameterException"),
        ("{ $.level < many }", "InvalidParameterException"),
        ("{ $.level IS GREEN }", "InvalidParameterException"),
        ("{ $.level NOT THERE }", "InvalidParameterException"),
        ("{ }", "InvalidParameterException"),
    ],
)
def test_a_pattern_that_cannot_be_judged_is_refused(pattern: str, code: str) -> None:
    with pytest.raises(AwsError) as caught:
        read_pattern(pattern)
    assert caught.value.code == code


def test_filter_log_events_gives_the_events_that_match(connect: Connect) -> None:
    logs = connect("logs")
    logs.create_log_group(logGroupName="group")
    logs.create_log_stream(logGroupName="group", logStreamName="stream")
    messages = ["hello", CALL, '{"level": "INFO"}', "an ERROR"]
    events = [{"timestamp": int(START * 1000), "message": message} for message in messages]
    logs.put_log_events(logGroupName="group", logStreamName="stream", logEvents=events)

    def found(**members: Any) -> list[str]:
        answer = logs.filter_log_events(logGroupName="group", **members)
        return [event["message"] for event in answer["events"]]

    assert found() == messages
    assert found(filterPattern='{ $.level = "ERROR" }') == [CALL]
    assert found(filterPattern="ERROR") == [CALL, "an ERROR"]
    assert found(filterPattern="nothing") == []
    with pytest.raises(ClientError, match="NotImplemented"):
        found(filterPattern="[first, second]")
