"""Validates a question: one action by its name, on one resource by its ARN.

A wildcard covers many, so that an answer about the text itself would be about none of them; and of
a name that AWS does not know, "nobody" would be true and say nothing.
"""

import re
from difflib import get_close_matches

from ..language.action_names import known_actions, known_services
from ..language.policy import Policy

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9-]+")
_ARN = re.compile(r"arn:[^:]*:[^:]+:[^:]*:[^:]*:.*", re.DOTALL)
# IAM knows a log group by an ARN that ends in a wildcard of its own.
# docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
_LOG_GROUP = re.compile(r"arn:[^:*?]*:logs:[^:*?]*:[^:*?]*:log-group:[^:*?]*:\*")


def require_action(action: str, policies: tuple[Policy, ...] = ()) -> None:
    """Raise ValueError unless `action` names one action; `policies` may write out further names."""
    if not _ACTION.fullmatch(action):
        raise ValueError(
            "action: expected service:Name without wildcards, such as kms:Decrypt, "
            f"found {action!r}"
        )
    folded = action.lower()
    service = folded.partition(":")[0]
    if service not in known_services() or folded in known_actions():
        return
    elements = (each.actions for policy in policies for each in policy.statements)
    written = {each.literal for element in elements if element for each in element.patterns}
    if folded not in written:
        near = get_close_matches(folded, known_actions(), n=1)
        such = f", such as {known_actions()[near[0]]}" if near else ""
        raise ValueError(f"action: expected an action of {service}{such}, found {action!r}")


def require_resource(resource: str) -> None:
    """Raise ValueError unless `resource` is the ARN of one resource, or `*` for actions without."""
    if resource == "*":
        return
    if not _ARN.fullmatch(resource):
        raise ValueError(f"resource: expected an ARN or *, found {resource!r}")
    if re.search(r"[*?]", resource) and not _LOG_GROUP.fullmatch(resource):
        raise ValueError(f"resource: expected an ARN without wildcards, found {resource!r}")


def require_owner(resource: str, owner: str | None) -> None:
    """Raise ValueError unless it is known whose the resource is, and `owner` is an account."""
    if owner is not None and not re.fullmatch(r"[0-9]{12}", owner):
        raise ValueError(f"owner: expected an account of 12 digits, found {owner!r}")
    if resource == "*":
        return
    named = resource.split(":", 5)[4]
    if not named and owner is None:
        raise ValueError(
            f"owner: expected the account that {resource} belongs to, which its ARN does not name"
        )
    if named and owner not in {None, named}:
        raise ValueError(f"owner: expected {named}, which the ARN names, found {owner}")
