"""Every reference that AWS checks, and the layer that checks them.

`python -m local.references.table` writes the table in docs/local.md anew.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from moto.core.utils import get_service_model

from local.call import Answer, Call
from local.faults import AwsError
from local.references import iam, kms, lambda_, logs, s3, scheduler, sqs
from local.references.account import Account
from local.references.reference import Reference
from local.references.subject import is_there
from local.request_input import members
from local.wire import Response

REFERENCES: Sequence[Reference] = (
    *iam.REFERENCES,
    *kms.REFERENCES,
    *lambda_.REFERENCES,
    *logs.REFERENCES,
    *s3.REFERENCES,
    *scheduler.REFERENCES,
    *sqs.REFERENCES,
)
BEGIN, END = "<!-- references: begin -->\n", "<!-- references: end -->\n"


class References:
    """A layer behind authorization: who may not make a thing learns nothing of others."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __call__(self, call: Call, onward: Answer) -> Response:
        """Let a call through; raises AwsError as the service refuses what it points at."""
        rows = _checked(call.service, call.action)
        if rows:
            shape: Any = get_service_model(call.service).operation_model(call.action).input_shape
            given = members(call, shape)
            for row in rows if is_there(call, given, self._account) else ():
                message = row.check(call, given, self._account) if row.check else None
                if message is not None:
                    raise AwsError(row.code, message, row.status)
        return onward(call)


@cache
def _checked(service: str, action: str) -> Sequence[Reference]:
    return tuple(
        row
        for row in REFERENCES
        if row.service == service and action in row.actions and row.check is not None
    )


def table() -> str:
    """The references in Markdown, for docs/local.md."""
    head = ["| operation | points at | which | else | AWS page |", "|---|---|---|---|---|"]
    rows = [
        f"| {row.service} {', '.join(row.actions)} | {row.member} | {row.rule} "
        f"| {row.code}{f': “{row.text}”' if row.text else ''} | {row.page} |"
        for row in REFERENCES
    ]
    return "\n".join([*head, *rows]) + "\n"


def with_table(text: str) -> str:
    """A text with the table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    page = Path(__file__).parents[2] / "docs" / "local.md"
    page.write_text(with_table(page.read_text("utf-8")), "utf-8")
