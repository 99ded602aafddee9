"""Every reference that AWS checks, and the layer that checks them.

`python -m local.validation.references_table` writes the table in docs/local.md anew.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.request_input import members
from local.services.account import Account
from local.services.iam import references as iam
from local.services.kms import references as kms
from local.services.lambda_ import references as lambda_
from local.services.logs import references as logs
from local.services.reference import Reference
from local.services.s3 import references as s3
from local.services.scheduler import references as scheduler
from local.services.sqs import references as sqs
from local.validation.subject import is_there

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

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Let a call through; raises AwsError as the service refuses what it points at."""
        rows = _checked(call.service, call.action)
        if rows:
            shape: Any = get_service_model(call.service).operation_model(call.action).input_shape
            given = members(call, shape)
            for row in rows if is_there(call, given, self._account) else ():
                message = row.check(call, given, self._account) if row.check else None
                if message is not None:
                    raise AwsError(row.code, message, row.status)
        return next_handler(call)


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
