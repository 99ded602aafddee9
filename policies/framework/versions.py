"""The pack's version: PulumiPolicy.yaml has it, and what Pulumi's SDK says is to name it.

The SDK names every Python pack 0.0.1 in "can't run policy …", since a pack cannot pass it one.
https://www.pulumi.com/docs/insights/policy/policy-packs/authoring/
"""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

from .before_update import judged_alone
from .stack_run import RUN

_SERVICER = "_PolicyAnalyzerServicer"


def version() -> str:
    """The version in PulumiPolicy.yaml."""
    text = (Path(__file__).parents[1] / "PulumiPolicy.yaml").read_text("utf-8")
    found = re.search(r"^version: *[\"']?([^\s\"'#]+)", text, re.MULTILINE)
    if found is None:
        raise ValueError("PulumiPolicy.yaml: expected a line `version: X.Y.Z`, found none")
    return found[1]


def adapt_analyzer(sdk: ModuleType) -> None:
    """Let the SDK's analyzer have the pack's version in the place of its own constant, let the
    rules of one analysis share what they read, and let those about key policies judge one before
    it is made.

    The class is private: an SDK that has none is left alone, and goes on naming its constant.
    """
    servicer: Any = getattr(sdk, _SERVICER, None)
    if servicer is None:
        return

    def __init__(self: Any, name: str, _: str, *rest: Any, **more: Any) -> None:
        servicer.__init__(self, name, version(), *rest, **more)

    def analyze_stack(self: Any, request: Any, context: Any) -> Any:
        with RUN.begun():
            return servicer.AnalyzeStack(self, request, context)

    def analyze(self: Any, request: Any, context: Any) -> Any:
        response = servicer.Analyze(self, request, context)

        def judge(stack: Any, context: Any) -> Any:
            return servicer.AnalyzeStack(self, stack, context)

        response.diagnostics.extend(judged_alone(judge, request, context))
        return response

    changed = {"__init__": __init__, "Analyze": analyze, "AnalyzeStack": analyze_stack}
    setattr(sdk, _SERVICER, type(_SERVICER, (servicer,), changed))
