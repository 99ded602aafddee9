"""The Pulumi command line on the local AWS: stacks of copied or written projects, and steps."""

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from tests.harness import PROJECT, ROOT

Aws = Callable[[str], Any]
MakeStack = Callable[..., "Stack"]
Interrupting = Callable[["Stack", str, str], tuple["Stack", "subprocess.Popen[str]"]]

PATIENCE = 100.0
"""Seconds after which a command or process counts as hanging; the slowest one takes four."""


@contextmanager
def process(*arguments: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A Python process from the repository's root with pipes, ended at the end."""
    started = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**inherited(), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.terminate()
        started.communicate(timeout=PATIENCE)


def line(running: "subprocess.Popen[str]") -> str:
    """Return the next line of a process; fails when it ends without one."""
    assert running.stdout is not None
    text = running.stdout.readline()
    assert text, f"{running.args}: expected a line, but it ended"
    return text.strip()


def line_before_end(running: "subprocess.Popen[str]", other: "subprocess.Popen[str]") -> str:
    """Return the next line of a process; fails when the other one ends before it comes."""
    assert running.stdout is not None
    assert other.stdout is not None
    printed = b""
    while True:
        readable, _, _ = select.select([running.stdout, other.stdout], [], [])
        if running.stdout in readable:
            return line(running)
        part = os.read(other.stdout.fileno(), 65536)
        printed += part
        assert part, f"{other.args}: ended before {running.args} had a line:\n{printed.decode()}"


def exported(running: "subprocess.Popen[str]", last: str) -> dict[str, str]:
    """Return the variables that a process exports, up to the one that it names last."""
    variables: dict[str, str] = {}
    while last not in variables:
        name, _, value = line(running).removeprefix("export ").partition("=")
        variables[name] = value
    return variables


def attached(provider: "subprocess.Popen[str]") -> dict[str, str]:
    """Return the variables with which the engine attaches to a started `local provider`."""
    return exported(provider, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION")


def tell(running: "subprocess.Popen[str]", text: str) -> None:
    """Write a line to a process."""
    assert running.stdin is not None
    running.stdin.write(text + "\n")
    running.stdin.flush()


def inherited() -> dict[str, str]:
    """Return this process's environment without any setting of Pulumi or AWS."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "AWS_"))}


SYMBOLS = {
    "create": "+",
    "create-replacement": "+-",
    "delete": "-",
    "delete-replaced": "-+",
    "read": ">",
    "replace": "+-",
    "update": "~",
}


@dataclass(frozen=True)
class Step:
    """What the engine plans for one resource.

    op: as the command line shows it: + create, ~ update, - delete, > read, +- replace (the new one
        first), -+ replace (the old one first).
    changed: the paths of the inputs that differ.
    """

    op: str
    changed: frozenset[str]

    @property
    def written(self) -> str:
        """The step in one line, such as `~ policy tags.team`."""
        return " ".join((self.op, *sorted(self.changed)))


@dataclass
class Engine:
    """How to run the command line: one home and one backend, endpoint and provider attached.

    programs: the address of the warm program server; a stack with `hosted` uses Pulumi's language
        host in its place.
    secrets_provider: what new stacks encrypt secrets with, where not with the passphrase.
    """

    folder: Path
    environment: dict[str, str]
    programs: str
    secrets_provider: str = "passphrase"

    @property
    def backend(self) -> Path:
        """The folder that holds the state of every stack."""
        return Path(self.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))

    def run(self, *arguments: str, cwd: Path, **environment: str) -> "subprocess.Popen[str]":
        """Start a command in a process group of its own, its errors among its output."""
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=cwd,
            env={**inherited(), **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


@dataclass
class Stack:
    """One stack of one project folder.

    hosted: its programs run in processes of their own, as users run them.
    guarded: secrets are under a passphrase, and the state is written before and after each step, as
        users have it. Otherwise both cost less: a third of a command that finds nothing to do.
    """

    engine: Engine
    project: Path
    name: str
    hosted: bool = False
    guarded: bool = False
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The first part of the names of the stack's resources."""
        return f"agentcore-eval-{self.name}"

    @property
    def file(self) -> Path:
        """The stack's configuration, in the copy of the project."""
        return self.project / "stacks" / f"Pulumi.{self.name}.yaml"

    def configure(self, **settings: Any) -> None:
        """Give the stack these settings of the project, by camelCase name, and keep its others."""
        content = yaml.safe_load(self.file.read_text())
        content["config"] |= {f"{PROJECT}:{name}": value for name, value in settings.items()}
        self.file.write_text(yaml.safe_dump(content))

    def init(self) -> "Stack":
        """Make the stack, which has nothing then."""
        provider = () if self.guarded else ("--secrets-provider", self.engine.secrets_provider)
        self.succeed("stack", "init", "--no-select", *provider)
        return self

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command on this stack."""
        command, *options = arguments
        runs_program = command in ("preview", "up")
        if runs_program and not self.hosted:
            options += ["--client", self.engine.programs, "--exec-kind", "auto.inline"]
        environment = {} if self.guarded else {"PULUMI_SKIP_CHECKPOINTS": "true"}
        return self.engine.run(
            *(command, *options, "-s", self.name),
            cwd=self.project,
            **environment,
            **self.environment,
        )

    def outcome(self, *arguments: str) -> tuple[bool, str]:
        """Run a command; return whether it succeeded, and all that it printed."""
        started = self.start(*arguments)
        try:
            output, _ = started.communicate(timeout=PATIENCE)
        except BaseException:
            started.kill()
            started.communicate()
            raise
        return started.returncode == 0, output

    def succeed(self, *arguments: str) -> str:
        """Run a command that must succeed; return what it printed."""
        succeeded, output = self.outcome(*arguments)
        assert succeeded, f"pulumi {' '.join(arguments)} (stack {self.name}):\n{output}"
        return output

    def fail(self, *arguments: str) -> str:
        """Run a command that must fail; return what it printed."""
        succeeded, output = self.outcome(*arguments)
        assert not succeeded, f"pulumi {' '.join(arguments)} (stack {self.name}):\n{output}"
        return output

    def up(self, *options: str) -> str:
        """Bring the stack up."""
        return self.succeed("up", "--yes", "--skip-preview", *options)

    def destroy(self, *options: str) -> str:
        """Delete all that the stack has."""
        return self.succeed("destroy", "--yes", "--skip-preview", *options)

    def is_unchanged(self) -> None:
        """Check that an update would change nothing, and that the cloud is as the state has it."""
        self.succeed("preview", "--refresh", "--expect-no-changes")

    def steps(self, *options: str) -> dict[str, Step]:
        """Return what a preview would do, by logical name, without what stays the same."""
        streaming = replace(
            self,
            environment={**self.environment, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"},
        )
        events = map(json.loads, streaming.succeed("preview", "--json", *options).splitlines())
        found: dict[str, Step] = {}
        for event in events:
            step = event.get("resourcePreEvent", {}).get("metadata", {})
            if step.get("op") in SYMBOLS:
                name = step["urn"].rsplit("::", 1)[1].removeprefix("batch-evaluation-")
                changed = frozenset(step.get("detailedDiff") or ())
                # A replacement is three steps: what comes first tells which of the two is first.
                first = found.get(name, Step(SYMBOLS[step["op"]], changed))
                found[name] = Step(first.op, first.changed | changed)
        return found

    def state(self) -> dict[str, Any]:
        """Return the deployment as the engine keeps it, secrets as they are encrypted.

        From the backend's file: `pulumi stack export` gives the same for a process of its own.
        """
        project = yaml.safe_load((self.project / "Pulumi.yaml").read_text())["name"]
        file = self.engine.backend / ".pulumi" / "stacks" / project / f"{self.name}.json"
        return json.loads(file.read_text())["checkpoint"]["latest"]

    def resource(self, name: str) -> dict[str, Any]:
        """Return the state of the only resource whose logical name ends in `name`."""
        found = [r for r in self.state()["resources"] if r["urn"].endswith(name)]
        assert len(found) == 1, [r["urn"] for r in found]
        return found[0]

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs."""
        (stack,) = [r for r in self.state()["resources"] if r["type"] == "pulumi:pulumi:Stack"]
        return stack["outputs"]


def keys_of(aws: Aws, stack: Stack) -> dict[str, str]:
    """Return the keys that carry the stack's tag, id by description.

    Other stacks of the session have named administrators, and these alone read their keys' tags.
    """
    kms = aws("kms")
    tag = {"TagKey": "environment", "TagValue": stack.name}
    own: list[str] = []
    for page in kms.get_paginator("list_keys").paginate():
        for key in (entry["KeyId"] for entry in page["Keys"]):
            try:
                tags = kms.list_resource_tags(KeyId=key)["Tags"]
            except kms.exceptions.ClientError as error:
                if error.response["Error"]["Code"] != "AccessDeniedException":
                    raise
            else:
                own += [key] if tag in tags else []
    shown = [kms.describe_key(KeyId=key)["KeyMetadata"] for key in own]
    assert len({key["Description"] for key in shown}) == len(shown), shown
    return {key["Description"].split()[1]: key["KeyId"] for key in shown}


@contextmanager
def local_aws() -> Iterator[dict[str, str]]:
    """A local AWS in a process of its own; gives the AWS_* variables of its deployer."""
    with process("local", "serve", "--port", "0") as serving:
        yield exported(serving, "AWS_DEFAULT_REGION")


@contextmanager
def command_line(folder: Path, aws: dict[str, str]) -> Iterator[Engine]:
    """The command line with a home and a backend in `folder`, and a provider on that AWS."""
    with (
        process("local", "provider", "--port", "0", **aws) as provider,
        process("tests.engine.program_server") as programs,
    ):
        state = folder / "state"
        state.mkdir()
        yield Engine(
            folder=folder,
            environment={
                **aws,
                **attached(provider),
                # A command ends before its garbage fills a machine: a quarter of its time saved.
                "GOGC": "off",
                "GOMEMLIMIT": "1GiB",
                "PULUMI_BACKEND_URL": f"file://{state}",
                "PULUMI_CONFIG_PASSPHRASE": "test",
                "PULUMI_HOME": str(folder / "home"),
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            },
            programs=f"127.0.0.1:{line(programs)}",
        )


def copy_of_project(folder: Path) -> None:
    """Copy what `pulumi up` reads: the command line writes salts into stack files."""
    folder.mkdir()
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project, sort_keys=False))
    shutil.copy(ROOT / "__main__.py", folder)
    shutil.copytree(ROOT / "stacks", folder / "stacks")
    for part in ("components", "policies"):
        (folder / part).symlink_to(ROOT / part)


def written_project(folder: Path, program: str, virtualenv: str = sys.prefix) -> Path:
    """Write a project around a program and return its folder."""
    folder.mkdir()
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": virtualenv}}
    content = {"name": folder.name, "runtime": runtime}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(content))
    (folder / "__main__.py").write_text(program)
    return folder
