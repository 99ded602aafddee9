"""Every setting changed once: what the engine would do about it, and to which resources only."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from tests.engine.engine import Aws, MakeStack, Stack
from tests.harness import ACCOUNT, ROOT
from tests.program.test_stacks import DESIGNED

ANOTHER = f"arn:aws:iam::{ACCOUNT}:role/Another"
EXISTING = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{{}}"

KEYS = ("evaluation-key-key", "operations-key-key")
CODE = "controller-function"
SCOPE = "roles-controller-policy"
TAGGED = (
    *KEYS,
    *("roles-controller-policy", "roles-operator-policy", "roles-schedule-policy"),
    *("roles-controller-role", "roles-operator-role", "roles-schedule-role"),
    *("controller-failures", "controller-schedule-failures", "controller-schedule-group"),
    *("controller-function", "controller-log-group", "results-group", "output-bucket"),
)


def each(names: tuple[str, ...], *changed: str) -> dict[str, str]:
    return dict.fromkeys(names, " ".join(("~", *changed)))


# Setting, its new value, and the steps: name of the resource, symbol and changed inputs.
TABLE: list[tuple[str, Any, Mapping[str, str]]] = [
    ("stage", "staging", {}),
    (
        "existingKeyArn",
        EXISTING,
        {
            "evaluation-key-existing-key": ">",
            "evaluation-key-alias": "-",
            "evaluation-key-key": "-",
            "output-encryption": "~ rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId",
            "output-policy": "~ policy",
            CODE: "~ environment.variables.EVALUATION_KEY_ARN",
        },
    ),
    ("protect", True, {}),
    ("forceDestroy", True, {"output-bucket": "~ forceDestroy"}),
    ("deletionWindowInDays", 7, each(KEYS, "deletionWindowInDays")),
    ("rotationPeriodInDays", 90, each(KEYS, "rotationPeriodInDays")),
    ("keyAdministrators", [ANOTHER], each(KEYS, "policy")),
    ("callers", [ANOTHER], {"evaluation-key-key": "~ policy"}),
    (
        "namePrefixes",
        ["team_"],
        {
            "evaluation-key-key": "~ policy",
            SCOPE: "~ policy",
            CODE: "~ environment.variables.NAME_PREFIXES",
        },
    ),
    ("evaluationIds", ["nightly-0123456789"], {"evaluation-key-key": "~ policy"}),
    ("operatorPrincipals", [ANOTHER], {"roles-operator-role": "~ assumeRolePolicy"}),
    ("operationsReaders", [ANOTHER], {"operations-key-key": "~ policy"}),
    (
        "sourceLogGroups",
        ["aws/spans"],
        {SCOPE: "~ policy", CODE: "~ environment.variables.SOURCE_LOG_GROUPS"},
    ),
    ("resultRetentionInDays", 1, {"results-group": "~ retentionInDays"}),
    ("controllerLogRetentionInDays", 1, {"controller-log-group": "~ retentionInDays"}),
    ("artifactRetentionInDays", 1, {"output-lifecycle": "~ rules[0].expiration.days"}),
    (
        "noncurrentRetentionInDays",
        1,
        {"output-lifecycle": "~ rules[1].noncurrentVersionExpiration.noncurrentDays"},
    ),
    ("exportSchedule", "rate(1 hour)", {"controller-schedule": "~ scheduleExpression"}),
    ("exportEnabled", False, {"controller-schedule": "~ state"}),
    ("allowDelete", True, {SCOPE: "~ policy", CODE: "~ environment.variables.ALLOW_DELETE"}),
    ("reservedConcurrency", 5, {CODE: "~ reservedConcurrentExecutions"}),
    ("timeoutInSeconds", 60, {CODE: "~ timeout"}),
    ("memoryInMegabytes", 1024, {CODE: "~ memorySize"}),
    ("tags", {"team": "support"}, each(TAGGED, "tags.team")),
]


@pytest.fixture(scope="module")
def stack(make_stack: MakeStack, role: Callable[[str], str]) -> Stack:
    """A stack with the defaults, but where a setting could not change alone.

    Nothing is protected, else nothing could be replaced; it has operators, so that its stage can
    change, and a name prefix, without which evaluation ids mean nothing.
    """
    role("Another")
    stack = make_stack(
        "settings",
        stage="dev",
        operatorPrincipals=[role("Developers")],
        namePrefixes=["base_"],
        exportEnabled=True,
        tags={},
    )
    stack.up()
    return stack


@pytest.fixture
def changed(stack: Stack) -> Any:
    """changed(**settings) gives the steps that they would lead to, and forgets them."""
    before = stack.file.read_text()

    def steps(**settings: Any) -> dict[str, str]:
        stack.configure(**settings)
        try:
            return {name: step.written for name, step in stack.steps().items()}
        finally:
            stack.file.write_text(before)

    return steps


@pytest.mark.parametrize(("setting", "value", "steps"), TABLE, ids=[row[0] for row in TABLE])
def test_a_changed_setting_changes_only_what_it_is_about(
    setting: str, value: Any, steps: Mapping[str, str], changed: Any, aws: Aws
) -> None:
    if value == EXISTING:
        value = EXISTING.format(aws("kms").create_key()["KeyMetadata"]["KeyId"])
    assert changed(**{setting: value}) == steps


def test_another_prefix_replaces_whatever_has_a_name_and_keeps_the_keys(changed: Any) -> None:
    steps = changed(prefix="other")
    symbols = {name: step.split()[0] for name, step in steps.items()}
    assert len(symbols) == sum(DESIGNED.values())
    assert {name for name, symbol in symbols.items() if symbol == "~"} == set(KEYS)
    assert set(symbols.values()) == {"~", "+-"}


def test_the_table_has_every_setting() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert {row[0] for row in TABLE} | {"prefix"} == set(declared)
