"""What counts as a change, and which changes replace."""

import json
from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN

from local.provider.lifecycle import DEFAULTED, Provider
from local.provider.properties import ARCHIVE, SIGNATURE

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
BUCKET = "aws:s3/bucket:Bucket"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
FUNCTION = "aws:lambda/function:Function"
QUEUE = "aws:sqs/queue:Queue"
ROLE = "aws:iam/role:Role"
SCHEDULE = "aws:scheduler/schedule:Schedule"


def statement(**members: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **members}]})


def archive(hash_: str, **content: Any) -> dict[str, Any]:
    return {SIGNATURE: ARCHIVE, "hash": hash_, **content}


SAME = [
    pytest.param(
        KEY,
        {"policy": statement(Action=["kms:Get*", "kms:List*"], Resource=["*"])},
        {"policy": statement(Resource="*", Action=["kms:List*", "kms:Get*"])},
        id="a policy with its actions in another order",
    ),
    pytest.param(
        KEY,
        {"policy": statement(Condition={"Bool": {"kms:GrantIsForAWSResource": True}})},
        {"policy": statement(Condition={"Bool": {"kms:GrantIsForAWSResource": ["true"]}})},
        id="a condition value as text and as a list",
    ),
    pytest.param(KEY, {"policy": statement()}, {}, id="a policy left out, which KMS then keeps"),
    pytest.param(KEY, {"enableKeyRotation": False}, {}, id="a default left out"),
    pytest.param(KEY, {}, {"tags": {}}, id="empty tags"),
    pytest.param(
        ALIAS,
        {"targetKeyId": "1234"},
        {"targetKeyId": "arn:aws:kms:us-east-1:111122223333:key/1234"},
        id="a key by id and by ARN",
    ),
    pytest.param(
        SCHEDULE,
        {"target": {"arn": "a", "retryPolicy": {"maximumRetryAttempts": 185}}},
        {"target": {"arn": "a"}},
        id="a nested default left out",
    ),
    pytest.param(
        FUNCTION,
        {"loggingConfig": {"logFormat": "JSON", "systemLogLevel": "INFO"}},
        {"loggingConfig": {"logFormat": "JSON"}},
        id="a nested property that Lambda fills",
    ),
    pytest.param(
        FUNCTION,
        {"code": archive("h", path="/a")},
        {"code": archive("h", path="/b")},
        id="the same code at another path",
    ),
    pytest.param(
        FUNCTION,
        {"code": archive("h", assets={})},
        {"code": archive("h", assets={"a": {}})},
        id="code whose files the state leaves out",
    ),
]


@pytest.mark.parametrize(("token", "olds", "news"), SAME)
def test_is_no_change(
    offline: Provider, token: str, olds: dict[str, Any], news: dict[str, Any]
) -> None:
    assert offline.diff(token, {}, olds, news).paths == {}


@pytest.mark.parametrize(
    ("token", "olds", "news", "paths"),
    [
        pytest.param(
            KEY, {"description": "a"}, {"description": "b"}, {"description": "UPDATE"}, id="a text"
        ),
        pytest.param(
            KEY,
            {"policy": statement(Action="kms:Get*")},
            {"policy": statement(Action="kms:*")},
            {"policy": "UPDATE"},
            id="a policy",
        ),
        pytest.param(
            KEY,
            {"tags": {"a": "1", "b.c": "2"}},
            {"tags": {"a": "3", "d": ""}},
            {"tags.a": "UPDATE", 'tags["b.c"]': "DELETE", "tags.d": "ADD"},
            id="entries of a map, an empty one too",
        ),
        pytest.param(
            LIFECYCLE,
            {"rules": [{"id": "a", "expiration": {"days": 1}}]},
            {"rules": [{"id": "a", "expiration": {"days": 2}}, {"id": "b"}]},
            {"rules[0].expiration.days": "UPDATE", "rules[1]": "ADD"},
            id="nested in a list",
        ),
        pytest.param(
            SCHEDULE,
            {"target": {"arn": "a", "deadLetterConfig": {"arn": "q"}}},
            {"target": {"arn": "a"}},
            {"target.deadLetterConfig.arn": "DELETE"},
            id="a nested object left out",
        ),
        pytest.param(
            KEY, {"isEnabled": False}, {}, {"isEnabled": "DELETE"}, id="back to the default"
        ),
        pytest.param(
            FUNCTION,
            {"code": archive("h", path="/a")},
            {"code": archive("i", path="/a")},
            {"code": "UPDATE"},
            id="other code at the same path",
        ),
        pytest.param(
            KEY,
            {"description": "a"},
            {"description": UNKNOWN},
            {"description": "UPDATE"},
            id="a value that is unknown yet",
        ),
        pytest.param(
            SCHEDULE,
            {"target": {"arn": "a", "input": '{"a": ["b"]}'}},
            {"target": {"arn": "a", "input": '{"a": "b"}'}},
            {"target.input": "UPDATE"},
            id="JSON that is no policy, where a list of one is no scalar",
        ),
    ],
)
def test_is_a_change(
    offline: Provider,
    token: str,
    olds: dict[str, Any],
    news: dict[str, Any],
    paths: dict[str, str],
) -> None:
    difference = offline.diff(token, {}, olds, news)
    assert {path: kind for path, (kind, _) in difference.paths.items()} == paths
    assert not any(replaces for _, replaces in difference.paths.values())
    assert not difference.delete_first


@pytest.mark.parametrize(
    ("token", "olds", "news", "path", "delete_first"),
    [
        pytest.param(
            KEY,
            {"description": "a"},
            {"description": "a", "multiRegion": True},
            "multiRegion",
            False,
            id="a key has no name that its successor wants",
        ),
        pytest.param(
            BUCKET, {"bucket": "a"}, {"bucket": "b"}, "bucket", False, id="another name is free"
        ),
        pytest.param(
            ROLE,
            {"name": "a", "path": "/"},
            {"name": "a", "path": "/x/"},
            "path",
            True,
            id="a chosen name that stays is taken until it is deleted",
        ),
        pytest.param(
            ROLE,
            {"name": "a-1", "path": "/", DEFAULTED: ["name"]},
            {"name": "a-1", "path": "/x/", DEFAULTED: ["name"]},
            "path",
            False,
            id="a made name is made anew",
        ),
        pytest.param(
            ALIAS, {"name": "alias/a"}, {"name": UNKNOWN}, "name", False, id="an unknown name"
        ),
    ],
)
def test_replaces(
    offline: Provider,
    token: str,
    olds: dict[str, Any],
    news: dict[str, Any],
    path: str,
    delete_first: bool,
) -> None:
    difference = offline.diff(token, {}, olds, news)
    assert {path: replaces for path, (_, replaces) in difference.paths.items()} == {path: True}
    assert difference.delete_first is delete_first


class TestWhatAwsDoesNotTell:
    def test_is_compared_with_what_was_declared(self, offline: Provider) -> None:
        state = {"deletionWindowInDays": 30}
        difference = offline.diff(KEY, state, {}, {"deletionWindowInDays": 7})
        assert difference.paths == {"deletionWindowInDays": ("ADD", False)}

    def test_is_no_change_right_after_an_import(self, offline: Provider) -> None:
        assert offline.diff(KEY, {}, {}, {"deletionWindowInDays": 7}).paths == {}
