"""What bears on the whole run, and the wheel, built and installed once for all its tests."""

import gc
import site
import sys
import sysconfig
import venv
from functools import cache
from pathlib import Path

import botocore.utils
import pytest

from tests.commands import run
from tests.harness import ROOT

# The folders with the files that take longest. A worker takes a file when it has nothing to do: a
# long one that came last would have the others wait for it.
LONGEST = ("engine", "lifecycle", "policies", "local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin first."""

    def turn(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)

    items.sort(key=turn)


def pytest_configure() -> None:
    """Look for garbage less often than at every 700 objects: the tests make millions that stay."""
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish() -> None:
    """Spare the collector what was imported: it would look through that again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def brief_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read each time of an answer once and write no user agent: an eighth of each call of AWS."""
    read = cache(botocore.utils._parse_timestamp_with_tzinfo)
    monkeypatch.setattr("botocore.utils._parse_timestamp_with_tzinfo", read)
    monkeypatch.setattr("botocore.useragent.UserAgentString.to_string", lambda _: "tests")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the tracked files, so that nothing is left in the tree."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    parts = [ROOT / "components", ROOT / "policies" / "iam"]
    for file in (file for part in parts for file in part.rglob("*")):
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


@pytest.fixture(scope="session")
def python_with_wheel(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
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
