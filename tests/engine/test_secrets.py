"""What a program marks as secret stands nowhere in the clear: not in state, history or output."""

from collections.abc import Callable
from pathlib import Path

from tests.engine.engine import Engine, MakeStack, Stack, written_project

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


def test_secret_inputs_stand_nowhere_in_the_clear(
    engine: Engine, role: Callable[[str], str], endpoint: dict[str, str]
) -> None:
    role(SECRETS["caller"])
    secrets = {**SECRETS, "aws:secretKey": endpoint["AWS_SECRET_ACCESS_KEY"]}
    project = written_project(engine.folder / "secrets", PROGRAM)
    stack = Stack(engine, project, "secrets")
    stack.succeed("stack", "init", "--no-select")
    stack.succeed("config", "set", "aws:accessKey", endpoint["AWS_ACCESS_KEY_ID"])
    for name, value in secrets.items():
        stack.succeed("config", "set", "--secret", name, value)
    printed = [
        stack.up(),
        stack.succeed("preview", "--json"),
        stack.succeed("refresh", "--yes", "--skip-preview"),
        stack.succeed("stack", "export"),
        stack.succeed("stack", "history", "--json"),
        stack.succeed("stack", "output", "--json"),
    ]
    for name, value in secrets.items():
        assert [text for text in printed if value in text] == [], name
        assert files_with(engine.folder / "state", value) == [], name
        assert files_with(project, value) == [], name
    outputs = stack.succeed("stack", "output", "--json", "--show-secrets")
    assert SECRETS["caller"] in outputs, "an authorized reader can decrypt it"


def test_a_secret_setting_is_refused_because_names_and_policies_repeat_it(
    make_stack: MakeStack, engine: Engine
) -> None:
    stack = make_stack("secretive")
    stack.succeed("config", "set", "--secret", "prefix", "codename")
    output = stack.fail("up", "--yes", "--skip-preview")
    assert "prefix: expected a plain value" in output
    assert "codename" not in output
    assert files_with(engine.folder / "state", "codename") == []
