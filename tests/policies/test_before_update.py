"""In an update a key policy that names evaluations is judged before KMS gets it."""

import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import policy

from policies.framework.versions import adapt_analyzer
from policies.rules.all_rules import POLICIES
from tests.harness import run_program
from tests.policies.foreign_programs import KMS_DEFAULT
from tests.policies.pack import PACK, Registration, configuration, registrations
from tests.policies.small_programs import (
    BOUND,
    CONTEXT,
    ROLE,
    SERVICE,
    apart,
    caller,
    documented,
    key,
    named_nowhere,
)

ALONE = {
    "evaluation-key-caller-context",
    "evaluation-key-grants",
    "evaluation-key-minimum",
    "evaluation-key-operations",
    "evaluation-key-users",
}


class Sdk:
    """What of Pulumi's SDK the pack adapts."""

    _PolicyAnalyzerServicer = policy._PolicyAnalyzerServicer  # pyright: ignore[reportPrivateUsage]


def judged(resource: Registration, config: dict[str, dict[str, object]] | None = None) -> set[str]:
    """The rules that stop a resource from being made, as Pulumi asks about it."""
    sdk = Sdk()
    adapt_analyzer(sdk)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    servicer = sdk._PolicyAnalyzerServicer(  # pyright: ignore[reportPrivateUsage]
        PACK, "0", [*POLICIES], policy.EnforcementLevel.MANDATORY
    )
    servicer.Configure(configuration(config or {}), None)
    answer = servicer.Analyze(resource.as_request(), None)
    assert all(each.urn in ("", resource.urn) for each in answer.diagnostics)
    mandatory = analyzer_pb2.MANDATORY
    return {each.policyName for each in answer.diagnostics if each.enforcementLevel == mandatory}


def one(program: object, type_: str) -> Registration:
    found = registrations(run_program(program, stack="live"))  # type: ignore[arg-type]
    (resource,) = [each for each in found if each.type.endswith(type_)]
    return resource


@pytest.fixture
def updating(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_DRY_RUN", "false")


@pytest.mark.usefixtures("updating")
def test_a_policy_that_names_evaluations_is_judged_before_its_key_is_made() -> None:
    assert judged(one(documented, ":Key")) >= ALONE


@pytest.mark.usefixtures("updating")
def test_a_policy_in_a_resource_of_its_own_is_judged_too() -> None:
    assert "evaluation-key-users" in judged(one(apart, ":KeyPolicy"))


@pytest.mark.usefixtures("updating")
def test_a_policy_as_documented_may_be_made() -> None:
    def program() -> None:
        bound = {"Condition": {"StringLike": CONTEXT}}
        administers = {**KMS_DEFAULT, "Action": ["kms:DescribeKey", "kms:PutKeyPolicy"]}
        describes = caller(ROLE, "kms:DescribeKey")
        key(administers, describes, caller(ROLE, **bound), SERVICE | {"Condition": BOUND})

    assert judged(one(program, ":Key")) == set()


@pytest.mark.usefixtures("updating")
def test_what_only_the_stack_shows_waits_for_its_end() -> None:
    assert judged(one(named_nowhere, ":Key")) == set()


@pytest.mark.usefixtures("updating")
def test_configuration_and_exceptions_hold_as_they_do_for_the_stack() -> None:
    level: dict[str, object] = {"enforcementLevel": "advisory"}
    exception = {"name": "SEC-1", "resource": "key", "reason": "old", "expires": "9999-12-31"}
    config: dict[str, dict[str, object]] = {
        "evaluation-key-users": level,
        "evaluation-key-grants": {"exceptions": [exception]},
    }
    found = judged(one(documented, ":Key"), config)
    assert ALONE - found == {"evaluation-key-users", "evaluation-key-grants"}


def test_a_preview_judges_the_stack_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_DRY_RUN", "true")
    assert judged(one(documented, ":Key")) == set()
