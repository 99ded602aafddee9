"""The pack as a process: what the engine starts, from anywhere and under any name."""

import shutil
from pathlib import Path

import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2

from policies.framework.versions import version
from policies.rules.all_rules import POLICIES
from tests.harness import ROOT, run_stack
from tests.policies.pack import PACK, registrations
from tests.policies.process import serving


def published(folder: Path) -> Path:
    """A copy as a published pack is unpacked: under the name of its version."""
    copy = folder / "1.2.0"
    shutil.copytree(ROOT / "policies", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.mark.parametrize("renamed", [False, True], ids=["in place", "as a renamed copy"])
def test_the_pack_serves_from_another_folder(renamed: bool, tmp_path: Path) -> None:
    folder = published(tmp_path) if renamed else ROOT / "policies"
    with serving(folder, tmp_path) as analyzer:
        info = analyzer.GetAnalyzerInfo(empty_pb2.Empty())
        assert (info.name, [policy.name for policy in info.policies]) == (
            PACK,
            [rule.name for rule in POLICIES],
        )
        resources = registrations(run_stack("prod"))
        weak = next(each for each in resources if each.name.endswith("evaluation-key-key"))
        weak.inputs["enableKeyRotation"] = False
        answer = analyzer.Analyze(weak.as_request())
        assert [each.policyName for each in answer.diagnostics] == ["key-rotation"]
        together = [each.as_resource() for each in resources]
        answer = analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=together))
        assert list(answer.diagnostics) == []
        known_later = [
            each.as_resource() for each in registrations(run_stack("prod", preview=True))
        ]
        answer = analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=known_later))
        waiting = [each for each in answer.diagnostics if each.message.startswith("can't run")]
        assert waiting
        assert all(f"{PACK}@v{version()}' during" in each.message for each in waiting)
        assert {each.policyPackVersion for each in answer.diagnostics} == {version()}
