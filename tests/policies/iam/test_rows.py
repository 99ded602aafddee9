"""The tables of requests and decisions: how many rows there are, and the page that each follows."""

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

MODULES = ("buckets", "conditions", "evaluation", "keys", "lockout", "principals", "roles",
           "statements", "variables")  # fmt: skip
PAGE = re.compile(
    r"docs\.aws\.amazon\.com/"
    r"(IAM/latest/UserGuide|kms/latest/(developerguide|APIReference)|AmazonS3/latest/userguide"
    r"|organizations/latest/userguide|bedrock-agentcore/latest/devguide"
    r"|service-authorization/latest/reference|STS/latest/APIReference)/[A-Za-z0-9_.-]+\.html"
)


def rows() -> Iterator[tuple[str, tuple[Any, ...], list[str]]]:
    """Each row of a table: its name, its values, and the names of the table's columns."""
    for name in MODULES:
        module = importlib.import_module(f"tests.policies.iam.test_{name}")
        for title, test in vars(module).items():
            for mark in getattr(test, "pytestmark", ()):
                columns = mark.args[0] if mark.name == "parametrize" else ()
                if isinstance(columns, tuple) and "page" in columns:
                    for row in mark.args[1]:
                        yield f"{name} {title} {row.id}", row.values, list(columns)


ROWS = list(rows())


def test_there_are_more_than_two_hundred_rows_and_each_is_another() -> None:
    assert len(ROWS) > 250
    names = [name for name, _, _ in ROWS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("page", sorted({row[columns.index("page")] for _, row, columns in ROWS}))
def test_each_row_names_a_page_of_aws(page: str) -> None:
    assert PAGE.fullmatch(page)
