"""The project's own program for each stack file, at preview and at update: the whole graph."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.output import Unknown
from pulumi.runtime import rpc

from components import InvalidInput, InvalidInputs
from tests.harness import ACCOUNT, ROOT, Resource, Run, run_stack
from tools.write_settings import FILES

STACKS = ["local", "dev", "staging", "prod"]
DESIGNED = {
    "aws:cloudwatch/logGroup:LogGroup": 2,
    "aws:iam/policy:Policy": 3,
    "aws:iam/role:Role": 3,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 3,
    "aws:kms/alias:Alias": 2,
    "aws:kms/key:Key": 2,
    "aws:lambda/function:Function": 1,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": 1,
    "aws:s3/bucket:Bucket": 1,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
    "aws:s3/bucketPolicy:BucketPolicy": 1,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
    "aws:s3/bucketVersioning:BucketVersioning": 1,
    "aws:scheduler/schedule:Schedule": 1,
    "aws:scheduler/scheduleGroup:ScheduleGroup": 1,
    "aws:sqs/queue:Queue": 2,
    "aws:sqs/queuePolicy:QueuePolicy": 2,
}
EXPORTS = {
    "evaluation_key_arn",
    "operations_key_arn",
    "output_bucket",
    "controller_function_name",
    "controller_function_arn",
    "controller_role_arn",
    "operator_role_arn",
    "result_log_group",
    "failure_queue",
    "schedule_failure_queue",
    "export_schedule_name",
}
OURS = "agentcore-batch-evaluation:index:"


@pytest.fixture(scope="module", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def update(stack: str) -> Run:
    return run_stack(stack)


@pytest.fixture(scope="module")
def preview(stack: str) -> Run:
    return run_stack(stack, preview=True)


def unknown(value: Any) -> bool:
    return isinstance(value, Unknown) or value == rpc.UNKNOWN


def policies(run: Run) -> dict[str, Any]:
    return {
        f"{resource.name}.{key}": value
        for resource in run.resources.values()
        for key, value in resource.inputs.items()
        if key in {"policy", "assumeRolePolicy"}
    }


def test_every_stack_makes_the_designed_resources(update: Run) -> None:
    assert update.types() == DESIGNED


def test_preview_and_update_register_the_same_resources(update: Run, preview: Run) -> None:
    assert preview.types() == update.types()


def test_a_stack_exports_exactly_the_documented_names(update: Run) -> None:
    assert set(update.exports) == EXPORTS
    assert all(isinstance(value, str) and value for value in update.exports.values())


def test_every_policy_is_known_at_preview_but_the_bucket_policy(preview: Run) -> None:
    assert [name for name, value in policies(preview).items() if unknown(value)] == [
        "batch-evaluation-output-policy.policy"
    ]


def test_no_policy_names_who_deploys(update: Run) -> None:
    for name, policy in policies(update).items():
        assert "assumed-role" not in policy, name
        assert "PlatformDeployment/me" not in policy, name


def test_every_resource_stands_below_its_component(update: Run) -> None:
    environment = update.one(f"{OURS}BatchEvaluationEnvironment")
    for resource in update.resources.values():
        if resource.custom:
            parent = update.resources[resource.parent]
            assert parent.type.startswith(OURS), resource.name
            assert parent.parent == environment.urn, resource.name


def test_keys_and_bucket_are_protected_as_the_stack_says_and_nothing_is_retained(
    stack: str, update: Run
) -> None:
    protected = {r.name for r in update.resources.values() if r.protect}
    guarded = {
        "batch-evaluation-evaluation-key-key",
        "batch-evaluation-operations-key-key",
        "batch-evaluation-output-bucket",
    }
    assert protected == (guarded if stack in {"staging", "prod"} else set())
    assert not any(r.retain_on_delete for r in update.resources.values())


ROLES = ["controller", "schedule", "operator"]
EDGES = [
    *[("evaluation-key-key", f"roles-{role}-role") for role in ROLES],
    *[("operations-key-key", f"roles-{role}-role") for role in ROLES],
    ("evaluation-key-alias", "evaluation-key-key"),
    ("output-public-access", "output-ownership"),
    ("output-versioning", "output-public-access"),
    ("output-encryption", "output-versioning"),
    ("output-encryption", "evaluation-key-key"),
    ("output-lifecycle", "output-encryption"),
    ("output-policy", "output-lifecycle"),
    ("output-policy", "evaluation-key-key"),
    # So a destroy reaches the bucket, which may refuse, before what holds or guards data.
    ("output-bucket", "evaluation-key-key"),
    ("output-bucket", "evaluation-key-alias"),
    ("output-bucket", "operations-key-key"),
    ("output-bucket", "results-group"),
    ("results-group", "operations-key-key"),
    ("controller-log-group", "operations-key-key"),
    ("controller-function", "controller-log-group"),
    ("controller-function", "roles-controller-attachment"),
    ("controller-function", "output-bucket"),
    ("controller-function", "results-group"),
    ("controller-function", "evaluation-key-key"),
    ("controller-failures", "operations-key-key"),
    ("controller-invoke-config", "controller-function"),
    ("controller-invoke-config", "controller-failures"),
    ("controller-invoke-config", "roles-controller-attachment"),
    ("controller-schedule", "controller-schedule-group"),
    ("controller-schedule", "controller-schedule-failures"),
    ("controller-schedule", "controller-function"),
    ("controller-schedule", "roles-schedule-attachment"),
]


def named(run: Run, name: str) -> Resource:
    return next(r for r in run.resources.values() if r.name == f"batch-evaluation-{name}")


@pytest.mark.parametrize(("user", "used"), EDGES, ids=[f"{a} waits for {b}" for a, b in EDGES])
def test_what_uses_a_name_waits_for_it(update: Run, user: str, used: str) -> None:
    assert update.leads_to(named(update, user), named(update, used))


def test_the_bucket_takes_one_key_without_bucket_keys(update: Run) -> None:
    (rule,) = named(update, "output-encryption").inputs["rules"]
    assert rule == {
        "applyServerSideEncryptionByDefault": {
            "sseAlgorithm": "aws:kms",
            "kmsMasterKeyId": update.exports["evaluation_key_arn"],
        },
        "bucketKeyEnabled": False,
        "blockedEncryptionTypes": ["SSE-C"],
    }


def test_the_function_is_told_names_only(stack: str, update: Run) -> None:
    function = named(update, "controller-function").inputs
    assert set(function["environment"]["variables"]) == {
        "ACCOUNT_ID",
        "ALLOW_DELETE",
        "ENVIRONMENT_NAME",
        "EVALUATION_KEY_ARN",
        "METRICS_NAMESPACE",
        "NAME_PREFIXES",
        "OUTPUT_BUCKET",
        "RESULT_LOG_GROUP",
        "SOURCE_LOG_GROUPS",
    }
    assert (
        function["environment"]["variables"]["EVALUATION_KEY_ARN"]
        == (update.exports["evaluation_key_arn"])
    )
    assert function["architectures"] == ["arm64"]
    assert function["tracingConfig"] == {"mode": "Active"}
    assert function["environment"]["variables"]["ENVIRONMENT_NAME"] == f"agentcore-eval-{stack}"


def test_the_schedule_invokes_the_export_and_has_a_dead_letter_queue(update: Run) -> None:
    schedule = named(update, "controller-schedule").inputs
    assert json.loads(schedule["target"]["input"]) == {"operation": "ExportBatchEvaluations"}
    assert schedule["target"]["arn"] == update.exports["controller_function_arn"]
    assert schedule["target"]["deadLetterConfig"]["arn"].endswith("-schedule-failures")


def test_both_queues_and_both_log_groups_are_under_the_operations_key(update: Run) -> None:
    key = update.exports["operations_key_arn"]
    for name in ("controller-failures", "controller-schedule-failures"):
        assert named(update, name).inputs["kmsMasterKeyId"] == key
    for name in ("results-group", "controller-log-group"):
        assert named(update, name).inputs["kmsKeyId"] == key


def test_names_are_chosen_and_say_stack_and_place(stack: str, update: Run) -> None:
    base = f"agentcore-eval-{stack}"
    assert update.exports["output_bucket"] == f"{base}-exports-{ACCOUNT}-us-east-1"
    assert update.exports["controller_role_arn"].endswith(f":role/{base}-controller-us-east-1")
    assert update.exports["result_log_group"] == f"{base}-results"


def test_stack_files_decide_something(stack: str) -> None:
    settings = yaml.safe_load((ROOT / f"stacks/Pulumi.{stack}.yaml").read_text())["config"]
    others = [
        yaml.safe_load((ROOT / f"stacks/Pulumi.{name}.yaml").read_text())["config"]
        for name in STACKS
        if name != stack
    ]
    assert all(settings != other for other in others)


BAD_SETTINGS: list[tuple[str, Any, str]] = [
    ("stage", "production", "stage: expected one of local, dev, staging, prod, got 'production'"),
    ("prefix", "much-too-long-prefix", "prefix: expected 1 to 16 lower-case letters"),
    ("prefix", "Agent", "prefix: expected"),
    ("existingKeyArn", "alias/mine", "existingKeyArn: expected empty, or a key ARN of this Region"),
    ("protect", "yes", "protect: expected true or false, got 'yes'"),
    ("forceDestroy", "yes", "forceDestroy: expected true or false, got 'yes'"),
    (
        "deletionWindowInDays",
        6,
        "deletionWindowInDays: expected a whole number from 7 to 30, got 6",
    ),
    ("deletionWindowInDays", 31, "deletionWindowInDays: expected"),
    ("deletionWindowInDays", True, "deletionWindowInDays: expected"),
    ("rotationPeriodInDays", 89, "rotationPeriodInDays: expected a whole number from 90 to 2560"),
    ("keyAdministrators", ["arn:aws:iam::111122223333:root"], "keyAdministrators[0]: expected"),
    ("keyAdministrators", "arn:aws:iam::111122223333:role/A", "keyAdministrators: expected a list"),
    (
        "callers",
        ["arn:aws:sts::111122223333:assumed-role/A/session"],
        "callers[0]: expected the ARN of a role or user of account 111122223333",
    ),
    ("callers", ["arn:aws:iam::444455556666:role/A"], "callers[0]: expected"),
    ("callers", ["arn:aws-cn:iam::111122223333:role/A"], "callers[0]: expected"),
    ("callers", ["arn:aws:iam::111122223333:role/A", "*"], "callers[1]: expected"),
    ("namePrefixes", ["dev"], "namePrefixes[0]: expected a name prefix such as 'team_'"),
    ("namePrefixes", ["a_", "a_b_"], "namePrefixes: expected no prefix that extends another"),
    ("namePrefixes", ["a_", "a_"], "namePrefixes[1]: expected a value that does not stand before"),
    ("evaluationIds", ["short"], "evaluationIds[0]: expected a batch evaluation id"),
    ("operatorPrincipals", [], "operatorPrincipals: expected at least one principal in stage dev"),
    ("operationsReaders", ["*"], "operationsReaders[0]: expected the ARN of a role or user"),
    ("sourceLogGroups", ["a*b"], "sourceLogGroups[0]: expected a log group name"),
    ("sourceLogGroups", ["*"], "sourceLogGroups[0]: expected a log group name"),
    ("sourceLogGroups", [], "sourceLogGroups: expected at least 1, each a log group name"),
    ("resultRetentionInDays", 13, "resultRetentionInDays: expected one of 1, 3, 5"),
    ("controllerLogRetentionInDays", 0, "controllerLogRetentionInDays: expected one of"),
    ("artifactRetentionInDays", 0, "artifactRetentionInDays: expected a whole number from 1"),
    ("noncurrentRetentionInDays", -1, "noncurrentRetentionInDays: expected"),
    ("exportSchedule", "every hour", "exportSchedule: expected rate(N minutes|hours|days)"),
    ("exportSchedule", "cron(0 99 * * ? *)", "exportSchedule: expected rate(N minutes|hours"),
    ("exportEnabled", 1, "exportEnabled: expected true or false, got 1"),
    ("allowDelete", "no", "allowDelete: expected true or false"),
    (
        "reservedConcurrency",
        0,
        "reservedConcurrency: expected a whole number from 1 to 1000, or -1",
    ),
    ("timeoutInSeconds", 901, "timeoutInSeconds: expected a whole number from 60 to 900, got 901"),
    ("memoryInMegabytes", 128, "memoryInMegabytes: expected a whole number from 256 to 10240"),
    ("tags", {"a": 1}, "tags.a: expected a text of 1 to 256"),
    ("tags", {"aws:x": "y"}, "tags: expected a key of 1 to 128"),
    ("prefix", "xn--a", "prefix and stack name: expected a bucket's name that does not begin"),
    (
        "keyAdministators",
        [],
        "unknown setting keyAdministators; did you mean keyAdministrators?",
    ),
    ("key_administrators", [], "unknown setting key_administrators; did you mean keyAdmini"),
    ("wholly_other", 1, "unknown setting wholly_other; there are allowDelete, artifactRetention"),
]


@pytest.mark.parametrize(
    ("setting", "value", "message"), BAD_SETTINGS, ids=[f"{s} {v}" for s, v, _ in BAD_SETTINGS]
)
def test_a_bad_setting_is_named(setting: str, value: Any, message: str) -> None:
    with pytest.raises((InvalidInput, InvalidInputs)) as caught:
        run_stack("dev", **{setting: value})
    assert message in str(caught.value)


def test_every_bad_setting_is_named_at_once_and_before_any_resource() -> None:
    first = {name: value for name, value, _ in reversed(BAD_SETTINGS)}
    bad = {name: value for name, value in first.items() if name != "stage"}
    runs: list[Run] = []
    with pytest.raises(InvalidInputs) as caught:
        run_stack("dev", into=runs, **bad)
    named_settings = {re.split(r"[\[.]", error.name)[0] for error in caught.value.errors}
    assert named_settings == set(bad)
    assert runs[0].types() == {}


def test_lists_that_make_a_document_too_long_are_refused_before_any_resource() -> None:
    roles = [f"arn:aws:iam::{ACCOUNT}:role/{'r' * 50}{number:04}" for number in range(400)]
    runs: list[Run] = []
    with pytest.raises(InvalidInputs) as caught:
        run_stack(
            "dev",
            into=runs,
            operatorPrincipals=roles,
            callers=roles,
            operationsReaders=roles,
            sourceLogGroups=[f"/group/{'g' * 300}/{number}" for number in range(9)],
            tags={"a": 1},
        )
    assert [(error.name, error.expected) for error in caught.value.errors[1:]] == [
        (
            "namePrefixes, sourceLogGroups",
            "a policy of the controller's role of at most 6144 bytes",
        ),
        ("operatorPrincipals", "a trust policy of the operator role of at most 2048 bytes"),
        (
            "callers, namePrefixes, evaluationIds, keyAdministrators",
            "a key policy of at most 32768 bytes",
        ),
        ("operationsReaders, keyAdministrators", "a key policy of at most 32768 bytes"),
    ]
    assert runs[0].types() == {}


def test_the_longest_lists_that_the_policy_takes_fit_the_functions_variables() -> None:
    """Lambda takes 4 KB of variables, and the lists are checked by the policy alone."""
    groups = [f"/g{number}/{'g' * 505}*" for number in range(6)]
    run = run_stack("dev", sourceLogGroups=groups)
    with pytest.raises(InvalidInput, match=r"policy of the controller's role"):
        run_stack("dev", sourceLogGroups=[*groups, f"/{'g' * 300}"])
    assert len(json.dumps(named(run, "controller-function").inputs["environment"])) <= 4096


def test_production_demands_administrators_and_forbids_deletion() -> None:
    with pytest.raises(InvalidInputs) as caught:
        run_stack("prod", keyAdministrators=[], allowDelete=True, protect=False)
    assert {error.name for error in caught.value.errors} == {
        "keyAdministrators",
        "allowDelete",
        "protect",
    }


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_what_has_to_stay_is_not_emptied_by_a_destroy(stack: str) -> None:
    with pytest.raises(
        InvalidInput, match=f"forceDestroy: expected false in stage {stack}, got True"
    ):
        run_stack(stack, forceDestroy=True)


@pytest.mark.parametrize("stack", ["local", "dev"])
def test_a_destroy_empties_a_throw_away_bucket_where_it_is_told_to(stack: str) -> None:
    assert named(run_stack(stack, forceDestroy=True), "output-bucket").inputs["forceDestroy"]


def test_a_name_that_grows_too_long_is_refused_before_any_resource() -> None:
    with pytest.raises(InvalidInputs, match=r"output bucket of at most 63 characters"):
        run_stack("dev", as_stack="a-stack-with-a-very-long-name")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_declares_settings_is_written_from_their_declaration(path: Path) -> None:
    text = path.read_text("utf-8")
    assert FILES[path](text) == text, "run make settings"


@pytest.mark.parametrize(
    ("stack", "reserved"), [("local", -1), ("dev", -1), ("staging", 5), ("prod", 5)]
)
def test_the_stacks_of_a_new_account_reserve_no_concurrency(stack: str, reserved: int) -> None:
    """Lambda refuses any reservation in an account whose quota of executions is 100 or less."""
    function = run_stack(stack).one("aws:lambda/function:Function")
    assert function.inputs["reservedConcurrentExecutions"] == reserved
