"""`python -m local load`: sessions into the endpoint, and commands that evaluate them."""

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.__main__ import main
from local.cli.load import commands
from local.cli.running_endpoint import client
from local.cloud import LocalCloud
from local.services.agentcore.start_rules import DEFAULT_RESULT_GROUP
from local.telemetry.log_delivery import Loaded

SPAN = {
    "resource": {
        "attributes": {
            "service.name": "mine.DEFAULT",
            "aws.log.group.names": "/aws/bedrock-agentcore/runtimes/mine-AbCdEf1234-DEFAULT",
        }
    },
    "traceId": "0" * 32,
    "spanId": "0" * 16,
    "name": "invoke_agent Mine",
    "startTimeUnixNano": 1,
    "endTimeUnixNano": 2,
    "attributes": {"session.id": "session-of-mine"},
    "events": [{"name": "gen_ai.user.message"}],
}


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        act_as(cloud, "deployer", monkeypatch)
        yield cloud


def act_as(cloud: LocalCloud, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cloud.environment(user).items():
        monkeypatch.setenv(name, value)


def test_the_samples_are_loaded_and_the_printed_commands_evaluate_them(
    endpoint: LocalCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deploy", "-s", "local"]) == 0
    capsys.readouterr()
    assert main(["load"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "# service support_agent_split.DEFAULT: 7 sessions" in lines
    assert "#   sess-good-order-3turns-661a6d1c7f73f5e8b766be8d" in lines
    events = [shlex.split(line)[2] for line in lines if line.startswith("printf ")]
    asked = [line.split()[1] for line in lines if line.startswith("aws ")]
    assert asked == ["lambda", "bedrock-agentcore"] * 2, "the controller's command comes first"
    function = client("lambda")
    for line in lines:
        if line.startswith("aws lambda invoke"):
            answer = function.invoke(
                FunctionName=shlex.split(line)[4], Payload=events.pop(0).encode()
            )
            payload = json.loads(answer["Payload"].read())
            assert payload.get("status") == "PENDING", payload
    assert events == []
    act_as(endpoint, "developer", monkeypatch)
    evaluations = client("bedrock-agentcore")
    direct = [shlex.split(line)[4] for line in lines if line.startswith("aws bedrock-agentcore")]
    assert [
        evaluations.start_batch_evaluation(**json.loads(request))["status"] for request in direct
    ] == ["PENDING", "PENDING"]


LOADED = Loaded({}, {"s": ("one",)}, {"s": ("/g",)})


def test_each_load_names_its_evaluations_anew() -> None:
    """A name can be used once, so that the commands of a second load must not repeat the first's.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_StartBatchEvaluation.html
    """
    first = datetime(2026, 11, 24, 9, 30, tzinfo=UTC).timestamp()
    names = [
        json.loads(shlex.split(line)[4])["batchEvaluationName"]
        for now in (first, first + 1)
        for line in commands(LOADED, None, now)
        if line.startswith("aws ")
    ]
    assert names == ["run_20261124_093000_direct", "run_20261124_093001_direct"]


@pytest.mark.parametrize("deployed", [True, False], ids=["a controller", "no controller"])
def test_a_command_whose_results_go_to_the_default_group_says_so(deployed: bool) -> None:
    function = {
        "NAME": "controller",
        "EVALUATION_KEY_ARN": "arn:aws:kms:us-east-1:111122223333:key/k",
        "RESULT_LOG_GROUP": "own-results",
    }
    lines = list(commands(LOADED, function if deployed else None, 0))
    for number, line in enumerate(lines):
        if line.startswith("aws bedrock-agentcore") and "outputConfig" not in line:
            told = " ".join(lines[number - 3 : number])
            assert f"default group {DEFAULT_RESULT_GROUP} " in told
            assert "under no key of yours" in told
        if line.startswith("printf"):
            assert "results in own-results" in lines[number - 1]
    # A remark is prose: nothing in it has to be quoted.
    assert not any("'" in line for line in lines if line.startswith("#"))


@pytest.mark.usefixtures("endpoint")
def test_a_recording_of_ones_own_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(SPAN))
    assert main(["load", str(path)]) == 0
    group = "/aws/bedrock-agentcore/runtimes/mine-AbCdEf1234-DEFAULT"
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        f"# 1 records in {group} spans",
        "# service mine.DEFAULT: 1 sessions",
        "#   session-of-mine",
    ]
    assert lines[-1].startswith("# No controller is deployed here")
    found = client("logs").get_log_events(logGroupName=group, logStreamName="spans")["events"]
    assert json.loads(found[0]["message"])["name"] == "invoke_agent Mine"


@pytest.mark.usefixtures("endpoint")
def test_the_broken_samples_are_loaded_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", "--defects"]) == 0
    assert "service other_agent.DEFAULT: 1 sessions" in capsys.readouterr().out


def test_who_may_not_load_is_told_who_may(
    endpoint: LocalCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    act_as(endpoint, "developer", monkeypatch)
    assert main(["load"]) == 1
    assert "load as the deployer (as_deployer)" in capsys.readouterr().err


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "mine.jsonl:2: expected a JSON object"),
        ("[1]", "mine.jsonl:2: expected a JSON object, got [1]"),
        ("[" * 100_000, "mine.jsonl:2: expected a JSON object"),
        ('{"a": 1}', "mine.jsonl:2: expected a span or an event record, got ['a']"),
        ('{"resource": 5}', "mine.jsonl:2: resource: expected an object, got 5"),
        ('{"resource": {"attributes": [1]}}', "resource.attributes: expected an object, got [1]"),
        ('{"attributes": "a"}', "mine.jsonl:2: attributes: expected an object, got 'a'"),
        ('{"events": [5]}', "mine.jsonl:2: events: expected a list of objects"),
        ('{"startTimeUnixNano": "x"}',
         "startTimeUnixNano: expected nanoseconds or an ISO 8601 time, got 'x'"),
        ('{"logGroupName": "g", "message": "m"}', "logStreamName: expected text, got None"),
        ('{"logGroupName": "g", "logStreamName": "s", "message": {}}', "message: expected text"),
        ('{"startTimeUnixNano": 1, "events": [{"name": "gen_ai.x"}]}',
         "expected resource attribute aws.log.group.names, or --log-group GROUP"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_record_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(f"{json.dumps(SPAN)}\n{text}\n")
    assert main(["load", str(path)]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("endpoint")
def test_a_recording_without_records_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("\n")
    assert main(["load", str(path)]) == 1
    assert "mine.jsonl: expected at least one record, found none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("AWS_ENDPOINT_URL", "", "AWS_ENDPOINT_URL: expected the address of a local endpoint"),
        (
            "AWS_ENDPOINT_URL",
            "https://logs.us-east-1.amazonaws.com",
            "AWS_ENDPOINT_URL: expected a loopback address, found 'https://logs.us-east-1",
        ),
        ("AWS_ACCESS_KEY_ID", "", "AWS_ACCESS_KEY_ID: expected an access key of the endpoint"),
        ("AWS_SECRET_ACCESS_KEY", "", "AWS_SECRET_ACCESS_KEY: expected the secret"),
    ],
)
def test_no_other_endpoint_than_the_local_one_is_loaded(
    endpoint: LocalCloud,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    message: str,
) -> None:
    monkeypatch.setenv(variable, value)
    assert main(["load"]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("endpoint")
def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", "/nowhere.jsonl"]) == 1
    assert "/nowhere.jsonl" in capsys.readouterr().err
