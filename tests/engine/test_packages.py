"""The package in its three forms: installed wheel, component package, and its schema."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.function.observability.metrics import UNITS
from tests.engine.engine import PATIENCE, Aws, Engine, Stack, inherited, written_project
from tests.harness import ACCOUNT, ROOT

SCHEMA = ROOT / "tests/packaging/schema.json"
INSTALLED = """
import pulumi
from agentcore_batch_evaluation import BatchEvaluationEnvironment

environment = BatchEvaluationEnvironment("evaluations", {"stage": "local", "protect": False})
for name, value in environment.exports().items():
    pulumi.export(name, value)
pulumi.export("package", __import__("agentcore_batch_evaluation").__file__)
"""
REMOTE = """
import pulumi
import pulumi_aws as aws


class Remote(pulumi.ComponentResource):
    def __init__(self, kind, name, inputs, *outputs):
        kind = f"agentcore-batch-evaluation:index:{kind}"
        super().__init__(kind, name, {**inputs, **dict.fromkeys(outputs)}, remote=True)


config = pulumi.Config()
role = aws.iam.Role("evaluators", name="RemoteEvaluators", assume_role_policy=TRUST)
key = Remote(
    "EvaluationKey",
    "evaluations",
    {
        "callerArns": [role.arn],
        "deletionWindowInDays": config.get_int("days") or 8,
        "namePrefixes": [config.get("prefix") or "remote_"],
        "protect": False,
        "tags": {"word": pulumi.Output.secret("not-for-the-state"), "role": role.unique_id},
    },
    "keyArn",
)
bucket = Remote(
    "OutputBucket",
    "exports",
    {"baseName": "remote", "keyArn": key.keyArn, "artifactRetentionInDays": 3, "protect": False},
    "bucket",
)
pulumi.export("key_arn", key.keyArn)
pulumi.export("bucket", bucket.bucket)
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}


def test_a_program_elsewhere_comes_up_and_goes_with_the_installed_wheel(
    engine: Engine, python_with_wheel: Path
) -> None:
    virtualenv = python_with_wheel.parents[1]
    project = written_project(engine.folder / "elsewhere", INSTALLED, str(virtualenv))
    stack = Stack(engine, project, "installed", hosted=True).init()
    stack.up("-c", "aws:region=us-east-1")
    outputs = stack.outputs()
    assert Path(outputs["package"]).is_relative_to(virtualenv)
    assert outputs["controller_function_name"] == "agentcore-eval-installed-controller"
    stack.up("--expect-no-changes")
    stack.destroy()
    assert "resources" not in stack.state()


COUNTERS = {"EvaluationsStarted", "EvaluationsExported"}
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:on-call"


def test_the_example_with_everything_comes_up_with_its_alarms_and_goes(
    engine: Engine, python_with_wheel: Path, aws: Aws
) -> None:
    """Its alarms act, and watch whatever the controller measures but for what it counts."""
    aws("iam").create_role(RoleName="SupportDevelopers", AssumeRolePolicyDocument=json.dumps(TRUST))
    example = ROOT / "examples/everything"
    project = written_project(
        engine.folder / "everything",
        (example / "__main__.py").read_text(),
        str(python_with_wheel.parents[1]),
    )
    manifest = yaml.safe_load((project / "Pulumi.yaml").read_text())
    declared = yaml.safe_load((example / "Pulumi.yaml").read_text())
    settings = {**manifest, "config": declared["config"]}
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    stack = Stack(engine, project, "everything", hosted=True).init()
    assert "alarmTopicArn" in stack.fail("preview", "-c", "aws:region=us-east-1")
    stack.up("-c", "aws:region=us-east-1", "-c", f"everything:alarmTopicArn={TOPIC}")
    alarms = aws("cloudwatch").describe_alarms(AlarmNamePrefix="support-everything-")
    watched: dict[str, set[str]] = {}
    for alarm in alarms["MetricAlarms"]:
        assert (alarm["AlarmActions"], alarm["OKActions"]) == ([TOPIC], [TOPIC])
        assert alarm["AlarmDescription"]
        [dimension] = alarm["Dimensions"]
        watched.setdefault(alarm["MetricName"], set()).add(dimension["Value"])
    queues = watched.pop("ApproximateNumberOfMessagesVisible")
    urls = aws("sqs").list_queues(QueueNamePrefix="support-everything-")["QueueUrls"]
    assert queues == {url.rpartition("/")[2] for url in urls}
    assert watched.keys() == UNITS.keys() - COUNTERS
    functions = aws("lambda").list_functions()["Functions"]
    [function] = [one for one in functions if one["FunctionName"].startswith("support-")]
    assert set.union(*watched.values()) == {
        function["Environment"]["Variables"]["ENVIRONMENT_NAME"]
    }
    event = json.loads(stack.outputs()["start_event"])
    assert "DATE" in event["parameters"]["batchEvaluationName"]
    stack.up("--expect-no-changes")
    stack.destroy()
    assert "resources" not in stack.state()
    aws("iam").delete_role(RoleName="SupportDevelopers")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the component package that uses the interpreter of the tests."""
    folder = tmp_path_factory.mktemp("repository") / "components"
    shutil.copytree(ROOT / "components", folder, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = yaml.safe_load((folder / "PulumiPlugin.yaml").read_text())
    manifest["runtime"]["options"]["virtualenv"] = sys.prefix
    (folder / "PulumiPlugin.yaml").write_text(yaml.safe_dump(manifest))
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of Pulumi with our provider as its plugin: commands on packages attach to none."""
    version = importlib.metadata.version("pulumi-aws")
    plugin = tmp_path / f"plugins/resource-aws-v{version}/pulumi-resource-aws"
    plugin.parent.mkdir(parents=True)
    serve = "from local.provider.server import serve; serve()"
    plugin.write_text(f'#!/bin/sh\ncd "{ROOT}"\nexec "{sys.executable}" -c "{serve}"\n')
    plugin.chmod(0o755)
    return tmp_path


def test_the_engine_gets_the_reviewed_schema(engine: Engine, package: Path, home: Path) -> None:
    done = subprocess.run(
        ["pulumi", "package", "get-schema", str(package)],
        cwd=engine.folder,
        # The requirements are there already: pip has no business on the network.
        env=inherited() | engine.environment | {"PIP_NO_INDEX": "1", "PULUMI_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown, reviewed = json.loads(done.stdout), json.loads(SCHEMA.read_text())
    assert set(shown["resources"]) == set(reviewed["resources"])
    for token, component in reviewed["resources"].items():
        engines = shown["resources"][token]
        for part in ("inputProperties", "properties"):
            assert essence(engines[part]) == essence(component[part]), token
        assert set(engines["requiredInputs"]) == set(component["requiredInputs"]), token
        assert engines["description"] == component["description"]


def essence(properties: dict[str, Any]) -> dict[str, Any]:
    """Return what the engine's own form of a schema keeps of properties: not of their elements."""
    return {name: (kind["type"], kind["description"]) for name, kind in properties.items()}


@pytest.fixture(scope="module")
def remote(engine: Engine, package: Path) -> Stack:
    """An empty stack whose program uses components of the folder by its plugin."""
    program = REMOTE.replace("TRUST", repr(json.dumps(TRUST)))
    project = written_project(engine.folder / "remote", program)
    content = yaml.safe_load((project / "Pulumi.yaml").read_text())
    plugin = {"name": "agentcore-batch-evaluation", "path": str(package)}
    content["plugins"] = {"providers": [plugin]}
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(content))
    return Stack(engine, project, "remote").init()


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("days", "3", "deletion_window_in_days: expected a whole number from 7 to 30, got 3"),
        ("prefix", "bad", "name_prefixes[0]: expected a name prefix such as"),
    ],
)
def test_a_wrong_input_of_a_component_of_the_folder_is_named_by_the_preview(
    remote: Stack, setting: str, value: str, message: str
) -> None:
    """The caller is unknown then; what is known is judged all the same."""
    file = remote.project / f"Pulumi.{remote.name}.yaml"
    before = file.read_text()
    output = remote.fail("preview", "--config", f"{setting}={value}")
    file.write_text(before)  # the command line has written the setting into it
    assert message in output


def test_a_program_uses_components_of_the_folder_as_a_package(remote: Stack, aws: Aws) -> None:
    assert {step.op for step in remote.steps().values()} == {"+"}
    remote.up()
    outputs = remote.outputs()
    key = outputs["key_arn"]
    policy = json.loads(aws("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    callers = {s["Principal"].get("AWS") for s in policy["Statement"][:2]}
    assert callers == {"arn:aws:iam::111122223333:role/RemoteEvaluators"}
    state = remote.resource("evaluations-key")
    assert state["parent"].endswith("EvaluationKey::evaluations")
    assert state["inputs"]["deletionWindowInDays"] == 8
    tags = {t["TagKey"]: t["TagValue"] for t in aws("kms").list_resource_tags(KeyId=key)["Tags"]}
    assert tags["word"] == "not-for-the-state"
    assert "not-for-the-state" not in json.dumps(remote.state())
    lifecycle = aws("s3").get_bucket_lifecycle_configuration(Bucket=outputs["bucket"])
    assert lifecycle["Rules"][0]["Expiration"] == {"Days": 3}
    remote.is_unchanged()
    remote.destroy()
    assert aws("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
