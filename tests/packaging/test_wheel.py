"""The wheel: built, installed into a virtual environment of its own, and used from there."""

import json
import os
import site
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from components.archive import controller_archive
from tests.harness import ROOT

PACKAGE = "agentcore_batch_evaluation"


def run(*command: str | Path, **environment: str) -> str:
    """Run a command outside the repository, with only `environment` added to what it needs."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=Path(sys.prefix),
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the tracked files, so that nothing is left in the tree."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    for file in (ROOT / "components").rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            target = source / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    folder = tmp_path_factory.mktemp("dist")
    run(
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder),
        source,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new virtual environment; pulumi comes from the one of the tests."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    binary = folder / "bin" / "python"
    target = Path(
        sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    )
    run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", target, wheel)
    (target / "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return binary


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    source = ROOT / "components"
    modules = [*source.glob("*.py"), *source.glob("function/*.py")]
    models = source.glob("function/models/**/*.json")
    expected = {f"{PACKAGE}/{file.relative_to(source)}" for file in [*modules, *models]}
    assert names == expected


def test_the_installed_package_deploys_the_same_function(python: Path) -> None:
    script = f"""
import hashlib, json, {PACKAGE}
from {PACKAGE}.archive import controller_archive
print(json.dumps([{PACKAGE}.__file__, hashlib.sha256(controller_archive()).hexdigest()]))
"""
    import hashlib

    file, digest = json.loads(run(python, "-c", script))
    assert Path(file).is_relative_to(python.parents[1])
    assert digest == hashlib.sha256(controller_archive()).hexdigest()


EXAMPLES: dict[str, dict[str, Any]] = {
    "key_only": {"exports": {"kms_key_arn"}, "keys": 1},
    "everything": {"exports": {"controller", "operator_role", "start_event"}, "keys": 2},
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs_with_the_installed_package(python: Path, example: str) -> None:
    script = f"""
import json, runpy
from tests.harness import ROOT, run_program
program = ROOT / "examples" / "{example}" / "__main__.py"
run = run_program(lambda: runpy.run_path(str(program), run_name="__main__"))
print(json.dumps([sorted(run.exports), run.types()["aws:kms/key:Key"]]))
"""
    output = run(python, "-c", script, PYTHONPATH=str(ROOT))
    exports, keys = json.loads(output.splitlines()[-1])
    assert set(exports) == EXAMPLES[example]["exports"]
    assert keys == EXAMPLES[example]["keys"]
