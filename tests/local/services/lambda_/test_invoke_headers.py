"""The headers of Invoke: LogType and ClientContext."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Connect = Callable[..., Any]
SHOW = (
    "def handler(event, context):\n"
    "    client = context.client_context\n"
    "    return client and [client.custom, client.env, client.client.app_title]\n"
)


def encoded(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def test_the_clients_context_reaches_the_function(
    connect: Connect, function: Callable[..., str]
) -> None:
    function("fn", SHOW)
    invoke = connect("lambda").invoke
    given = {"custom": {"a": "b"}, "env": {"locale": "de"}, "client": {"app_title": "shop"}}
    answer = invoke(FunctionName="fn", ClientContext=encoded(given))
    assert json.load(answer["Payload"]) == [{"a": "b"}, {"locale": "de"}, "shop"]
    assert json.load(invoke(FunctionName="fn")["Payload"]) is None


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
@pytest.mark.parametrize(
    "given", ["zzz!", encoded("text"), encoded([1]), encoded({"a": "x" * 2700}), "e30"],
    ids=["no Base64", "a text", "a list", "too long", "without padding"],
)  # fmt: skip
def test_a_context_is_an_object_in_base64(
    connect: Connect, function: Callable[..., str], kind: str, given: str
) -> None:
    function("fn", SHOW)
    with pytest.raises(ClientError, match="Client context must be") as caught:
        connect("lambda").invoke(FunctionName="fn", InvocationType=kind, ClientContext=given)
    assert caught.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_a_log_type_is_none_or_tail(connect: Connect, function: Callable[..., str]) -> None:
    function("fn", "def handler(event, context):\n    print('said')\n")
    invoke = connect("lambda").invoke
    with pytest.raises(ClientError, match="logType") as caught:
        invoke(FunctionName="fn", LogType="Head")
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert "LogResult" not in invoke(FunctionName="fn", LogType="None")
    tail = base64.b64decode(invoke(FunctionName="fn", LogType="Tail")["LogResult"])
    assert b"said" in tail
