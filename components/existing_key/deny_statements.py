"""Which Deny statements of somebody else's key policy stand in the way of what is needed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from ..iam.key_policies import ENCRYPTION_CONTEXT_KEY
from ..iam.statements import Document, to_json


def denials(policy: Document, needed: Iterable[Document]) -> list[str]:
    """Return a reason for each Deny statement that may hit one of the `needed` Allow statements.

    Read by its text, and held to hit where the text does not show that it spares: by its actions,
    by its principals, or by one condition that is false for what is needed (all of a statement's
    conditions must hold for it to deny:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html).
    Such conditions are those on `aws:PrincipalArn` and `aws:PrincipalAccount` that except the
    callers, on `aws:PrincipalIsAWSService`, `aws:SourceAccount` and `aws:SourceArn` that except the
    service, on the encryption context that except the scope, and `aws:SecureTransport`. What denies
    elsewhere, as service control policies do, is not seen.
    """
    wanted = list(needed)
    reasons: list[str] = []
    for statement in cast(list[Document], many(policy.get("Statement", []))):
        if statement.get("Effect") != "Deny":
            continue
        hit = [
            (action, principal)
            for need in wanted
            if not _spared_by_condition(statement, need)
            for action in _hit_actions(statement, need)
            for principal in _hit_principals(statement, need)
        ]
        if hit:
            actions = ", ".join(dict.fromkeys(action for action, _ in hit))
            principals = ", ".join(dict.fromkeys(principal for _, principal in hit))
            reasons.append(
                f"policy: expected no Deny that may keep {principals} from {actions}, got this"
                f" statement: {to_json(statement)}; take it out, or except them by"
                " aws:PrincipalArn (callers) and aws:PrincipalIsAWSService (the service)"
            )
    return reasons


def many(value: Any) -> Sequence[Any]:
    """Return a policy element as a list: one value is written without."""
    return cast(Sequence[Any], value) if isinstance(value, list) else [value]


def matches(pattern: str, text: str) -> bool:
    """Tell whether an action or ARN pattern matches all of a text: `*` and `?` are wildcards."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return bool(re.fullmatch("".join(parts), text, re.DOTALL))


def _hit_actions(statement: Document, need: Document) -> list[str]:
    named = "NotAction" not in statement
    patterns = [
        str(pattern).lower()
        for pattern in many(statement.get("Action" if named else "NotAction", []))
    ]
    return [
        action
        for action in many(need["Action"])
        if any(matches(pattern, action.lower()) for pattern in patterns) == named
    ]


def _hit_principals(statement: Document, need: Document) -> list[str]:
    principals = [(k, p) for k, values in need["Principal"].items() for p in many(values)]
    if "NotPrincipal" in statement:
        spared = _principals(statement["NotPrincipal"])
        return [p for kind, p in principals if p not in spared.get(kind, [])]
    named = statement.get("Principal")
    if named == "*":
        return [p for _, p in principals]
    listed = _principals(named)
    return [p for kind, p in principals if any(_is(p, other) for other in listed.get(kind, []))]


def _principals(element: Any) -> dict[str, list[str]]:
    if not isinstance(element, dict):
        return {}
    return {k: [str(v) for v in many(vs)] for k, vs in cast(Document, element).items()}


def _is(principal: str, named: str) -> bool:
    """Tell whether a named principal is this one, everybody, its account, or a session of it."""
    if named in ("*", principal):
        return True
    account = _account(principal)
    if account and named in (account, f"{principal.rpartition(':')[0]}:root"):
        return True
    # Sessions are named by role name and session name, without the role's path.
    name = principal.rpartition("/")[2]
    return bool(account) and f":{account}:assumed-role/{name}/" in named


def _account(principal: str) -> str:
    """Return the account of an ARN, empty for a service."""
    return principal.split(":")[4] if principal.startswith("arn:") else ""


def _spared_by_condition(statement: Document, need: Document) -> bool:
    """Tell whether one condition of a Deny is false for every request that `need` is about."""
    condition = cast(Mapping[str, Any], statement.get("Condition") or {})
    return any(
        _is_false(str(operator), str(key), [str(v) for v in many(values)], need)
        for operator, block in condition.items()
        for key, values in cast(Mapping[str, Any], block).items()
    )


def _is_false(operator: str, key: str, values: list[str], need: Document) -> bool:
    operator = operator.removesuffix("IfExists")
    key = key.lower()
    callers = [str(arn) for arn in many(need["Principal"].get("AWS", []))]
    if operator == "Bool":
        # KMS answers over TLS only, and callers are roles and users.
        false_of = {"aws:securetransport": True, "aws:principalisawsservice": not callers}
        return false_of.get(key, False) and values == ["false"]
    if operator not in ("ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike"):
        return False
    wild = operator.startswith("Arn") or operator.endswith("Like")
    return any(
        all(v in values or (wild and any(matches(p, v) for p in values)) for v in given)
        for given in _known(key, callers, need)
    )


def _known(key: str, callers: list[str], need: Document) -> list[list[str]]:
    """Return the values that a condition key can have in what `need` allows, if they are known."""
    if key == "aws:principalarn" and callers:
        return [callers]
    if key in ("aws:principalaccount", "kms:calleraccount") and callers:
        return [[_account(arn) for arn in callers]]
    context = f"kms:EncryptionContext:{ENCRYPTION_CONTEXT_KEY}".lower()
    if key not in (context, "aws:sourceaccount", "aws:sourcearn"):
        return []
    return [
        [str(v) for v in many(values)]
        for block in need.get("Condition", {}).values()
        for name, values in block.items()
        if name.lower() == key
    ]
