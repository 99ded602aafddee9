"""Cached questions about the policy documents of resources.

Rules ask the same questions, and ask again at the end of a preview and of an update. Further
statements deny the intended access first: a principal that still has access is the counterexample.
UnprovableError reaches the rule, for which it is a violation.
"""

import json
from functools import lru_cache
from typing import cast

from ..iam import Access, Policy, PolicyType, list_principals
from ..model import policy_documents

Fixed = tuple[tuple[str, str], ...]


def with_statements(text: str, *added: object) -> str:
    """A document with further statements; the empty text is a document without any.

    What is no document stays as it is, and is refused when it is parsed.
    """
    try:
        document: object = json.loads(text) if text else {"Version": "2012-10-17"}
    except ValueError:
        return text
    if not added or not isinstance(document, dict):
        return text
    elements = cast("dict[str, object]", document)
    listed = elements.get("Statement", [])
    statements = cast("list[object]", listed if isinstance(listed, list) else [listed])
    return json.dumps({**elements, "Statement": [*statements, *added]})


@lru_cache(maxsize=4096)
def list_principals_by(
    text: str, kind: PolicyType, action: str, resource: str, fixed: Fixed = ()
) -> tuple[Access, ...]:
    """Everybody who can do something to a resource that holds a document.

    Nobody if AWS refuses the document, which the rule about well-formed documents reports.
    """
    policy = policy_documents.parsed(text, kind, "") if text else None
    if text and not isinstance(policy, Policy):
        return ()
    return list_principals(
        action, resource, policy if isinstance(policy, Policy) else None, fixed=dict(fixed)
    )
