"""Checks that an existing key's policy allows all that batch evaluations need.

The question is put to `policies.iam`, which decides it over all requests: a statement that
grants the same in another way is recognised, and so is a Deny that spares whoever needs the key.
Service control policies and other documents that deny elsewhere are not seen.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..iam.statements import Document, document, to_json
from .policy_analysis import policy_analysis

# What decrypts or encrypts under a key, or lets others do so.
_USES = ("kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptTo")
_EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def policy_unfitness(key_arn: str, policy: Document, wanted: Document) -> list[str]:
    """Return what a key's policy lacks, or denies, of the one that this package would write.

    Administration is its owner's business: only the statements for callers and service are needed.
    """
    needs = [need for need in wanted["Statement"] if need["Sid"] != "AllowKeyAdministration"]
    allows, denies = _by_effect(policy, "Allow"), _by_effect(policy, "Deny")
    missing = [
        f"policy: expected this statement, got nothing that covers it: {to_json(need)}"
        for need in needs
        if _refused(key_arn, need, allows)
    ]
    return missing + [reason for deny in denies for reason in _denials(key_arn, needs, deny)]


def delegations(key_arn: str, policy: Document) -> list[str]:
    """Return a sentence for each statement that leaves the use of the key to IAM policies.

    AWS's default key policy is one: it allows `kms:*` to the account, so that whoever has kms
    actions by an IAM policy can decrypt every evaluation:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html.
    """
    found = [
        (statement.get("Sid", "without Sid"), used)
        for statement in _by_effect(policy, "Allow")
        if not statement.get("Condition")
        and (used := [action for action in _USES if _open_to_others(key_arn, statement, action)])
    ]
    return [
        f"policy: statement {sid!r} leaves {', '.join(used)} to the"
        " IAM policies of the account, so that whoever they allow can use the key for every"
        " evaluation; ask its owner to allow the account administrative actions only"
        for sid, used in found
    ]


def _open_to_others(key_arn: str, statement: Document, action: str) -> bool:
    """Tell whether somebody whom the statement does not name can do the action by it."""
    analysis = policy_analysis()
    try:
        found = analysis.list_principals(action, key_arn, _parsed([statement]))
    except (analysis.MalformedPolicyError, analysis.UnprovableError):
        return False
    return any(each.who.startswith("anybody else") for each in found)


def _denials(key_arn: str, needs: Sequence[Document], deny: Document) -> list[str]:
    """Return one reason when a Deny statement may hit what is needed, with whom and what."""
    hit = [
        (action, principal)
        for need in needs
        if _refused(key_arn, need, [_EVERYTHING, deny])
        for one in _one_by_one(need)
        if _refused(key_arn, one, [_EVERYTHING, deny])
        for action, principal in [(one["Action"], next(iter(one["Principal"].values())))]
    ]
    if not hit:
        return []
    actions = ", ".join(dict.fromkeys(action for action, _ in hit))
    principals = ", ".join(dict.fromkeys(principal for _, principal in hit))
    return [
        f"policy: expected no Deny that may keep {principals} from {actions}, got this"
        f" statement: {to_json(deny)}; take it out, or except them by"
        " aws:PrincipalArn (callers) and aws:PrincipalIsAWSService (the service)"
    ]


def _refused(key_arn: str, need: Document, statements: Sequence[Document]) -> bool:
    """Tell whether the statements, as the key's policy, refuse a request that `need` allows.

    What cannot be read, or about which nothing can be proved, counts as refused.
    """
    analysis = policy_analysis()
    if not statements:
        return True
    asked = _parsed([_as_requests_are(need)])
    try:
        held = _parsed(statements)
        return analysis.Comparison(asked, held, resource=key_arn).first() is not None
    except (analysis.MalformedPolicyError, analysis.UnprovableError):
        return True


def _parsed(statements: Sequence[Document]) -> Any:
    analysis = policy_analysis()
    return analysis.parse_policy(document(*statements), analysis.PolicyType.KEY)


def _as_requests_are(need: Document) -> Document:
    """Return a needed statement for the requests that there are.

    KMS answers over TLS only, callers are principals of the key's account, whose number KMS fills
    in, and a service signs under names of its own:
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account,
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
    """
    needed = cast(Mapping[str, Document], need.get("Condition", {}))
    condition = {operator: dict(block) for operator, block in needed.items()}
    condition["Bool"] = {"aws:SecureTransport": "true"}
    if callers := _many(need["Principal"].get("AWS", [])):
        account = str(callers[0]).split(":")[4]
        condition.setdefault("StringEquals", {})["kms:CallerAccount"] = account
    if services := _many(need["Principal"].get("Service", [])):
        names = [f"{str(service).partition('.')[0]}.*" for service in services]
        condition["ForAllValues:StringLike"] = {"aws:PrincipalServiceNamesList": names}
    return {**need, "Condition": condition}


def _one_by_one(need: Document) -> list[Document]:
    """Return a needed statement for each of its actions and principals."""
    return [
        {**need, "Action": action, "Principal": {kind: principal}}
        for action in _many(need["Action"])
        for kind, principals in need["Principal"].items()
        for principal in _many(principals)
    ]


def _by_effect(policy: Document, effect: str) -> list[Document]:
    statements = cast(Sequence[Document], _many(policy.get("Statement", [])))
    return [statement for statement in statements if statement.get("Effect") == effect]


def _many(value: Any) -> Sequence[Any]:
    """Return a policy element as a list: one value is written without."""
    return cast(Sequence[Any], value) if isinstance(value, list) else [value]
