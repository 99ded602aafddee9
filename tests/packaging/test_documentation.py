"""The documentation names files, modules and make targets that exist."""

import importlib.util
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT

PAGES = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
]
CURRENT = [page for page in PAGES if page.name not in ("UPGRADE.md", "CHANGELOG.md")]
TREES = ("benchmarks", "components", "examples", "local", "policies", "stacks", "tests", "tools")


def linked(text: str) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            yield target


def named_files(text: str) -> Iterator[str]:
    """Files and folders of this repository that stand in backticks."""
    for name in re.findall(r"`([\w./-]+)`", text):
        if name.partition("/")[0] in TREES and "/" in name:
            yield name


def heading(line: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", CURRENT, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_what_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    missing = [target for target in linked(text) if not (page.parent / target).exists()]
    missing += [name for name in named_files(text) if not (ROOT / name).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_links_to_headings_that_exist(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s:]*)#([^)]+)\)", page.read_text("utf-8")):
        other = page if not target else page.parent / target
        lines = other.read_text("utf-8").splitlines()
        headings = {heading(line.lstrip("# ")) for line in lines if line.startswith("#")}
        assert anchor in headings, f"{target}#{anchor}"


@pytest.mark.parametrize("page", CURRENT, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_runs_modules_and_targets_that_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    modules = set(
        re.findall(r"python -m ((?:benchmarks|local|policies|tests|tools)[\w.]*\w)", text)
    )
    missing = [name for name in sorted(modules) if importlib.util.find_spec(name) is None]
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    missing += [name for name in re.findall(r"`make (\w+)", text) if name not in targets]
    assert missing == []
