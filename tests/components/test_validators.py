"""What inputs of components must be: each rule at its borders."""

from typing import Any, cast

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from components.config.deployment_target import DeploymentTarget
from components.config.names import Names, base_name_errors
from components.config.schedule_expressions import SCHEDULE
from components.config.tags import TAGS
from components.config.validators import LOG_GROUPS, principals
from local.services.scheduler.expressions import read_expression

TARGET = DeploymentTarget("aws", "us-east-1", "111122223333")
ROLE = "arn:aws:iam::111122223333:role"

SCHEDULES = [
    "rate(1 minute)",
    "rate(1 minutes)",
    "rate(1 hours)",
    "rate(36500 days)",
    "cron(0 0 * * ? *)",
    "cron(*/5 * * * ? *)",
    "cron(0/15 8-18 ? * MON-FRI *)",
    "cron(15 10 ? * 6L 2022-2199)",
    "cron(15 10 ? * FRIL *)",
    "cron(0 12 ? JAN,JUL 3#2 *)",
    "cron(0 12 L * ? *)",
    "cron(0 12 1,15 * ? *)",
    "cron(59 23 31 12 ? 2199)",
    "cron(0 0 ? * L *)",
]
NO_SCHEDULES = [
    "",
    "every hour",
    "rate(0 minutes)",
    "rate(-1 minutes)",
    "rate(1.5 hours)",
    "rate(1 seconds)",
    "rate(1 week)",
    "rate(1  hour)",
    "Rate(1 hour)",
    "rate(1 hour) ",
    "rate(\N{ARABIC-INDIC DIGIT ONE} hour)",
    f"rate({'1' * 300} days)",
    "at(2026-01-01T00:00:00)",
    "cron(0 99 * * ? *)",
    "cron(60 0 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 0 32 * ? *)",
    "cron(0 0 0 * ? *)",
    "cron(0 0 * 13 ? *)",
    "cron(0 0 * 0 ? *)",
    "cron(0 0 ? * 8 *)",
    "cron(0 0 ? * 0 *)",
    "cron(0 0 ? * 2#6 *)",
    "cron(0 0 ? * 2/2 *)",
    "cron(0 0 * * ? 1969)",
    "cron(0 0 * * ? 2200)",
    "cron(0 0 * * * *)",
    "cron(0 0 ? * ? *)",
    "cron(? 0 * * ? *)",
    "cron(0 0 32W * ? *)",
    "cron(0 0 * * ?)",
    "cron(0 0 * * ? * *)",
    "cron(30-10 0 * * ? *)",
    "cron(0/0 0 * * ? *)",
    "cron(1-2-3 0 * * ? *)",
    "cron(, 0 * * ? *)",
    "cron(0 0 * XYZ ? *)",
    15,
    None,
]


@pytest.mark.parametrize("expression", SCHEDULES)
def test_a_schedule_expression_is_taken(expression: str) -> None:
    assert SCHEDULE.errors("schedule", expression) == []


@pytest.mark.parametrize("expression", SCHEDULES)
def test_the_local_scheduler_reads_what_is_taken(expression: str) -> None:
    if expression != "cron(0 0 ? * L *)":  # the last day of the week
        assert read_expression(expression, "UTC")(1_700_000_000, 1_700_000_000) is not None


@pytest.mark.parametrize("expression", NO_SCHEDULES)
def test_another_schedule_expression_is_refused(expression: Any) -> None:
    (error,) = SCHEDULE.errors("schedule", expression)
    assert str(error).startswith(
        "schedule: expected rate(N minutes|hours|days) with N of 1 or more"
    )


@pytest.mark.parametrize(
    "group",
    ["a", "aws/spans", "/aws/bedrock-agentcore/runtimes/*", "g" * 512, "g" * 512 + "*", "my*",
     "/aws/lambda*", "a.b-c_d#e/f", "aws/spans*", "aws/sp*", "aws/application-signals/data",
     "awsspans", "/aws/spans"],
)  # fmt: skip
def test_a_log_group_is_taken(group: str) -> None:
    assert LOG_GROUPS.errors("groups", [group]) == []


@pytest.mark.parametrize(
    "group",
    ["", "*", "/*", "/a*", "/aws*", "/aws/*", "a*", "aws*", "aws/*", "a*b", "a**", "g" * 513,
     "aws/span", "aws/spans/default", "aws/spanss*", "aws/bedrock-agentcore/runtimes/*",
     "aws/lambda/mine",
     "group:name", "gr\N{LATIN SMALL LETTER O WITH DIAERESIS}up", "a b", "a?", 5, None],
)  # fmt: skip
def test_another_log_group_is_refused(group: Any) -> None:
    (error,) = LOG_GROUPS.errors("groups", ["aws/spans", group])
    assert str(error).startswith("groups[1]: expected a log group name of at most 512 letters")


@pytest.mark.parametrize("value", [[], "aws/spans", {"a": "b"}, None])
def test_log_groups_are_a_list_of_one_or_more(value: Any) -> None:
    (error,) = LOG_GROUPS.errors("groups", value)
    assert error.name == "groups"


def test_a_value_that_stands_twice_is_named_once() -> None:
    errors = LOG_GROUPS.errors("groups", ["a", "b", "a"])
    assert [str(error) for error in errors] == [
        "groups[2]: expected a value that does not stand before it already, got 'a'"
    ]


@pytest.mark.parametrize(
    "principal", [f"{ROLE}/*", f"{ROLE}/a*/b", f"{ROLE}/a?/b", f"{ROLE}/", f"{ROLE}/{'n' * 65}",
                  f"{ROLE}/\N{CYRILLIC SMALL LETTER A}", f"{ROLE}/{'p' * 511}/n"]
)  # fmt: skip
def test_a_principal_that_kms_would_not_find_is_refused(principal: str) -> None:
    assert [f.name for f in principals(TARGET).errors("callers", [principal])] == ["callers[0]"]


@pytest.mark.parametrize("name", ["A", "path/A", f"{'p' * 510}/n", "n" * 64, "a+=,.@-_"])
def test_a_principal_with_a_name_that_iam_takes_is_taken(name: str) -> None:
    assert principals(TARGET).errors("callers", [f"{ROLE}/{name}"]) == []


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ({}, []),
        (
            {
                "team": "evaluation",
                "Cost Center": "4711",
                "a_.:/=+-@": "\N{GREEK SMALL LETTER PI} 1",
            },
            [],
        ),
        ({"k" * 128: "v" * 256}, []),
        ({str(number): "x" for number in range(50)}, []),
        ({str(number): "x" for number in range(51)}, ["tags"]),
        ({"k" * 129: "v"}, ["tags"]),
        ({"team": "v" * 257}, ["tags.team"]),
        ({"team": ""}, ["tags.team"]),
        ({"": "v"}, ["tags"]),
        ({"aws:x": "v"}, ["tags"]),
        ({"AWS:x": "v"}, ["tags"]),
        ({"team": "aws:x"}, ["tags.team"]),
        ({"a&b": "c;d"}, ["tags", "tags.a&b"]),
        ({"Team": "a", "team": "b"}, ["tags", "tags"]),
        ({"a": 1, "b": None}, ["tags.a", "tags.b"]),
        (["a"], ["tags"]),
        ("a=b", ["tags"]),
    ],
)
def test_tags_are_what_every_service_takes(tags: Any, names: list[str]) -> None:
    assert [error.name for error in TAGS.errors("tags", tags)] == names


@pytest.mark.parametrize("service", ["iam", "kms", "lambda", "logs", "scheduler"])
def test_no_service_takes_longer_or_emptier_tags(service: str) -> None:
    """The service models agree with the numbers that the check has."""
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    shapes = {
        name.lower().removesuffix("type"): name for name in cast(list[str], model.shape_names)
    }
    key = model.shape_for(shapes["tagkey"]).metadata
    value = model.shape_for(shapes["tagvalue"]).metadata
    assert (key["min"], key["max"], value["max"]) == (1, 128, 256)
    assert value.get("min", 0) <= 1


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("Agent", "lower-case letters"),
        ("/aws/bedrock-agentcore/evaluations/x", "lower-case letters"),
        ("agent-", "lower-case letters"),
        ("", "lower-case letters"),
        (None, "lower-case letters"),
        ("xn--agent", "a bucket's name that does not begin with amzn-s3-demo-, sthree-, xn--"),
        ("sthree-agent", "a bucket's name that does not begin with"),
        ("amzn-s3-demo", "a bucket's name that does not begin with"),
        ("a" * 33, "a name of the output bucket of at most 63 characters"),
    ],
)
def test_a_base_name_that_cannot_be_is_refused(base: Any, expected: str) -> None:
    (error,) = base_name_errors(base, TARGET)
    assert error.name == "base_name"
    assert error.expected.startswith(expected)


def test_each_name_is_held_to_the_limit_of_its_service() -> None:
    errors = Names("a" * 600, TARGET).errors("base_name")
    assert [error.expected.removeprefix("a name of the ") for error in errors] == [
        "output bucket of at most 63 characters",
        "operator role of at most 64 characters",
        "schedule role of at most 64 characters",
        "controller role of at most 64 characters",
        "controller function of at most 64 characters",
        "schedule group of at most 64 characters",
        "schedule of at most 64 characters",
        "failure queue of at most 80 characters",
        "schedule failure queue of at most 80 characters",
        "evaluation key's alias of at most 256 characters",
        "operations key's alias of at most 256 characters",
        "result log group of at most 512 characters",
        "controller's log group of at most 512 characters",
    ]
