"""What the documentation says of the provider."""

import re

from local.provider.resource_types import RESOURCES
from tests.harness import ROOT


def test_the_documentation_lists_the_resource_types_that_there_are() -> None:
    text = (ROOT / "docs/engine.md").read_text("utf-8")
    rows = re.findall(r"^\| `(aws\.\w+)` \| (.*) \|$", text, re.MULTILINE)
    listed = [
        f"{module}.{name}" for module, names in rows for name in re.findall(r"`(\w+)`", names)
    ]
    kinds = [kind.declared for kind in RESOURCES.values()]
    assert listed == sorted(
        f"aws.{kind.__module__.split('.')[1]}.{kind.__name__}" for kind in kinds
    )
