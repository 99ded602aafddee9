"""Every documented limit of inputs, by which requests are checked.

`python -m local.validation.constraints_table` writes the table in docs/local.md anew.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from local.aws_api.aws_error import AwsError
from local.aws_api.constraint import Constraint
from local.services.iam import constraints as iam
from local.services.kms import constraints as kms
from local.services.lambda_ import constraints as lambda_
from local.services.logs import constraints as logs
from local.services.s3 import constraints as s3
from local.services.scheduler import constraints as scheduler
from local.services.sqs import constraints as sqs
from local.validation import reserved_tags

CONSTRAINTS: Sequence[Constraint] = (
    *iam.CONSTRAINTS,
    *kms.CONSTRAINTS,
    *lambda_.CONSTRAINTS,
    *logs.CONSTRAINTS,
    *s3.CONSTRAINTS,
    *scheduler.CONSTRAINTS,
    *sqs.CONSTRAINTS,
    *reserved_tags.CONSTRAINTS,
)
BEGIN, END = "<!-- values: begin -->\n", "<!-- values: end -->\n"


def check_values(service: str, action: str, members: Mapping[str, Any]) -> None:
    """Raise AwsError for the first limit that members of the model's types break."""
    for constraint in _of(service, action):
        if (message := constraint.broken(members)) is not None:
            raise AwsError(constraint.code, message, constraint.status)


@cache
def _of(service: str, action: str) -> Sequence[Constraint]:
    return tuple(
        one
        for one in CONSTRAINTS
        if one.service == service and (action in one.actions or "*" in one.actions)
    )


def table() -> str:
    """The limits in Markdown, for docs/local.md."""
    rows = [
        f"| {one.service} {', '.join(one.actions)} | {one.member} | {one.rule} | {one.code} "
        f"| {one.page} |"
        for one in CONSTRAINTS
    ]
    head = ["| operation | value | what it may be | error | AWS page |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def with_table(text: str) -> str:
    """A text with the table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    from pathlib import Path

    page = Path(__file__).parents[2] / "docs" / "local.md"
    page.write_text(with_table(page.read_text("utf-8")), "utf-8")
