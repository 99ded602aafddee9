"""One resource that another points at, and what must hold of it for AWS to keep the pointer."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.aws_api.request_context import RequestContext
from local.services.account import Account

Members = Mapping[str, Any]
Check = Callable[[RequestContext, Members, Account], str | None]


@dataclass(frozen=True)
class Reference:
    """A row of the table.

    member: where the operations name the other resource; `rule` says what must hold of it.
    code, text: AWS's error; `text` is a part of its message.
    page: AWS's page, under docs.aws.amazon.com.
    check: gives the message, None where the rule holds. Rows without one are held elsewhere: by
        moto, or by the layer of the service that uses the other resource.
    """

    service: str
    actions: tuple[str, ...]
    member: str
    rule: str
    code: str
    text: str
    page: str
    check: Check | None = None
    status: int = 400


def missing_principal(document: object, account: Account) -> str | None:
    """The first IAM principal in a policy document that does not exist.

    Of other accounts nothing can be known here.
    """
    for statement in _statements(document):
        for element in ("Principal", "NotPrincipal"):
            named = statement.get(element)
            arns = named.get("AWS", []) if isinstance(named, dict) else []
            for arn in [arns] if isinstance(arns, str) else arns:
                if isinstance(arn, str) and not account.principal_exists(arn):
                    return arn
    return None


def _statements(document: object) -> Iterator[dict[str, Any]]:
    try:
        read: Any = json.loads(str(document))
    except ValueError:
        return
    found: Any = read.get("Statement") if isinstance(read, dict) else None
    yield from (
        one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)
    )
