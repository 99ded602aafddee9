"""The wheel: built, installed into a virtual environment of its own, and used from there."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from components.controller_archive import controller_archive
from tests.commands import run
from tests.harness import ROOT

PACKAGE = "agentcore_batch_evaluation"


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    source, analysis = ROOT / "components", ROOT / "policies" / "iam"
    modules = source.rglob("*.py")
    models = source.glob("function/models/**/*.json")
    expected = {f"{PACKAGE}/{file.relative_to(source)}" for file in [*modules, *models]}
    judged_with = [*analysis.rglob("*.py"), *analysis.rglob("*.json")]
    expected |= {f"{PACKAGE}/policy_analysis/{file.relative_to(analysis)}" for file in judged_with}
    assert names == expected


def test_the_installed_package_deploys_the_same_function(python_with_wheel: Path) -> None:
    script = f"""
import hashlib, json, {PACKAGE}
from {PACKAGE}.controller_archive import controller_archive
print(json.dumps([{PACKAGE}.__file__, hashlib.sha256(controller_archive()).hexdigest()]))
"""
    file, digest = json.loads(run(python_with_wheel, "-c", script))
    assert Path(file).is_relative_to(python_with_wheel.parents[1])
    assert digest == hashlib.sha256(controller_archive()).hexdigest()


def test_the_installed_package_judges_an_existing_key(
    python_with_wheel: Path, tmp_path: Path
) -> None:
    """By the analysis that it ships, whatever folder `policies` a program has."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "__init__.py").write_text("raise RuntimeError('a program of its own')")
    script = f"""
from {PACKAGE}.config.deployment_target import DeploymentTarget
from {PACKAGE}.existing_key.policy_fitness import policy_unfitness
from {PACKAGE}.iam.key_policies import evaluation_key_policy
target = DeploymentTarget("aws", "us-east-1", "111122223333")
wanted = evaluation_key_policy(target, [target.iam_arn("role/Evaluators")])
key = target.arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab")
print(len(policy_unfitness(key, wanted, wanted)))
print(len(policy_unfitness(key, {{**wanted, "Statement": wanted["Statement"][3:]}}, wanted)))
"""
    assert run(python_with_wheel, "-c", script, PYTHONPATH=str(tmp_path)).split() == ["0", "3"]


EXAMPLES: dict[str, dict[str, Any]] = {
    "key_only": {"exports": {"kms_key_arn"}, "keys": 1},
    "everything": {"exports": {"controller", "operator_role", "start_event"}, "keys": 2},
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs_with_the_installed_package(python_with_wheel: Path, example: str) -> None:
    script = f"""
import json, runpy
from tests.harness import PROJECT, ROOT, run_program
program = ROOT / "examples" / "{example}" / "__main__.py"
config = {{PROJECT + ":alarmTopicArn": "arn:aws:sns:us-east-1:111122223333:on-call"}}
run = run_program(lambda: runpy.run_path(str(program), run_name="__main__"), config=config)
print(json.dumps([sorted(run.exports), run.types()["aws:kms/key:Key"]]))
"""
    output = run(python_with_wheel, "-c", script, PYTHONPATH=str(ROOT))
    exports, keys = json.loads(output.splitlines()[-1])
    assert set(exports) == EXAMPLES[example]["exports"]
    assert keys == EXAMPLES[example]["keys"]
