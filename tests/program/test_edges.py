"""What uses a chosen name waits for what bears it, found in the graph itself.

Names are chosen, so a resource can use another one's name and get no edge to it from Pulumi. It
then races the other at `pulumi up`, and at `pulumi destroy` the other way round.
"""

import json
import re
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components import (
    EvaluationController,
    EvaluationKey,
    EvaluationRoles,
    OperationsKey,
    OutputBucket,
    ResultLogs,
)
from local.provider.resource_types import RESOURCES
from tests.harness import (
    ACCOUNT,
    PROJECT,
    ROOT,
    Resource,
    Run,
    run_program,
    run_stack,
    stack_config,
)
from tests.program.test_stacks import named

STACKS = ["local", "dev", "staging", "prod"]
BASE = "batch-evaluation-"
Edge = tuple[str, str]

# A label of logs and metrics: the name of the environment, which its schedule group bears as well.
NO_USE = "ENVIRONMENT_NAME"


@pytest.fixture(scope="module", params=STACKS)
def run(request: pytest.FixtureRequest) -> Run:
    return run_stack(request.param)


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string inside a value with the nearest key above it.

    Of a policy document only the principals: AWS looks up no other name in one.
    """
    if isinstance(value, str) and value.startswith("{"):
        document = json.loads(value)
        statements = document.get("Statement", []) if isinstance(document, dict) else []
        for statement in statements:
            yield from texts(statement.get("Principal"), "Principal")
    elif isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, key)


def bears(resource: Resource) -> "re.Pattern[str] | None":
    """Return what names a resource: its chosen name, or an ARN that ends in it."""
    kind = RESOURCES.get(resource.type)
    if kind is None or kind.name is None or kind.name not in resource.inputs:
        return None
    word = resource.type.rsplit("/")[1].split(":")[0]
    noun = re.sub("([A-Z])", lambda found: "-" + found[1].lower(), word)
    name = re.escape(resource.inputs[kind.name])
    return re.compile(rf"(arn:[^:]*:[^:]*:[^:]*:[^:]*:({noun}[:/])?)?{name}(:\*)?")


def uses(run: Run) -> set[Edge]:
    """Return who uses whose chosen name, by logical name."""
    found: set[Edge] = set()
    for user in run.resources.values():
        kind = RESOURCES.get(user.type)
        own = user.inputs.get(kind.name) if kind and kind.name else None
        for used in run.resources.values():
            pattern = bears(used)
            if pattern is None or user is used or not user.custom:
                continue
            if any(
                pattern.fullmatch(text) and text != own and key != NO_USE
                for key, text in texts(user.inputs)
            ):
                found.add((user.name, used.name))
    return found


def permissions(run: Run) -> set[Edge]:
    """Return who acts under a role and so waits for the policies that are attached to it.

    Lambda and EventBridge Scheduler try a role's permissions when they are given it.
    """
    found: set[Edge] = set()
    for attachment in run.resources.values():
        if not attachment.type.endswith(":RolePolicyAttachment"):
            continue
        role = re.compile(rf"(arn:.*:role/)?{re.escape(attachment.inputs['role'])}")
        for user in run.resources.values():
            if user.custom and user.type != attachment.type:
                given = [t for key, t in texts(user.inputs) if key in ("role", "roleArn")]
                if any(role.fullmatch(text) for text in given):
                    found.add((user.name, attachment.name))
    return found


def log_groups(run: Run) -> set[Edge]:
    """Return the functions and the groups that Lambda would make for them without key or end."""
    groups = {r.inputs.get("name"): r for r in run.resources.values() if "logGroup" in r.type}
    return {
        (function.name, groups[f"/aws/lambda/{function.inputs['name']}"].name)
        for function in run.resources.values()
        if function.type.endswith(":Function")
    }


def unordered(run: Run, edges: set[Edge]) -> set[Edge]:
    """Return those of the edges that the graph does not have."""
    by_name = {resource.name: resource for resource in run.resources.values()}
    return {edge for edge in edges if not run.leads_to(by_name[edge[0]], by_name[edge[1]])}


def needed(run: Run) -> set[Edge]:
    return uses(run) | permissions(run) | log_groups(run)


def test_what_uses_a_chosen_name_waits_for_what_bears_it(run: Run) -> None:
    assert unordered(run, needed(run)) == set()


def test_uses_of_every_kind_are_found(run: Run) -> None:
    found = {(user.removeprefix(BASE), used.removeprefix(BASE)) for user, used in needed(run)}
    assert found >= {
        ("evaluation-key-key", "roles-controller-role"),  # a principal
        ("roles-operator-attachment", "roles-operator-role"),  # a name
        ("roles-operator-attachment", "roles-operator-policy"),  # an ARN
        ("output-policy", "output-bucket"),
        ("controller-function", "results-group"),  # an environment variable
        ("controller-schedule", "controller-schedule-group"),
        ("controller-schedule", "controller-schedule-failures"),
        ("controller-function", "roles-controller-attachment"),  # permissions
        ("controller-schedule", "roles-schedule-attachment"),
        ("controller-function", "controller-log-group"),
    }


def test_the_loss_of_any_edge_is_seen(run: Run) -> None:
    """Each user in turn loses all that it waits for: every one of its uses is missed."""
    edges = needed(run)
    for urn, user in run.resources.items():
        own = {edge for edge in edges if edge[0] == user.name}
        loose = Run({**run.resources, urn: replace(user, dependencies=frozenset())})
        assert unordered(loose, own) == own


def composed() -> None:
    """The components put together by hand; only the operations key names roles by their names."""
    base = "agentcore-eval-dev"
    sources = ["/aws/bedrock-agentcore/runtimes/*"]
    roles = EvaluationRoles(f"{BASE}roles", {"base_name": base, "source_log_groups": sources})
    after = pulumi.ResourceOptions(depends_on=[roles])
    key = EvaluationKey(f"{BASE}evaluation-key", {"caller_arns": [roles.controller_role_arn]})
    operations_key = OperationsKey(f"{BASE}operations-key", {"base_name": base}, after)
    logs = ResultLogs(f"{BASE}results", {"base_name": base, "key_arn": operations_key.key_arn})
    EvaluationController(
        f"{BASE}controller",
        {
            "base_name": base,
            "evaluation_key_arn": key.key_arn,
            "operations_key_arn": operations_key.key_arn,
            "output_bucket": OutputBucket(
                f"{BASE}output", {"base_name": base, "key_arn": key.key_arn}
            ).bucket,
            "result_log_group": logs.log_group,
            "controller_role_arn": roles.controller_role_arn,
            "schedule_role_arn": roles.schedule_role_arn,
            "source_log_groups": sources,
        },
    )


def test_components_put_together_by_hand_wait_as_well() -> None:
    run = run_program(composed)
    assert len(needed(run)) > 20
    assert unordered(run, needed(run)) == set()


def test_a_bucket_that_is_put_together_by_hand_waits_for_its_key() -> None:
    """So a destroy reaches the bucket, which may refuse, before the key."""
    for preview in (False, True):
        run = run_program(composed, preview=preview)
        bucket = run.one("aws:s3/bucket:Bucket")
        assert run.leads_to(bucket, run.one("aws:kms/key:Key", "evaluation-key-key"))
        assert bucket.inputs["bucket"] == f"agentcore-eval-dev-exports-{ACCOUNT}-us-east-1"


def test_a_role_is_handed_out_with_its_permissions() -> None:
    """Whoever gets the ARN waits for the attached policy, and needs no `depends_on` for it."""

    def program() -> None:
        roles = EvaluationRoles("roles", {"base_name": "any", "source_log_groups": ["aws/spans"]})
        aws.cloudwatch.LogGroup("user", tags={"role": roles.controller_role_arn})

    run = run_program(program)
    attachment = run.one(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "controller-attachment"
    )
    assert run.leads_to(run.one("aws:cloudwatch/logGroup:LogGroup"), attachment)


def test_an_existing_key_is_read_after_the_roles_that_its_policy_names() -> None:
    """Else the first `up` would stop before there are roles that the owner could name."""
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    run = run_program(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        config=stack_config("local") | {f"{PROJECT}:existingKeyArn": arn},
        preview=True,
        key={"policy": '{"Statement": []}'},
    )
    read = named(run, "evaluation-key-existing-key")
    for role in ("controller", "schedule", "operator"):
        assert run.leads_to(read, named(run, f"roles-{role}-role"))


def test_the_settings_of_the_bucket_are_made_one_after_the_other(run: Run) -> None:
    """S3 answers OperationAborted to two changes of one bucket at a time."""
    settings = [r for r in run.resources.values() if r.type.startswith("aws:s3/bucket")]
    pairs = [(a, b) for a in settings for b in settings if a.urn < b.urn]
    assert pairs
    for one, other in pairs:
        assert run.leads_to(one, other) or run.leads_to(other, one), (one.name, other.name)
