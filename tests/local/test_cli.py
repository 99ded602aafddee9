"""`python -m local`: what it prints, writes and answers to signals."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from local.__main__ import main
from local.services import isolated_session

ROOT = Path(__file__).parents[2]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A command and the variables that it exports as soon as it is ready."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, dict(exports(process.stdout))
    finally:
        process.kill()
        process.communicate()


def exports(stream: IO[str]) -> Iterator[tuple[str, str]]:
    for line in stream:
        if line.startswith("export "):
            name, _, value = line.strip().removeprefix("export ").partition("=")
            yield name, value
            if name == "AWS_DEFAULT_REGION":
                return


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_until_it_is_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "events.jsonl"
    with running("serve", "--port", "0", "--events", str(path)) as (process, exported):
        client = isolated_session("us-east-1").client(
            "kms",
            endpoint_url=exported["AWS_ENDPOINT_URL"],
            aws_access_key_id=exported["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=exported["AWS_SECRET_ACCESS_KEY"],
        )
        assert client.list_keys()["Keys"] == []
        client.close()
        process.send_signal(number)
        assert process.wait(10) == 0
    assert json.loads(path.read_text())["eventName"] == "ListKeys"


def test_up_deploys_writes_the_outputs_and_then_serves(tmp_path: Path) -> None:
    path = tmp_path / "new" / "outputs.json"
    with running("up", "--port", "0", "--outputs", str(path)) as (process, exported):
        outputs = json.loads(path.read_text())
        client = isolated_session("us-east-1").client(
            "lambda",
            endpoint_url=exported["AWS_ENDPOINT_URL"],
            aws_access_key_id=exported["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=exported["AWS_SECRET_ACCESS_KEY"],
        )
        shown = client.get_function_configuration(FunctionName=outputs["controller_function_name"])
        assert shown["FunctionArn"] == outputs["controller_function_arn"]
        client.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["outputs.json"]


def test_a_taken_port_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    assert f"port: expected a free one, found {port} in use" in capsys.readouterr().err


def test_deploying_without_an_endpoint_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert main(["deploy", "-s", "local"]) == 2
    assert "AWS_ENDPOINT_URL: expected the address of a local endpoint" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["serve", "--port", "65536"], ["serve", "--port", "x"], ["deploy"], ["other"]]
)
def test_a_wrong_command_line_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m local" in capsys.readouterr().err
