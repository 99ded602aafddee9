"""Questions about documents as resources hold them, each answered once.

Rules often ask the same, and ask again at the end of a preview and of an update. What is rightful
is denied first by further statements, so that whoever still can is the witness. What cannot be
proved is left to the rule: UnprovableError is a violation of it.
"""

import json
from functools import lru_cache
from typing import cast

from ..iam import Access, Policy, PolicyKind, who_can
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
def who_can_by(
    text: str, kind: PolicyKind, action: str, resource: str, fixed: Fixed = ()
) -> tuple[Access, ...]:
    """Everybody who can do something to a resource that holds a document.

    Nobody if AWS refuses the document, which the rule about well-formed documents reports.
    """
    policy = policy_documents.parsed(text, kind, "") if text else None
    if text and not isinstance(policy, Policy):
        return ()
    return who_can(
        action, resource, policy if isinstance(policy, Policy) else None, fixed=dict(fixed)
    )
