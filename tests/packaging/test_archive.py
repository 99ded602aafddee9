"""The function's deployment package: small, reproducible, and only what the function needs."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from components import controller_archive


def test_the_zip_is_under_250_kilobytes() -> None:
    assert len(controller_archive.controller_archive()) < 250_000


def test_times_and_modes_of_files_do_not_reach_the_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = controller_archive.controller_archive()
    for file in controller_archive.SOURCE.rglob("*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(controller_archive.SOURCE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
            copy.chmod(0o600)
            os.utime(copy, (0, 0))
    monkeypatch.setattr(controller_archive, "SOURCE", tmp_path)
    assert controller_archive.controller_archive() == expected


def test_the_zip_holds_modules_and_models_below_one_package() -> None:
    names = zipfile.ZipFile(io.BytesIO(controller_archive.controller_archive())).namelist()
    assert names == sorted(names)
    assert "function/handler.py" in names
    assert all(name.startswith("function/") and name.endswith((".py", ".json")) for name in names)


def test_the_file_that_is_deployed_is_the_zip_at_an_absolute_path() -> None:
    path = controller_archive.archive_file()
    assert path.is_absolute()
    assert path.read_bytes() == controller_archive.controller_archive()
