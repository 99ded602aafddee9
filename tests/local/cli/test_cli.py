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
from typing import IO, Any

import pytest

from local.__main__ import main
from local.cli.demo import Demo
from local.cli.interrupts import Interrupts
from local.deploy import program as deploying
from local.deploy.resource_monitor import Step
from local.runtime.clients import isolated_session
from tests.harness import ROOT


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
        assert process.wait(100) == 0
    assert json.loads(path.read_text())["eventName"] == "ListKeys"


def test_up_deploys_writes_the_outputs_and_then_serves(tmp_path: Path) -> None:
    path = tmp_path / "new" / "outputs.json"
    with running("up", "--port", "0", "--outputs", str(path)) as (process, exported):
        outputs = json.loads(path.read_text())
        assert exported.items() >= {name.upper(): value for name, value in outputs.items()}.items()
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
        assert process.wait(100) == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["outputs.json"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_deploying_takes_everything_back(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
) -> None:
    steps: list[Step] = []
    path = tmp_path / "outputs.json"
    path.write_text("of an earlier run")

    def interrupted(project: Path, stack: str) -> Any:
        def progress(step: Step) -> None:
            steps.append(step)
            if len(steps) == 5:
                os.kill(os.getpid(), number)

        return real(project, stack, progress)

    real = deploying.deploy
    monkeypatch.setattr(deploying, "deploy", interrupted)
    assert main(["up", "--port", "0", "--outputs", str(path)]) == 130
    printed = capsys.readouterr()
    assert printed.err == "local: interrupted; of the stack nothing is left\n"
    assert printed.out == ""
    assert not path.exists()
    created = [step.name for step in steps if step.action == "created"]
    deleted = [step.name for step in steps if step.action == "deleted"]
    assert created == deleted[::-1]
    assert len(created) < 28


def test_an_interrupted_demo_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Demo, "run", lambda self: os.kill(os.getpid(), signal.SIGINT))
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "local: interrupted; of the stack nothing is left\n"


def test_a_signal_that_comes_too_early_is_kept() -> None:
    # What a shell runs with `&` begins with the signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with Interrupts() as interrupts:
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt), interrupts.heeded():
            pytest.fail("began although it was interrupted before")
        interrupts.wait()  # and returns at once
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler


@pytest.mark.parametrize("option", ["--outputs", "--events"])
@pytest.mark.parametrize("place", ["folder", "file/below"])
def test_a_file_that_cannot_be_written_is_refused_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, place: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    assert main(["up", "--port", "0", option, str(tmp_path / place)]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"local: {option}: expected a file that can be written, found")
    assert printed.out == ""


def test_an_interrupt_while_python_still_imports_is_no_traceback() -> None:
    """The modules that take long to import are imported where an interrupt is awaited."""
    code = (
        "import sys, local.__main__; print(sorted({'moto', 'pulumi', 'boto3'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_taken_port_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    assert f"port: expected a free one, found {port} in use" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["deploy", "-s", "local"], ["provider", "--port", "0"]])
def test_without_a_local_endpoint_nothing_is_done_and_it_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """Else a forgotten variable would change a real account."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert main(arguments) == 2
    assert "AWS_ENDPOINT_URL: expected the address of a local endpoint" in capsys.readouterr().err
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://kms.us-east-1.amazonaws.com")
    assert main(arguments) == 2
    assert "AWS_ENDPOINT_URL: expected a loopback address" in capsys.readouterr().err


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
