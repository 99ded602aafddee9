"""The component package: what its schema tells programs in other languages."""

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi import ComponentResource

import components
from components.__main__ import VERSION
from tests.harness import ROOT

GOLDEN = Path(__file__).with_name("schema.json")
PREFIX = "agentcore-batch-evaluation:index:"
COMPONENTS = [
    name
    for name in components.__all__
    if isinstance(value := getattr(components, name), type) and issubclass(value, ComponentResource)
]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def test_the_schema_is_the_reviewed_one(schema: dict[str, Any]) -> None:
    """Write it anew: python -m tests.packaging.write_schema."""
    assert schema == json.loads(GOLDEN.read_text())


def test_the_schema_has_every_component(schema: dict[str, Any]) -> None:
    assert set(schema["resources"]) == {f"{PREFIX}{name}" for name in COMPONENTS}
    assert len(COMPONENTS) == 7


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_has_every_input_and_output_with_its_description(
    schema: dict[str, Any], name: str
) -> None:
    described = schema["resources"][f"{PREFIX}{name}"]
    declared = getattr(components, f"{name}Args")
    inputs, outputs = described["inputProperties"], described["properties"]
    assert set(inputs) == {camel(field) for field in declared.__annotations__}
    assert set(described["requiredInputs"]) == {
        camel(field)
        for field, kind in declared.__annotations__.items()
        if not str(kind).startswith("typing.NotRequired")
    }
    assert set(outputs) == {camel(field) for field in getattr(components, name).__annotations__}
    assert outputs
    for text in [described, *inputs.values(), *outputs.values()]:
        assert text["description"].rstrip().endswith(".")
    assert "\n    " not in described["description"], "Markdown would show it as code"


def test_the_installed_package_serves_the_same_schema(
    schema: dict[str, Any],
    schema_from: Callable[..., dict[str, Any]],
    python_with_wheel: Path,
) -> None:
    assert schema_from(python_with_wheel, "-m", "agentcore_batch_evaluation") == schema


def test_a_folder_of_another_name_serves_the_same_schema(
    schema: dict[str, Any], schema_from: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    folder = tmp_path / "package"
    folder.symlink_to(ROOT / "components")
    assert schema_from(sys.executable, folder) == schema


def test_version_and_requirements_are_those_of_the_distribution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    lines = (ROOT / "components/requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == project["dependencies"]
