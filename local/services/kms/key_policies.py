"""Checks of key policies that KMS makes before it evaluates them.

Source: docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

import json
from collections.abc import Callable
from typing import Any

from local.aws_api.aws_error import AwsError
from local.services.principals import invalid_principal

_LONGEST = 32 * 1024


def check_key_policy(text: object, exists: Callable[[str], bool]) -> None:
    """Raise MalformedPolicyDocumentException for a policy that KMS would not store.

    `exists` tells whether an IAM principal's ARN is known; principals "must exist and be visible
    to KMS" (docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html).
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise _malformed(f"expected text of at most {_LONGEST} characters")
    try:
        document = json.loads(text)
    except ValueError:
        raise _malformed("expected JSON") from None
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise _malformed("Statement: expected at least one")
    for statement in statements:
        _check_statement(statement)
    if (found := invalid_principal(document, exists)) is not None:
        raise AwsError(
            "MalformedPolicyDocumentException",
            f"Policy contains a statement with one or more invalid principals: {found[1]}",
        )


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict):
        raise _malformed("Statement: expected an object")
    name = statement.get("Sid", "without Sid")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise _malformed(f"statement {name}: Effect: expected Allow or Deny")
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    if principal is None:
        raise _malformed(f"statement {name}: Principal: expected one")
    if principal != "*" and not isinstance(principal, dict):
        raise _malformed(f"statement {name}: Principal: expected AWS, Service or Federated")


def _malformed(reason: str) -> AwsError:
    return AwsError("MalformedPolicyDocumentException", f"key policy: {reason}")
