"""Lambda: what an uploaded zip sees, answers, logs, and what happens when it fails."""

import base64
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud

Connect = Callable[..., Any]
Function = Callable[..., str]

ECHO = "def handler(event, context):\n    return event\n"
FAIL = "def handler(event, context):\n    raise KeyError('no ' + event['name'])\n"
SEES = """
import os, sys
import boto3

def handler(event, context):
    identity = boto3.client("sts").get_caller_identity()["Arn"]
    return {
        "environment": dict(os.environ),
        "identity": identity,
        "request": context.aws_request_id,
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "left": context.get_remaining_time_in_millis(),
        "folder": os.getcwd(),
        "modules": [name for name in sys.modules if name.split(".")[0] in ("local", "moto")],
    }
"""
WAITS = """
import threading

def handler(event, context):
    print("before")
    threading.Event().wait()
"""


def invoke(client: Any, name: str, event: Any = None, **more: Any) -> tuple[Any, dict[str, Any]]:
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode(), **more)
    text = answer["Payload"].read()
    return json.loads(text) if text else None, answer


def log_of(connect: Connect, group: str) -> list[str]:
    events = connect("logs").filter_log_events(logGroupName=group)["events"]
    return [event["message"] for event in events]


@pytest.mark.parametrize("event", [{"a": [1, "ü😀&Action=x"]}, [], "text", 1.5, None, True])
def test_an_event_comes_back(connect: Connect, function: Function, event: Any) -> None:
    function("fn", ECHO)
    found, answer = invoke(connect("lambda"), "fn", event)
    assert (found, answer["StatusCode"], answer["ExecutedVersion"]) == (event, 200, "$LATEST")
    assert "FunctionError" not in answer


@pytest.mark.parametrize(
    "name",
    [
        "fn",
        "fn:$LATEST",
        "111122223333:function:fn",
        "arn:aws:lambda:us-east-1:111122223333:function:fn",
        "arn:aws:lambda:us-east-1:111122223333:function:fn:$LATEST",
    ],
)
def test_a_function_is_found_by_name_and_arn(
    connect: Connect, function: Function, name: str
) -> None:
    function("fn", ECHO)
    assert invoke(connect("lambda"), name, 1)[0] == 1


@pytest.mark.parametrize(
    "name", ["missing", "fn:1", "arn:aws:lambda:us-east-1:111122223333:function:missing"]
)
def test_a_function_that_does_not_exist_is_refused(
    connect: Connect, function: Function, name: str
) -> None:
    function("fn", ECHO)
    client = connect("lambda")
    for kind in ("RequestResponse", "Event", "DryRun"):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            invoke(client, name, InvocationType=kind)


def test_a_function_sees_its_own_environment_and_role_and_nothing_of_the_hosts(
    cloud: LocalCloud, connect: Connect, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOST", "x")
    monkeypatch.setenv("AWS_PROFILE", "missing")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    variables = {"MINE": "value", "AWS_DATA_PATH": "/var/task/models"}
    arn = function("fn", SEES, MemorySize=256, Timeout=30, Environment={"Variables": variables})
    found, answer = invoke(connect("lambda"), "fn")
    seen = found["environment"]
    assert found["identity"] == "arn:aws:sts::111122223333:assumed-role/fn-role/fn"
    assert (found["name"], found["arn"], found["memory"]) == ("fn", arn, "256")
    assert found["request"] == answer["ResponseMetadata"]["RequestId"]
    assert 0 < found["left"] <= 30_000
    assert found["folder"] == seen["LAMBDA_TASK_ROOT"]
    assert found["modules"] == []
    expected = {
        **variables,
        "AWS_LAMBDA_FUNCTION_NAME": "fn",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": cloud.address,
    }
    assert {name: seen[name] for name in expected} == expected
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    inherited = {name for name in seen if seen[name] == os.environ.get(name)}
    assert inherited <= {"LD_LIBRARY_PATH", "LANG", "PATH", "LC_CTYPE", "HOME", "NO_PROXY"}
    assert seen["HOME"] != os.environ.get("HOME")
    assert not {"SECRET_OF_THE_HOST", "AWS_PROFILE", "PYTHONPATH"} & set(seen)


def test_an_error_is_answered_with_type_message_and_trace(
    connect: Connect, function: Function
) -> None:
    function("fn", FAIL)
    found, answer = invoke(connect("lambda"), "fn", {"name": "key"})
    assert answer["FunctionError"] == "Unhandled"
    assert (found["errorType"], found["errorMessage"]) == ("KeyError", "'no key'")
    assert [line for line in found["stackTrace"] if "in handler" in line]
    assert not [line for line in found["stackTrace"] if "bootstrap" in line]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import missing_module\n", "ModuleNotFoundError"),
        ("other = 1\n", "AttributeError"),
        ("def handler(event, context):\n    return {1, 2}\n", "TypeError"),
        ("import os\ndef handler(event, context):\n    os._exit(3)\n", "Runtime.ExitError"),
        ("import sys\ndef handler(event, context):\n    sys.exit(3)\n", "SystemExit"),
        ("def handler(event, context):\n    return 'x' * 6300000\n",
         "Function.ResponseSizeTooLarge"),
    ],
    ids=["no module", "no handler", "no JSON", "dies", "exits", "says too much"],
)  # fmt: skip
def test_a_function_that_breaks_the_rules_fails(
    connect: Connect, function: Function, source: str, kind: str
) -> None:
    function("fn", source)
    found, answer = invoke(connect("lambda"), "fn")
    assert (found["errorType"], answer["FunctionError"]) == (kind, "Unhandled")


def test_a_function_is_ended_at_its_timeout(connect: Connect, function: Function) -> None:
    function("fn", WAITS, Timeout=1)
    found, answer = invoke(connect("lambda"), "fn", LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    assert found["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert "Task timed out after 1.00 seconds" in base64.b64decode(answer["LogResult"]).decode()
    assert "before" in log_of(connect, "/aws/lambda/fn")


def test_a_function_writes_its_log_in_its_own_name(connect: Connect, function: Function) -> None:
    source = "import logging\ndef handler(event, context):\n    print('one\\ntwo ü')\n"
    source += "    logging.getLogger().warning('three')\n    raise ValueError('four')\n"
    function("fn", source)
    _, answer = invoke(connect("lambda"), "fn", LogType="Tail")
    request = answer["ResponseMetadata"]["RequestId"]
    lines = log_of(connect, "/aws/lambda/fn")
    assert lines[0] == f"START RequestId: {request} Version: $LATEST"
    assert lines[1:3] == ["one", "two ü"]
    assert lines[3].startswith("[WARNING]\t")
    assert lines[3].endswith(f"\t{request}\tthree")
    assert lines[4].startswith("[ERROR] ValueError: four\rTraceback")
    assert lines[5] == f"END RequestId: {request}"
    assert lines[6].startswith(f"REPORT RequestId: {request}\tDuration: ")
    assert base64.b64decode(answer["LogResult"]).decode() == "\n".join(lines)
    streams = connect("logs").describe_log_streams(logGroupName="/aws/lambda/fn")["logStreams"]
    assert streams[0]["logStreamName"].startswith("2026/09/21/[$LATEST]")


def test_a_function_writes_to_the_group_that_it_was_given(
    connect: Connect, function: Function
) -> None:
    logging = {"LogFormat": "Text", "LogGroup": "/own/group"}
    function("fn", ECHO, LoggingConfig=logging)
    invoke(connect("lambda"), "fn")
    assert len(log_of(connect, "/own/group")) == 3


def test_a_dry_run_runs_nothing(connect: Connect, function: Function) -> None:
    function("fn", ECHO)
    _, answer = invoke(connect("lambda"), "fn", InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert connect("logs").describe_log_groups()["logGroups"] == []


@pytest.mark.parametrize(
    ("payload", "kind", "code"),
    [
        (b"{", "RequestResponse", "InvalidRequestContentException"),
        (b'"' + b"x" * 6_300_000 + b'"', "RequestResponse", "RequestTooLargeException"),
        (b'"' + b"x" * 1_100_000 + b'"', "Event", "RequestTooLargeException"),
    ],
    ids=["no JSON", "too large", "too large for an event"],
)
def test_an_event_that_cannot_be_taken_is_refused(
    connect: Connect, function: Function, payload: bytes, kind: str, code: str
) -> None:
    function("fn", ECHO)
    with pytest.raises(ClientError) as caught:
        connect("lambda").invoke(FunctionName="fn", Payload=payload, InvocationType=kind)
    assert caught.value.response["Error"]["Code"] == code


def test_reserved_concurrency_is_kept(
    cloud: LocalCloud, connect: Connect, function: Function, tmp_path: Path
) -> None:
    """The first invocation reads from a pipe until the second one was refused."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    function("fn", "def handler(event, context):\n    return open(event).read()\n")
    client = connect("lambda")
    client.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(invoke, client, "fn", str(pipe))
        with pipe.open("w") as writer:  # opens as soon as the function reads
            with pytest.raises(client.exceptions.TooManyRequestsException) as caught:
                invoke(client, "fn", str(pipe))
            writer.write("done")
        assert first.result()[0] == "done"
    reason = caught.value.response["Reason"]
    assert reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
    client.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException):
        invoke(client, "fn", str(pipe))


def test_a_role_that_is_gone_cannot_run_a_function(connect: Connect, function: Function) -> None:
    function("fn", ECHO)
    connect("iam").delete_role(RoleName="fn-role")
    with pytest.raises(ClientError, match="could not assume the role"):
        invoke(connect("lambda"), "fn")


def test_an_event_invocation_runs_when_it_is_due_and_tells_its_destination(
    cloud: LocalCloud, connect: Connect, function: Function, queue: Any
) -> None:
    target, take = queue("results")
    arn = function("fn", ECHO)
    client = connect("lambda")
    client.put_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnSuccess": {"Destination": target}}
    )
    _, answer = invoke(client, "fn", {"a": 1}, InvocationType="Event")
    assert answer["StatusCode"] == 202
    assert take() == []
    cloud.advance(0)
    record = json.loads(take()[0]["Body"])
    assert record["requestContext"] == {
        "requestId": answer["ResponseMetadata"]["RequestId"],
        "functionArn": f"{arn}:$LATEST",
        "condition": "Success",
        "approximateInvokeCount": 1,
    }
    assert (record["requestPayload"], record["responsePayload"]) == ({"a": 1}, {"a": 1})
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}


def test_a_failing_event_invocation_is_retried_twice_under_one_request_id(
    cloud: LocalCloud, connect: Connect, function: Function, queue: Any
) -> None:
    target, take = queue("failures")
    dead_letters, take_dead = queue("dead-letters")
    function("fn", FAIL, DeadLetterConfig={"TargetArn": dead_letters})
    client = connect("lambda")
    client.put_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnFailure": {"Destination": target}}
    )
    _, answer = invoke(client, "fn", {"name": "key"}, InvocationType="Event")
    request = answer["ResponseMetadata"]["RequestId"]

    def runs() -> int:
        lines = log_of(connect, "/aws/lambda/fn")
        return sum(line.startswith(f"START RequestId: {request}") for line in lines)

    counts = []
    for seconds in (0, 59, 1, 119, 1):
        cloud.advance(seconds)
        counts.append((runs(), len(take()) if len(counts) < 4 else None))
    assert counts == [(1, 0), (1, 0), (2, 0), (2, 0), (3, None)]
    (message,) = take()
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"] == {"name": "key"}
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorType"] == "KeyError"
    (dead,) = take_dead()
    assert json.loads(dead["Body"]) == {"name": "key"}
    assert dead["MessageAttributes"]["RequestID"]["StringValue"] == request


def test_an_event_that_grew_too_old_is_given_up(
    cloud: LocalCloud, connect: Connect, function: Function, queue: Any
) -> None:
    target, take = queue("failures")
    function("fn", FAIL)
    client = connect("lambda")
    client.put_function_event_invoke_config(
        FunctionName="fn",
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": target}},
    )
    client.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    invoke(client, "fn", {}, InvocationType="Event")
    cloud.advance(200)
    record = json.loads(take()[0]["Body"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert "responsePayload" not in record


def test_on_the_systems_clock_an_event_invocation_runs_by_itself(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    source = "def handler(event, context):\n    open(event, 'w').write(context.aws_request_id)\n"
    from local.aws_api.caller import Principal

    acting = Principal("arn:aws:iam::111122223333:user/u", "111122223333", "AKIA")
    with LocalCloud(enforce=False) as cloud:
        arn = _deploy(cloud, acting, source)
        answer = cloud.services.client("lambda", acting).invoke(
            FunctionName=arn, InvocationType="Event", Payload=json.dumps(str(pipe)).encode()
        )
        assert pipe.read_text() == answer["ResponseMetadata"]["RequestId"]


def _deploy(cloud: LocalCloud, acting: Any, source: str) -> str:
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code.py", source)
    role = cloud.services.client("iam", acting).create_role(
        RoleName="role", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}'
    )
    made = cloud.services.client("lambda", acting).create_function(
        FunctionName="fn",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="code.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    return made["FunctionArn"]


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("disable_key", {}, "KMSDisabledException"),
        ("schedule_key_deletion", {"PendingWindowInDays": 7}, "KMSInvalidStateException"),
    ],
)
def test_variables_under_a_key_that_cannot_be_used_stop_the_function(
    connect: Connect, function: Function, operation: str, members: dict[str, int], code: str
) -> None:
    """docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    kms, client = connect("kms"), connect("lambda")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    function("fn", ECHO, KMSKeyArn=key, Environment={"Variables": {"MODE": "strict"}})
    assert "FunctionError" not in invoke(client, "fn")[1]
    getattr(kms, operation)(KeyId=key, **members)
    with pytest.raises(ClientError) as caught:
        invoke(client, "fn")
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 502


@pytest.mark.parametrize("code", [b"no zip", b"", b"PK\x05\x06"])
def test_code_that_lambda_cannot_unzip_is_refused_wherever_it_is_given(
    connect: Connect, function: Function, code: bytes
) -> None:
    function("there", ECHO)
    client = connect("lambda")
    told = "Could not unzip uploaded file|provide a source for function code"
    with pytest.raises(ClientError, match=told):
        client.update_function_code(FunctionName="there", ZipFile=code)
    with pytest.raises(ClientError, match=told):
        client.publish_layer_version(LayerName="layer", Content={"ZipFile": code})
    assert client.list_layer_versions(LayerName="layer")["LayerVersions"] == []
    assert invoke(client, "there", 5)[0] == 5
