"""Project and stack files are read as the engine reads them."""

import pytest

from local import project
from local.project import ProjectError
from tests.provider.workshop import Program

SCHEMA = """
config:
  stage: {type: string}
  protect: {type: boolean, default: true}
  days: {type: integer, default: 30}
  groups: {type: array, items: {type: string}, default: [aws/spans]}
  tags: {type: object, default: {}}
  plain: fallback
  aws:region: {value: us-east-1}
"""


@pytest.fixture
def declared(program: Program) -> Program:
    """A project that declares one setting of each type."""
    program.project(SCHEMA)
    return program


def test_defaults_fill_what_a_stack_leaves_out(declared: Program) -> None:
    declared.stack("config: {project:stage: dev, project:days: 7}")
    assert project.load(declared.folder, "dev").config == {
        "project:stage": "dev",
        "project:protect": "true",
        "project:days": "7",
        "project:groups": '["aws/spans"]',
        "project:tags": "{}",
        "project:plain": "fallback",
        "aws:region": "us-east-1",
    }


def test_a_namespace_is_read_without_its_name(declared: Program) -> None:
    declared.stack("config: {project:stage: dev, aws:token: t, aws:region: eu-west-1}")
    loaded = project.load(declared.folder, "dev")
    assert loaded.namespace("aws") == {"region": "eu-west-1", "token": "t"}


def test_quoted_values_of_the_cli_are_of_their_type(declared: Program) -> None:
    """`pulumi config set` writes numbers and booleans as text."""
    declared.stack('config: {project:stage: dev, project:days: "7", project:protect: "false"}')
    config = project.load(declared.folder, "dev").config
    assert (config["project:days"], config["project:protect"]) == ("7", "false")


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        pytest.param("{}", "'stage': is missing", id="a declared key without value"),
        pytest.param(
            "{project:stage: dev, project:stag: dev}",
            "'project:stag': is not declared",
            id="a key that is not declared",
        ),
        pytest.param(
            "{project:stage: dev, days: 3}",
            "'days': expected <namespace>:<name>, such as project:days",
            id="a key without namespace",
        ),
        pytest.param(
            "{project:stage: 5}", "'stage': expected string, got 5", id="a number for text"
        ),
        pytest.param(
            "{project:stage: dev, project:days: soon}",
            "'days': expected integer, got 'soon'",
            id="text for a number",
        ),
        pytest.param(
            "{project:stage: dev, project:days: true}",
            "'days': expected integer, got True",
            id="true for a number",
        ),
        pytest.param(
            "{project:stage: dev, project:protect: 1}",
            "'protect': expected boolean, got 1",
            id="a number for a boolean",
        ),
        pytest.param(
            "{project:stage: dev, project:groups: [a, 1]}",
            "'groups': expected array of string, got ['a', 1]",
            id="a number among texts",
        ),
        pytest.param(
            "{project:stage: dev, project:tags: [a]}",
            "'tags': expected object, got ['a']",
            id="a list for an object",
        ),
        pytest.param(
            "{project:stage: {secure: AAAB}}",
            "'project:stage': is encrypted",
            id="an encrypted value",
        ),
    ],
)
def test_a_wrong_setting_is_named(declared: Program, stack: str, message: str) -> None:
    declared.stack(f"config: {stack}")
    with pytest.raises(ProjectError) as caught:
        project.load(declared.folder, "dev")
    assert str(caught.value).startswith("stack dev: configuration value ")
    assert message in str(caught.value)


def test_all_wrong_settings_are_named_at_once(declared: Program) -> None:
    declared.stack("config: {project:days: soon, project:stag: dev}")
    with pytest.raises(ProjectError, match=r"stag.*; 'stage': is missing; 'days': expected"):
        project.load(declared.folder, "dev")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param("dev", "config: [", "expected YAML", id="a stack file that is no YAML"),
        pytest.param("dev", "- config", "expected an object", id="a stack file that is a list"),
        pytest.param("dev", "environment: [base]", "needs Pulumi ESC", id="an ESC environment"),
        pytest.param("prod", "config: {}", "Pulumi.dev.yaml, found no file", id="no stack file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    program: Program, name: str, text: str, message: str
) -> None:
    (program.folder / "stacks" / "Pulumi.dev.yaml").unlink()
    program.stack(text, name)
    with pytest.raises(ProjectError, match=message):
        project.load(program.folder, "dev")


def test_a_folder_without_project_is_named(program: Program) -> None:
    (program.folder / "Pulumi.yaml").unlink()
    with pytest.raises(ProjectError, match=r"Pulumi\.yaml: expected a file, found none"):
        project.load(program.folder, "dev")


def test_the_program_may_stand_elsewhere(program: Program) -> None:
    program.project("main: infrastructure")
    assert project.load(program.folder, "dev").program == program.folder / "infrastructure"
