"""Each stack file as `pulumi` runs it: up, unchanged up, and what protection makes of destroy."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.engine import Aws, Engine, Stack, attached, process
from tests.harness import ROOT, Resource, Run, run_stack
from tests.program.test_edges import needed, unordered
from tests.program.test_stacks import DESIGNED

NAMES = ["local", "dev", "staging", "prod"]


@pytest.fixture(scope="module")
def deployment(
    endpoint: dict[str, str], aws: Aws, role: Callable[[str], str]
) -> Iterator[dict[str, str]]:
    """How to attach to a provider that acts as the role that the stack files deploy with.

    KMS makes no key whose policy its maker could not change, and these name their administrators.
    """
    name = "PlatformDeployment"
    arn = role(name)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    aws("iam").put_role_policy(RoleName=name, PolicyName="All", PolicyDocument=document)
    session = aws("sts").assume_role(RoleArn=arn, RoleSessionName="pipeline")["Credentials"]
    variables = {
        **endpoint,
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }
    with process("local", "provider", "--port", "0", **variables) as provider:
        yield attached(provider)


@pytest.fixture(scope="module", params=NAMES)
def stack(
    request: pytest.FixtureRequest,
    engine: Engine,
    project: Path,
    deployment: dict[str, str],
    role: Callable[[str], str],
) -> Stack:
    """A stack of this repository, up; the roles that its file names exist before it."""
    text = (ROOT / f"stacks/Pulumi.{request.param}.yaml").read_text()
    for name in sorted(set(re.findall(r"arn:aws:iam::\d+:role/(\w+)", text))):
        role(name)
    # One of them in all as users run it: the others run faster.
    all_ = {"hosted": True, "guarded": True} if request.param == "local" else {}
    stack = Stack(engine, project, request.param, environment=deployment, **all_).init()
    stack.up()
    return stack


def test_an_unchanged_update_finds_no_drift_and_changes_nothing(stack: Stack) -> None:
    stack.up("--refresh", "--expect-no-changes")


def shape(value: Any) -> Any:
    """Return the names in a value without what they hold."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else None


def test_the_state_holds_the_inputs_that_the_program_declared_and_no_defaults(stack: Stack) -> None:
    """A default that is written down comes back as a difference when the cloud's own one moves."""
    run = run_stack(stack.name)
    declared = {r.name: shape(r.inputs) for r in run.resources.values() if r.custom}
    kept = {
        r["urn"].rsplit("::", 1)[1]: shape(r["inputs"])
        for r in stack.state()["resources"]
        if r["type"] in DESIGNED
    }
    for inputs in (*declared.values(), *kept.values()):
        inputs.pop("code", None)  # an archive looks otherwise in the state
    assert kept == declared


def test_whatever_uses_a_chosen_name_waits_in_the_engines_state_too(stack: Stack) -> None:
    """By these edges the engine deletes: users first, and at once what has none."""
    resources = {
        r["urn"]: Resource(
            type=r["type"],
            name=r["urn"].rsplit("::", 1)[1],
            urn=r["urn"],
            inputs=r.get("inputs", {}),
            parent=r.get("parent", ""),
            protect=r.get("protect", False),
            retain_on_delete=r.get("retainOnDelete", False),
            dependencies=frozenset(r.get("dependencies", [])),
            custom=r["custom"],
        )
        for r in stack.state()["resources"]
    }
    edges = needed(Run(resources))
    assert len(edges) > 20
    assert unordered(Run(resources), edges) == set()


def test_destroy_deletes_everything_or_protection_refuses_and_nothing_is_deleted(
    stack: Stack, aws: Aws
) -> None:
    function = f"{stack.base}-controller"
    if stack.name in ("staging", "prod"):
        refusal = stack.fail("destroy", "--yes")
        assert "cannot be deleted" in refusal
        assert "protect" in refusal
        assert aws("lambda").get_function(FunctionName=function)
        stack.is_unchanged()
    else:
        keys = [stack.outputs()[f"{kind}_key_arn"] for kind in ("evaluation", "operations")]
        stack.destroy()
        assert "resources" not in stack.state()
        assert names_in_the_cloud(aws, stack.base) == []
        for key in keys:
            shown = aws("kms").describe_key(KeyId=key)["KeyMetadata"]
            assert shown["KeyState"] == "PendingDeletion"


def names_in_the_cloud(aws: Aws, base: str) -> list[str]:
    """Return the names that begin with `base` in every service that our stacks use."""
    names = [
        *(bucket["Name"] for bucket in aws("s3").list_buckets()["Buckets"]),
        *every(aws("logs"), "describe_log_groups", "logGroups", "logGroupName"),
        *every(aws("iam"), "list_roles", "Roles", "RoleName"),
        *every(aws("iam"), "list_policies", "Policies", "PolicyName"),
        *every(aws("lambda"), "list_functions", "Functions", "FunctionName"),
        *every(aws("scheduler"), "list_schedule_groups", "ScheduleGroups", "Name"),
        *every(aws("scheduler"), "list_schedules", "Schedules", "Name"),
        *every(aws("kms"), "list_aliases", "Aliases", "AliasName"),
        *(url.rsplit("/")[-1] for url in aws("sqs").list_queues().get("QueueUrls", [])),
    ]
    parts = (base, f"/aws/lambda/{base}", f"alias/{base}")
    return [name for name in names if name.startswith(parts)]


def every(client: Any, operation: str, items: str, name: str) -> list[str]:
    """Return a member of all items that a listing operation pages through."""
    pages = client.get_paginator(operation).paginate()
    return [item[name] for page in pages for item in page[items]]
