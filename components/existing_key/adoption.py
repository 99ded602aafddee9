"""Using an evaluation key that somebody else owns: read it, say what it lacks, change nothing."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from ..config.deployment_target import ask
from ..config.errors import KeyNotUsable
from ..iam.statements import Document, to_json
from .deny_statements import denials, many, matches


def adopt(
    component: pulumi.Resource,
    name: str,
    key_arn: pulumi.Output[str],
    wanted: pulumi.Output[Document],
    opts: pulumi.ResourceOptions | None,
) -> pulumi.Output[str]:
    """Return the key's ARN once the key is found fit; whatever uses the key waits for this Output.

    `key_arn` is described already. Roles that the policy must name are made by the same program,
    and KMS refuses principals that do not exist: so the first `pulumi up` makes the roles and stops
    here with the statements to add, and the next one goes on. A preview only warns, else it would
    stop `up` before the roles exist.
    """
    key = aws.kms.Key.get(
        f"{name}-existing-key",
        key_arn,
        opts=pulumi.ResourceOptions(parent=component, depends_on=opts.depends_on if opts else None),
    )

    def check(values: dict[str, Any]) -> str:
        arn, policy = values["arn"], json.loads(values["policy"])
        if open_to_account := delegations(policy):
            pulumi.log.warn(f"existing key {arn}: {'; '.join(open_to_account)}", component)
        reasons = policy_unfitness(policy, values["wanted"])
        if reasons and not pulumi.runtime.is_dry_run():
            raise KeyNotUsable(arn, reasons)
        if reasons:
            pulumi.log.warn(str(KeyNotUsable(arn, reasons)), component)
        return arn

    return pulumi.Output.all(arn=key_arn, policy=key.policy, wanted=wanted).apply(check)


def described(component: pulumi.Resource, name: str, key_arn: str) -> str:
    """Return the ARN of a key that exists and is of the right kind; `name` is the input.

    Raises LookupFailed for a key that KMS does not show, and KeyNotUsable for one of another kind.
    """
    invoke = pulumi.InvokeOptions(parent=component)
    key = ask(
        "aws.kms.get_key", lambda: aws.kms.get_key(key_id=key_arn, opts=invoke), f"check {name}"
    )
    state = {field: getattr(key, field) for field in _FIT}
    if reasons := state_unfitness(state):
        raise KeyNotUsable(key_arn, reasons)
    return key_arn


# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html:
# symmetric encryption keys only. A key that AWS manages has a policy that nobody can change, and a
# replica or primary of a multi-Region key has twins that other policies guard.
_FIT = {
    "key_state": "Enabled",
    "key_spec": "SYMMETRIC_DEFAULT",
    "key_usage": "ENCRYPT_DECRYPT",
    "key_manager": "CUSTOMER",
    "multi_region": False,
}


def state_unfitness(state: Mapping[str, Any]) -> list[str]:
    """Return why a key of this kind and state cannot serve, empty when it can.

    `state` has the members of KMS's key metadata: key_state, key_spec, key_usage, key_manager,
    multi_region.
    """
    return [
        f"{field}: expected {expected}, got {state[field]}"
        for field, expected in _FIT.items()
        if state[field] != expected
    ]


def policy_unfitness(policy: Document, wanted: Document) -> list[str]:
    """Return what a key's policy lacks, or denies, of the one that this package would write.

    Administration is its owner's business: only the statements for callers and service are
    compared.
    """
    allows = _allows(policy)
    needs = [need for need in wanted["Statement"] if need["Sid"] != "AllowKeyAdministration"]
    reasons = [
        f"policy: expected this statement, got nothing that covers it: {to_json(need)}"
        for need in needs
        if not any(_covers(statement, need) for statement in allows)
    ]
    return reasons + denials(policy, needs)


# What decrypts or encrypts under a key, or lets others do so.
_USES = ("kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptTo")


def delegations(policy: Document) -> list[str]:
    """Return what is to be said of statements that leave the use of the key to IAM policies.

    AWS's default key policy is one: it allows `kms:*` to the account, so that whoever has kms
    actions by an IAM policy can decrypt every evaluation:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html.
    """
    return [
        f"policy: statement {statement.get('Sid', 'without Sid')!r} leaves {', '.join(used)} to the"
        " IAM policies of the account, so that whoever they allow can use the key for every"
        " evaluation; ask its owner to allow the account administrative actions only"
        for statement in _allows(policy)
        if not statement.get("Condition")
        and _names_account(statement)
        and (used := [action for action in _USES if _allows_action(statement, action)])
    ]


def _allows(policy: Document) -> list[Document]:
    statements = cast(list[Document], many(policy.get("Statement", [])))
    return [statement for statement in statements if statement.get("Effect") == "Allow"]


def _names_account(statement: Document) -> bool:
    """Tell whether a statement allows the account itself, and so its IAM policies."""
    principal = statement.get("Principal", {})
    listed: Any = [principal] if isinstance(principal, str) else many(principal.get("AWS", []))
    return any(re.fullmatch(r"\*|[0-9]{12}|arn:[a-z-]+:iam::[0-9]{12}:root", p) for p in listed)


def _allows_action(statement: Document, action: str) -> bool:
    named = "NotAction" not in statement
    patterns = many(statement.get("Action" if named else "NotAction", []))
    return any(matches(str(p).lower(), action.lower()) for p in patterns) == named


def _covers(statement: Document, needed: Document) -> bool:
    """Tell whether one Allow statement grants all that `needed` does, by its text.

    Under the very condition of `needed`, or under none. A statement that grants the same in another
    way is not recognised; adding the needed one beside it is harmless.
    """
    if "NotAction" in statement or "NotPrincipal" in statement or "NotResource" in statement:
        return False
    if statement.get("Resource") not in ("*", ["*"]):
        return False
    if "Condition" in statement and _canonical(statement["Condition"]) != _canonical(
        needed.get("Condition")
    ):
        return False
    granted_actions = [action.lower() for action in many(statement.get("Action", []))]
    if not all(
        any(matches(pattern, action.lower()) for pattern in granted_actions)
        for action in many(needed["Action"])
    ):
        return False
    granted = statement.get("Principal", {})
    if not isinstance(granted, dict):
        return granted == "*" and "AWS" in needed["Principal"]
    return all(
        set(many(values)) <= set(many(cast(Document, granted).get(kind, [])))
        for kind, values in needed["Principal"].items()
    )


def _canonical(value: Any) -> Any:
    """Return a condition with lists sorted and single values as lists of one."""
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in cast(Document, value).items()}
    return sorted(many(value)) if value is not None else None
