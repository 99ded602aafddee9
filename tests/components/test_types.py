"""The type checker knows the nested properties of resources, which Pulumi's mocks do not check."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import ROOT

MISSPELT = [
    ("output_bucket.py", '"sse_algorithm"', '"sse_algoritm"'),
    ("output_bucket.py", '"noncurrent_days"', '"noncurent_days"'),
    ("controller.py", '"maximum_retry_attempts": 3', '"maximum_retry_attempt": 3'),
    ("evaluation_key.py", "enable_key_rotation", "enable_rotation"),
]


def test_a_misspelt_property_fails_the_check(tmp_path: Path) -> None:
    """All at once, since most of the time goes into reading pulumi_aws."""
    package = tmp_path / "components"
    shutil.copytree(ROOT / "components", package)
    for file in package.glob("*.py"):
        text = file.read_text()
        for name, right, wrong in MISSPELT:
            if file.name == name:
                assert right in text, right
                text = text.replace(right, wrong)
        file.write_text(text)
    project = {"include": ["components"], "typeCheckingMode": "standard"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(project))
    checker = Path(sys.executable).with_name("basedpyright")
    if not checker.exists():
        pytest.fail("basedpyright: expected beside the interpreter, as `make setup` installs it")
    done = subprocess.run(
        [checker, "--pythonpath", sys.executable, "--outputjson"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [
        Path(found["file"]).name
        for found in json.loads(done.stdout)["generalDiagnostics"]
        if found["severity"] == "error"
    ]
    assert done.returncode == 1
    assert sorted(errors) == sorted(name for name, _, _ in MISSPELT)
