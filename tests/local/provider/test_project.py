"""Project and stack files are read as the engine reads them."""

import pytest

from local.deploy import project
from local.deploy.project import ProjectError
from tests.local.provider.workshop import Program

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
            "'stag': is not declared in Pulumi.yaml; did you mean stage?",
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
            "'stage': is encrypted, and only the engine can decrypt it",
            id="an encrypted value",
        ),
    ],
)
def test_a_wrong_setting_is_named(declared: Program, stack: str, message: str) -> None:
    declared.stack(f"config: {stack}")
    faults = project.load(declared.folder, "dev").faults
    assert message in [f"'{name}': {fault}" for name, fault in faults.items()]


def test_all_wrong_settings_are_named_at_once(declared: Program) -> None:
    declared.stack("config: {project:days: soon, project:stag: dev}")
    assert project.load(declared.folder, "dev").faults == {
        "stag": "is not declared in Pulumi.yaml; did you mean stage?",
        "stage": "is missing",
        "days": "expected integer, got 'soon'",
    }


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param("dev", "config: [", "expected YAML", id="a stack file that is no YAML"),
        pytest.param("dev", "- config", "expected an object", id="a stack file that is a list"),
        pytest.param("dev", "config: 5", "config: expected an object, got 5", id="a number"),
        pytest.param("dev", "config: [a]", "config: expected an object", id="a list of settings"),
        pytest.param(
            "dev", "config: {5: a}", "expected keys of text, got 5", id="a key of a number"
        ),
        pytest.param(
            "dev",
            "config: {a:b: 1, a:b: 2}",
            "each key once, found 'a:b' a second time",
            id="a setting that stands twice",
        ),
        pytest.param("dev", "null", "expected an object, got None", id="an empty stack file"),
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


@pytest.mark.parametrize(("asked", "near"), [("dve", "dev"), ("Dev", "dev"), ("prd", "prod")])
def test_a_misspelt_stack_is_answered_with_the_nearest(
    program: Program, asked: str, near: str
) -> None:
    program.stack("config: {}", "prod")
    with pytest.raises(ProjectError, match=rf"found no file; did you mean {near}\?"):
        project.load(program.folder, asked)


def test_a_misspelt_setting_is_answered_with_the_nearest(program: Program) -> None:
    program.project("config:\n  retention: {default: 1}")
    program.stack("config: {'project:retenton': 2}", "dev")
    faults = project.load(program.folder, "dev").faults
    assert faults == {"retenton": "is not declared in Pulumi.yaml; did you mean retention?"}


def test_a_folder_without_project_is_named(program: Program) -> None:
    (program.folder / "Pulumi.yaml").unlink()
    with pytest.raises(ProjectError, match=r"Pulumi\.yaml: expected a file, found none"):
        project.load(program.folder, "dev")


def test_the_program_may_stand_elsewhere(program: Program) -> None:
    program.project("main: infrastructure")
    assert project.load(program.folder, "dev").program == program.folder / "infrastructure"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("config: 5", r"Pulumi\.yaml: config: expected an object, got 5"),
        ("config: [a]", r"Pulumi\.yaml: config: expected an object, got \['a'\]"),
        ("config: {1: a}", r"Pulumi\.yaml: config: expected keys of text, got 1"),
        ("config: {days: {type: number}}", r"config\.days: type: expected one of string, boolean"),
        ("config: {days: {type: [a]}}", r"config\.days: type: expected one of string, boolean"),
        ("config: {days: {type: array, items: a}}", r"config\.days: items: expected an object"),
        ("config: {days: {type: array, items: {}}}", r"items: expected a type, found none"),
        ("config: {days: {1: a}}", r"config\.days: expected keys of text, got 1"),
        ("stackConfigDir: 5", "stackConfigDir: expected text, got 5"),
        ("stackConfigDir: null", "stackConfigDir: expected text, got None"),
        ("main: [a]", r"main: expected text, got \['a'\]"),
        ("name: 5", "name: expected text, got 5"),
    ],
)
def test_a_project_file_of_another_shape_is_refused(
    program: Program, text: str, message: str
) -> None:
    folder = "" if text.startswith("stackConfigDir") else "stackConfigDir: stacks\n"
    (program.folder / "Pulumi.yaml").write_text(f"{folder}{text}\n")
    with pytest.raises(ProjectError, match=message):
        project.load(program.folder, "dev")


def test_a_file_that_is_no_text_is_named(program: Program) -> None:
    (program.folder / "stacks" / "Pulumi.dev.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProjectError, match=r"Pulumi\.dev\.yaml: expected a file of text"):
        project.load(program.folder, "dev")


def test_a_date_is_handed_on_as_text(program: Program) -> None:
    program.stack("config: {project:since: 2026-01-02}")
    assert project.load(program.folder, "dev").config["project:since"] == '"2026-01-02"'
