"""The `aws:` settings of docs/engine.md, which stand for the AWS_* variables of the endpoint."""

import re
from dataclasses import replace

import yaml

from tests.engine.engine import MakeStack, attached, process
from tests.harness import ROOT

NOWHERE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}


def test_the_documented_settings_lead_to_the_endpoint(
    make_stack: MakeStack, endpoint: dict[str, str]
) -> None:
    text = (ROOT / "docs/engine.md").read_text()
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    settings = yaml.safe_load(block.replace("http://127.0.0.1:4566", endpoint["AWS_ENDPOINT_URL"]))
    with process("local", "provider", "--port", "0", **NOWHERE) as provider:
        stack = replace(make_stack("documented"), environment=attached(provider))
        content = yaml.safe_load(stack.file.read_text())
        content["config"] |= settings
        content["config"]["aws:accessKey"] = endpoint["AWS_ACCESS_KEY_ID"]
        stack.file.write_text(yaml.safe_dump(content))
        key = endpoint["AWS_SECRET_ACCESS_KEY"]
        stack.succeed("config", "set", "--secret", "aws:secretKey", key)
        stack.up()
        stack.up("--expect-no-changes")
        stack.destroy()
