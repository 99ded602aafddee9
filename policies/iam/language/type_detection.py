"""The kind of a document that does not come with one, by what stands in it."""

import json
from typing import cast

from .elements import as_mapping, as_sequence
from .policy_types import PolicyType

_BY_SERVICE = {"kms": PolicyType.KEY, "s3": PolicyType.BUCKET}


def guess_policy_type(text: str) -> PolicyType:
    """The kind of a document in JSON.

    Without principals it is an identity policy, without resources a trust policy; a document about
    KMS alone is a key policy, about S3 alone a bucket policy, and any other a resource policy.
    Raises ValueError for what is no JSON, or nested beyond what Python reads.
    """
    try:
        document = as_mapping(cast("object", json.loads(text))) or {}
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    listed = document.get("Statement")
    statements = [
        statement
        for item in (as_sequence(listed) or [listed])
        if (statement := as_mapping(item)) is not None
    ]
    if not any("Principal" in each or "NotPrincipal" in each for each in statements):
        return PolicyType.IDENTITY
    if not any("Resource" in each or "NotResource" in each for each in statements):
        return PolicyType.TRUST
    services: set[str] = set()
    for statement in statements:
        actions = statement.get("Action", statement.get("NotAction"))
        services |= {str(each).partition(":")[0] for each in as_sequence(actions) or [actions]}
    only = services.pop() if len(services) == 1 else ""
    return _BY_SERVICE.get(only, PolicyType.RESOURCE)
