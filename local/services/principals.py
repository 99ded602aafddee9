"""The principals that policies of resources may name, and how each is written.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html. AWS does not
document which services take federated principals beside IAM's trust policies: those that are
written well are let through everywhere.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

_SERVICE = re.compile(
    r"[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal|aws\.amazon\.com)"
)
_FEDERATED = re.compile(
    r"arn:[a-z-]+:iam::[0-9]{12}:(saml-provider/[\w.-]{1,128}|oidc-provider/[A-Za-z0-9._~%/:+-]+)"
    r"|cognito-identity\.amazonaws\.com|accounts\.google\.com|graph\.facebook\.com|www\.amazon\.com",
    re.ASCII,
)
# docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html
_CANONICAL_USER = re.compile(r"[0-9a-f]{64}")

# Tells of a principal under AWS whether it is written well and, if it is of ours, exists.
Exists = Callable[[str], bool]


def invalid_principal(
    document: Any, exists: Exists, *, canonical_users: bool = False
) -> tuple[str, str] | None:
    """Type and value of the first principal in a document that no policy can name.

    `canonical_users` says whether the service knows them, as S3 alone does.
    """
    for kind, value in _principals(document):
        match kind:
            case "AWS":
                valid = exists(value)
            case "Service":
                valid = bool(_SERVICE.fullmatch(value))
            case "Federated":
                valid = bool(_FEDERATED.fullmatch(value))
            case "CanonicalUser":
                valid = canonical_users and bool(_CANONICAL_USER.fullmatch(value))
            case _:
                valid = False
        if not valid:
            return kind, value
    return None


def _principals(document: Any) -> Iterator[tuple[str, str]]:
    statements = document.get("Statement") if isinstance(document, dict) else None
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in ("Principal", "NotPrincipal"):
            named = statement.get(element) if isinstance(statement, dict) else None
            for kind, values in named.items() if isinstance(named, dict) else ():
                for value in values if isinstance(values, list) else [values]:
                    yield kind, str(value)
