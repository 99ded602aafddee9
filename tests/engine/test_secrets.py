"""What a program marks as secret stands nowhere in the clear: not in state, history or output."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.engine.engine import Engine, Interrupting, MakeStack, Stack, tell, written_project

SECRETS = {"caller": "ConfidentialEvaluators", "tag": "project-not-announced"}
PROGRAM = """
import json
import pulumi
import pulumi_aws as aws
from components import EvaluationKey

config = pulumi.Config()
caller, tag = config.require_secret("caller"), config.require_secret("tag")
account = aws.get_caller_identity().account_id
key = EvaluationKey(
    "evaluations",
    {
        "caller_arns": [pulumi.Output.concat("arn:aws:iam::", account, ":role/", caller)],
        "tags": {"project": tag},
        "protect": False,
    },
)
pulumi.export("policy", key.policy)
pulumi.export("key_arn", key.key_arn)
"""


def files_with(folder: Path, text: str) -> list[str]:
    """Return the files below a folder that hold a text."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return [str(file.relative_to(folder)) for file in files if text.encode() in file.read_bytes()]


@pytest.fixture
def secrets(endpoint: dict[str, str], role: Callable[[str], str]) -> dict[str, str]:
    """The secret settings of the program, by name; the role that they name exists."""
    role(SECRETS["caller"])
    return {**SECRETS, "aws:secretKey": endpoint["AWS_SECRET_ACCESS_KEY"]}


@pytest.fixture
def make_secretive(
    engine: Engine, endpoint: dict[str, str], secrets: dict[str, str]
) -> Callable[[str], Stack]:
    """make_secretive(name) gives a stack of the program with its secret settings."""

    def make(name: str) -> Stack:
        project = written_project(engine.folder / name, PROGRAM)
        stack = Stack(engine, project, name, guarded=True).init()
        settings = [f"--secret={setting}={value}" for setting, value in secrets.items()]
        access_key = f"--plaintext=aws:accessKey={endpoint['AWS_ACCESS_KEY_ID']}"
        stack.succeed("config", "set-all", access_key, *settings)
        return stack

    return make


def nothing_shows(stack: Stack, secrets: Mapping[str, str], printed: Sequence[str]) -> None:
    """Check that no secret stands in what was printed or in any file of state and project."""
    for name, value in secrets.items():
        assert [text for text in printed if value in text] == [], name
        assert files_with(stack.engine.backend, value) == [], name
        assert files_with(stack.project, value) == [], name


def test_secret_inputs_stand_nowhere_in_the_clear(
    make_secretive: Callable[[str], Stack], secrets: dict[str, str]
) -> None:
    stack = make_secretive("secrets")
    printed = [
        stack.up(),
        stack.succeed("preview", "--json"),
        stack.succeed("refresh", "--yes", "--skip-preview"),
        stack.succeed("stack", "export"),
        stack.succeed("stack", "history", "--json"),
        stack.succeed("stack", "output", "--json"),
    ]
    nothing_shows(stack, secrets, printed)
    outputs = stack.succeed("stack", "output", "--json", "--show-secrets")
    assert SECRETS["caller"] in outputs, "an authorized reader can decrypt it"

    changed = {**secrets, "tag": "another-not-announced"}
    stack.succeed("config", "set", "--secret", "tag", changed["tag"])
    printed = [stack.up(), stack.succeed("stack", "export")]
    assert stack.steps() == {}
    nothing_shows(stack, changed, printed)


def test_secret_inputs_of_a_creation_that_fails_half_way_stand_nowhere_in_the_clear(
    make_secretive: Callable[[str], Stack], secrets: dict[str, str], interrupting: Interrupting
) -> None:
    stack, provider = interrupting(make_secretive("unfinished"), "kms", "EnableKeyRotation")
    tell(provider, "fail")
    printed = [
        stack.fail("up", "--yes", "--skip-preview"),
        stack.succeed("stack", "export"),
    ]
    assert "EnableKeyRotation failed" in printed[0]
    assert stack.resource("evaluations-key")["initErrors"]
    nothing_shows(stack, secrets, printed)


def test_a_secret_setting_is_refused_because_names_and_policies_repeat_it(
    make_stack: MakeStack, engine: Engine
) -> None:
    stack = make_stack("secretive")
    stack.succeed("config", "set", "--secret", "prefix", "codename")
    output = stack.fail("up", "--yes", "--skip-preview")
    assert "prefix: expected a plain value" in output
    assert "codename" not in output
    assert files_with(engine.backend, "codename") == []
