"""One resource that another points at, and what must hold of it for AWS to keep the pointer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.aws_api.request_context import RequestContext
from local.services.account import Account
from local.services.principals import invalid_principal

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


def wrong_principal(
    document: object, account: Account, *, canonical_users: bool = False
) -> str | None:
    """The first principal in the text of a policy that AWS refuses, as IAM's message shows it."""
    try:
        read: Any = json.loads(str(document))
    except ValueError:
        return None
    found = invalid_principal(read, account.principal_exists, canonical_users=canonical_users)
    return f'"{found[0].upper()}":"{found[1]}"' if found else None
