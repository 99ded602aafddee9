"""Archives become the same zip for the same content."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local.provider.archives import fault, zip_bytes
from local.provider.properties import ARCHIVE, ASSET, SIGNATURE


def archive(**content: Any) -> dict[str, Any]:
    return {SIGNATURE: ARCHIVE, **content}


def asset(**content: Any) -> dict[str, Any]:
    return {SIGNATURE: ASSET, **content}


def entries(packed: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(packed)) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "code" / "inner").mkdir(parents=True)
    (tmp_path / "code" / "handler.py").write_text("one")
    (tmp_path / "code" / "inner" / "part.py").write_text("two")
    return tmp_path / "code"


def test_a_zip_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "code.zip").write_bytes(b"bytes of a zip")
    assert zip_bytes(archive(path=str(tmp_path / "code.zip"))) == b"bytes of a zip"


def test_a_relative_path_is_below_the_providers_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code.zip").write_bytes(b"bytes of a zip")
    assert fault(archive(path="code.zip")) == (
        f"expected a file or folder, found no code.zip in {Path.cwd()}; write an absolute path, or "
        "start the provider in the program's folder"
    )
    monkeypatch.chdir(tmp_path)
    assert zip_bytes(archive(path="code.zip")) == b"bytes of a zip"


def test_a_folder_is_packed_with_all_below_it(folder: Path) -> None:
    packed = zip_bytes(archive(path=str(folder)))
    assert entries(packed) == {"handler.py": "one", "inner/part.py": "two"}


def test_the_bytes_depend_on_the_content_alone(folder: Path) -> None:
    before = zip_bytes(archive(path=str(folder)))
    (folder / "handler.py").touch()
    (folder / "handler.py").chmod(0o600)
    assert zip_bytes(archive(path=str(folder))) == before


def test_assets_of_every_kind_are_packed_under_their_names(folder: Path) -> None:
    with zipfile.ZipFile(folder.parent / "more.zip", "w") as package:
        package.writestr("three.py", "three")
    packed = zip_bytes(
        archive(
            assets={
                "text.py": asset(text="zero"),
                "file.py": asset(path=str(folder / "handler.py")),
                "folder": archive(path=str(folder)),
                "zip": archive(path=str(folder.parent / "more.zip")),
            }
        )
    )
    assert entries(packed) == {
        "file.py": "one",
        "folder/handler.py": "one",
        "folder/inner/part.py": "two",
        "text.py": "zero",
        "zip/three.py": "three",
    }


def test_a_tar_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "code.tar.gz").write_bytes(b"")
    reason = fault(archive(path=str(tmp_path / "code.tar.gz")))
    assert reason == "expected a folder or a zip file, got code.tar.gz"


def test_a_fault_inside_is_found() -> None:
    assert fault(archive(assets={"a": asset(uri="s3://b/c")})) == (
        "expected a local file or folder, got s3://b/c"
    )


def test_no_code_is_an_error() -> None:
    with pytest.raises(ValueError, match="code: expected an archive, got nothing"):
        zip_bytes(None)
