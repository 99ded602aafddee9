"""What rules say of themselves, the table of them, and the sample configuration."""

import json
import re
import tomllib

import pytest
import yaml
from pulumi_policy import EnforcementLevel

from policies.framework.controls import CIS, FSBP, NIST
from policies.framework.rule import ResourceRule, StackRule
from policies.rules.all_rules import RULES
from policies.rules_table import README, with_table
from tests.harness import ROOT, run_stack
from tests.policies.edits import Program, statement
from tests.policies.pack import judge, registrations

# Controls have these forms; FSBP's services are those that the pack has rules about.
FORMS = {
    FSBP: r"(CloudWatch|IAM|KMS|Lambda|S3|SQS)\.\d+",
    CIS: r"\d\.\d+(\.\d+)?",
    NIST: r"(AC|AU|CA|CM|CP|IA|SC|SI)-\d+(\(\d+\))?",
}
every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


def test_the_pack_has_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pack = yaml.safe_load((ROOT / "policies" / "PulumiPolicy.yaml").read_text("utf-8"))
    assert pack["version"] == project["version"]


def test_names_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


@every_rule
def test_a_rule_says_what_it_is(rule: ResourceRule | StackRule) -> None:
    about = rule.about
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", about.name)
    assert re.fullmatch(r"[A-Z][^.]*( [^.]*)*\.", about.description.replace("1.2", "1")), about.name
    assert about.remediation.endswith(".")
    assert re.match(r"https://(docs\.aws\.amazon\.com|www\.pulumi\.com/docs)/", about.url)
    assert rule.severity is about.severity
    assert rule.enforcement_level in {EnforcementLevel.MANDATORY, EnforcementLevel.ADVISORY}
    assert about.controls
    for control in about.controls:
        assert re.fullmatch(FORMS[control.framework], control.id), control
    assert rule.tags == [str(control) for control in about.controls]


@every_rule
def test_parameters_have_the_same_defaults_for_engine_and_code(
    rule: ResourceRule | StackRule,
) -> None:
    assert rule.config_schema is not None
    declared = {
        name: schema["default"]
        for name, schema in rule.config_schema.properties.items()
        if name != "exceptions"
    }
    assert declared == {name: each.default for name, each in rule.about.defaults.items()}


def test_the_table_in_the_readme_is_of_these_rules() -> None:
    text = README.read_text("utf-8")
    assert with_table(text) == text, "run python -m policies.rules_table"


def test_the_strict_configuration_names_rules_and_their_parameters() -> None:
    content = json.loads((ROOT / "policies" / "strict.json").read_text("utf-8"))
    assert content.pop("all") == "mandatory"
    assert content.pop("summary") == "advisory", "a first preview always has something that waits"
    rules = {rule.name: rule for rule in RULES}
    for name, values in content.items():
        parameters = rules[name].about.defaults
        assert set(values) - {"enforcementLevel"} <= set(parameters), name
        for parameter, value in values.items():
            if parameter != "enforcementLevel":
                assert value != parameters[parameter].default
    spared = {name for name, rule in rules.items() if "ephemeralStacks" in rule.about.defaults}
    assert spared == {name for name, values in content.items() if "ephemeralStacks" in values}


def test_the_strict_configuration_passes_production_and_reports_development() -> None:
    content = json.loads((ROOT / "policies" / "strict.json").read_text("utf-8"))
    del content["all"], content["summary"]
    assert judge(registrations(run_stack("prod")), content).violations == []
    reported = {each.rule for each in judge(registrations(run_stack("dev")), content).violations}
    assert {"keys-and-bucket-protected", "key-deletion-window", "log-retention"} <= reported


@pytest.mark.parametrize("stack", ["local", "dev"])
def test_a_destroy_may_empty_the_bucket_of_a_throw_away_stack(stack: str) -> None:
    resources = registrations(run_stack(stack, forceDestroy=True))
    assert judge(resources, only="output-bucket-not-emptied").violations == []
    strict = {"output-bucket-not-emptied": {"ephemeralStacks": []}}
    reports = judge(resources, strict, only="output-bucket-not-emptied").violations
    assert [report.rule for report in reports] == ["output-bucket-not-emptied"]


def test_the_message_in_the_readme_is_what_the_rule_says() -> None:
    program = Program(registrations(run_stack("prod")))
    statement("evaluation-key-key", "AllowCallerCryptoOps", Condition=None)(program)
    (report,) = judge(program.resources, only="evaluation-key-caller-context").violations
    assert " ".join(report.message.split()) in " ".join(README.read_text("utf-8").split())
