"""Documented limits that service models do not state are held, and each has a case."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws_api.constraint import Constraint
from local.validation.constraints_table import BEGIN, CONSTRAINTS, END, table
from tests.harness import ROOT
from tests.local.conftest import Connect
from tests.local.validation.constraint_cases import CASES, Members


def broken(service: str, action: str, members: Members) -> list[Constraint]:
    return [
        one
        for one in CONSTRAINTS
        if one.service == service
        and {action, "*"} & {*one.actions}
        and one.broken(members) is not None
    ]


@pytest.mark.parametrize(
    ("service", "action", "bad", "good"), [case[:4] for case in CASES], ids=str
)
def test_a_limit_is_where_it_is_documented(
    service: str, action: str, bad: Members, good: Members
) -> None:
    assert len(broken(service, action, bad)) == 1
    assert broken(service, action, good) == []


def test_each_limit_has_a_case() -> None:
    tried = [one for case in CASES for one in broken(*case[:3])]
    assert [one for one in CONSTRAINTS if one not in tried] == []


def test_a_value_beyond_its_limit_is_refused_as_aws_does(connect: Connect) -> None:
    wrong: list[Any] = []
    for service, action, bad, _, code, text in CASES:
        client = connect(service, parameter_validation=False)
        name = next(k for k, v in client.meta.method_to_api_mapping.items() if v == action)
        try:
            found: Any = getattr(client, name)(**bad)
        except ClientError as error:
            found = error.response["Error"]
            if found["Code"] == code and text in found["Message"]:
                continue
        wrong.append((action, json.dumps(bad, default=str)[:80], str(found)[:200]))
    assert wrong == []


def test_the_documentation_lists_each_limit() -> None:
    text = (ROOT / "docs" / "local.md").read_text("utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0].strip() == table().strip()
