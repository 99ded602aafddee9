"""Nothing that a command prints makes a terminal or a shell act, whoever chose the text."""

import ast
import json
import logging
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from local.__main__ import main
from local.cli import commands, shell
from local.cloud import LocalCloud
from local.terminal import printable, remark, shell_word
from tests.harness import ROOT

SHELLS = [found for name in ("bash", "dash", "sh", "zsh") if (found := shutil.which(name))]
HOSTILE = {
    "a newline and a command": "mine\ntouch touched",
    "a carriage return": "mine\r\ntouch touched\r\n#",
    "a separator": "mine; touch touched",
    "a substitution": "mine$(touch touched)`touch touched`",
    "quotes": "mine'; touch touched; '\"; touch touched; \"",
    "a redirection": "mine > touched & touch touched | touch touched",
    "an option": "--mine",
    "an escape sequence": "mine\x1b]0;title\x07\x1b[2J\x9b31m",
    "marks of direction": "mine\u202e\u2066dehcuot hcuot",
    "separators of lines": "mine\u2028touch touched\u2029\x0btouch touched\x0c\x85",
    "half of a character": "mine\ud83d",
    "backslashes": "mine\\ntouch touched\\033[2J%s%%",
    "a history event": "mine!!touch",
    "letters of all kinds": "m\xefn\u00e9 \u65e5\u672c",
}
NEWLINE = "\n"
ALL = " ".join(HOSTILE.values())
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def safe(printed: str) -> bool:
    return all(line == printable(line) for line in printed.split("\n"))


def pasted(lines: str, folder: Path, *, program: str = "/bin/sh") -> str:
    """What a shell prints that reads the lines; fails when one of them made the file `touched`."""
    script = f"aws() {{ :; }}\nmine() {{ :; }}\n{lines}\n"
    done = subprocess.run(
        [program], input=script.encode(), cwd=folder, capture_output=True, check=False
    )
    assert not (folder / "touched").exists()
    assert done.returncode == 0, done.stderr
    return done.stdout.decode("utf-8", "surrogatepass")


@hostile
@pytest.mark.parametrize("program", SHELLS)
def test_a_word_is_one_line_that_a_shell_reads_as_the_text(
    tmp_path: Path, program: str, text: str
) -> None:
    word = shell_word(text)
    assert word == printable(word)
    # Command substitution takes line ends off the end.
    read = pasted(f"printf '%s' {word}", tmp_path, program=program)
    assert read == text.rstrip("\n")


@hostile
@pytest.mark.parametrize("program", SHELLS)
def test_a_remark_does_nothing(tmp_path: Path, program: str, text: str) -> None:
    line = remark(f"service {text}: 1 session")
    assert line == printable(line)
    assert pasted(line, tmp_path, program=program) == ""
    # zsh at a prompt takes the sign for a command's name.
    assert pasted(line.replace("#", ":", 1), tmp_path, program=program) == ""


def span(name: str, session: str) -> dict[str, object]:
    return {
        "resource": {"attributes": {"service.name": name, "aws.log.group.names": "agent"}},
        "traceId": "0" * 32,
        "spanId": "0" * 16,
        "name": "invoke_agent",
        "startTimeUnixNano": 1,
        "endTimeUnixNano": 2,
        "attributes": {"session.id": session},
        "events": [{"name": "gen_ai.user.message"}],
    }


@pytest.fixture(scope="module")
def served() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        yield cloud


@pytest.fixture
def endpoint(served: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    for name, value in served.environment().items():
        monkeypatch.setenv(name, value)
    return served


@hostile
@pytest.mark.usefixtures("endpoint")
def test_what_load_prints_runs_our_commands_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "recording.jsonl"
    path.write_text(json.dumps(span(text, f"session {text}")))
    main(["load", str(path)])
    printed = capsys.readouterr()
    assert safe(printed.out + printed.err)
    pasted(printed.out, tmp_path)
    commands = [line for line in printed.out.split("\n") if line and not line.startswith("#")]
    assert all(line.startswith(("aws ", "printf ")) for line in commands)
    for line in commands:
        if line.startswith("aws bedrock-agentcore"):
            request = json.loads(shlex.split(line)[4])
            assert request["dataSourceConfig"]["cloudWatchLogs"]["serviceNames"] == [text]


@hostile
@pytest.mark.usefixtures("endpoint")
def test_an_error_of_load_is_printable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    name = text.replace("/", "").encode("utf-8", "replace").decode()
    path = tmp_path / f"{name}.jsonl"
    group = {"logGroupName": text, "logStreamName": text, "message": "m"}
    for content in (json.dumps(group), f"[{text!r}", json.dumps({"resource": text})):
        path.write_text(content)
        main(["load", str(path)])
    main(["load", str(tmp_path / f"no {name}")])
    printed = capsys.readouterr()
    assert safe(printed.out + printed.err)
    assert all(line.startswith("local: ") for line in printed.err.rstrip("\n").split("\n"))
    pasted(printed.out, tmp_path)


@hostile
def test_exports_hold_whatever_a_stack_exports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    shell.print_exports({"OUTPUT": text, text: "x", "LIST": [text, 5, None], "NONE": None})
    printed = capsys.readouterr().out
    assert safe(printed)
    shown = pasted(f'{printed}printf "%s;%s" "$OUTPUT" "$LIST"', tmp_path)
    assert shown == f"{text.rstrip(NEWLINE)};{json.dumps([text, 5, None])}"


def project(folder: Path, settings: Mapping[str, object]) -> Path:
    """A project with our program and a stack `mine` of these settings."""
    declared = (ROOT / "Pulumi.yaml").read_text().replace("stackConfigDir: stacks", "")
    (folder / "Pulumi.yaml").write_text(f"{declared}\nmain: {ROOT}\nstackConfigDir: .\n")
    config = {f"agentcore-batch-evaluation:{name}": value for name, value in settings.items()}
    (folder / "Pulumi.mine.yaml").write_text(json.dumps({"config": config}))
    return folder


@pytest.mark.usefixtures("endpoint")
def test_what_deploy_says_of_settings_is_printable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ALL.encode("utf-8", "replace").decode()
    texts = ("stage", "prefix", "exportSchedule", "deletionWindowInDays", "protect")
    lists = ("callers", "operatorPrincipals", "namePrefixes", "sourceLogGroups")
    settings = {name: text for name in texts} | {name: [text] for name in lists}
    settings |= {"tags": {text: text}, text: text}
    monkeypatch.setattr(commands, "_PROJECT", project(tmp_path, settings))
    assert main(["deploy", "-s", "mine"]) == 1
    assert main(["deploy", f"--stack={text}"]) == 1
    role = f"arn:aws:iam::111122223333:role/{text}"
    assert main(["deploy", "-s", "mine", "--as", role]) in (1, 2)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert safe(printed.err)
    assert all(line.startswith("local: ") for line in printed.err.rstrip("\n").split("\n"))


@hostile
@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--port"], [], ["load", "--x"]])
def test_what_is_said_of_a_command_line_is_printable(
    capsys: pytest.CaptureFixture[str], arguments: list[str], text: str
) -> None:
    with pytest.raises(SystemExit):
        main([*arguments, f"-{text}"])
    assert safe(capsys.readouterr().err)


def test_logs_and_tracebacks_are_printable() -> None:
    code = (
        "import json, logging, sys; from local import terminal; terminal.log_to_terminal();"
        "sys.excepthook = terminal.log_uncaught; text = json.loads(sys.argv[1]);"
        "logging.getLogger('moto').warning('found %s', text); raise ValueError(text)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(ALL)],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    printed = done.stderr.decode()
    assert done.returncode == 1
    assert safe(printed)
    assert all(line.startswith("local: ") for line in printed.rstrip("\n").split("\n"))
    assert "ValueError" in printed


def writers(tree: ast.AST) -> Iterator[int]:
    """The lines on which a module writes to the terminal by itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (
            *("print", "sys.stdout.write", "sys.stderr.write", "os.write", "warnings.warn"),
            *("SystemExit", "sys.exit", "argparse.ArgumentParser", "ArgumentParser"),
        ):
            yield node.lineno


def test_one_module_writes_to_the_terminal() -> None:
    """A function's process prints to its log group, and the file of events is written as bytes."""
    found = {
        str(path.relative_to(ROOT / "local"))
        for path in (ROOT / "local").rglob("*.py")
        if any(writers(ast.parse(path.read_text())))
    }
    assert found <= {
        "__main__.py",
        "runtime/function_bootstrap.py",
        "services/cloudtrail/events_file.py",
        "terminal.py",
    }
    assert list(writers(ast.parse((ROOT / "local" / "__main__.py").read_text()))) == [
        number
        for number, line in enumerate((ROOT / "local/__main__.py").read_text().split("\n"), 1)
        if "sys.exit(code)" in line
    ]


def test_the_logging_of_the_tests_is_left_alone() -> None:
    before = list(logging.getLogger().handlers)
    with pytest.raises(SystemExit):
        main([])
    assert logging.getLogger().handlers == before
