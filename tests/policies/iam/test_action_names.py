"""The committed names of actions are those that the installed botocore gives."""

import json
import runpy
from pathlib import Path

from policies.iam.language import action_names, service_checks

TOOL = Path(__file__).parents[3] / "tools" / "action_names.py"


def test_the_file_is_what_the_tool_writes():
    tool = runpy.run_path(str(TOOL))
    assert tool["NAMES"].read_text() == tool["text"]()


def test_renamed_operations_exist_and_are_not_listed_under_their_own_name():
    tool = runpy.run_path(str(TOOL))
    loader = tool["create_loader"]()
    listed = json.loads(tool["NAMES"].read_text())
    for service, renamed in tool["RENAMED"].items():
        operations = {
            operation
            for model in tool["MODELS"][service]
            for operation in loader.load_service_model(model, "service-2")["operations"]
        }
        assert renamed.keys() <= operations
        assert not renamed.keys() & set(listed[service])


def test_the_actions_on_objects_that_bucket_policies_know_are_listed():
    assert action_names.known_actions().keys() >= service_checks._OBJECT_ACTIONS
