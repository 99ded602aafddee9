"""Using an evaluation key that somebody else owns: read it, say what it lacks, change nothing."""

import json
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from .denials import denials, many, matches
from .documents import Document, to_json
from .errors import KeyNotUsable


def adopt(
    component: pulumi.Resource,
    name: str,
    key_arn: str,
    wanted: pulumi.Output[Document],
    opts: pulumi.ResourceOptions | None,
) -> pulumi.Output[str]:
    """Return the key's ARN once the key is found fit; whatever uses the key waits for this Output.

    Roles that the policy must name are made by the same program, and KMS refuses principals that do
    not exist: so the first `pulumi up` makes the roles and stops here with the statements to add,
    and the next one goes on. A preview only warns, else it would stop `up` before the roles exist.
    """
    key = aws.kms.Key.get(
        f"{name}-existing-key",
        key_arn,
        opts=pulumi.ResourceOptions(parent=component, depends_on=opts.depends_on if opts else None),
    )
    state = aws.kms.get_key_output(key_id=key_arn, opts=pulumi.InvokeOptions(parent=component))

    def check(values: dict[str, Any]) -> str:
        reasons = unfitness(values["state"], json.loads(values["policy"]), values["wanted"])
        if not reasons:
            return key_arn
        error = KeyNotUsable(key_arn, reasons)
        if not pulumi.runtime.is_dry_run():
            raise error
        pulumi.log.warn(str(error), component)
        return key_arn

    facts = {
        "key_state": state.key_state,
        "key_spec": state.key_spec,
        "key_usage": state.key_usage,
        "key_manager": state.key_manager,
        "multi_region": state.multi_region,
    }
    return pulumi.Output.all(state=facts, policy=key.policy, wanted=wanted).apply(check)


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


def unfitness(state: dict[str, Any], policy: Document, wanted: Document) -> list[str]:
    """Return why a key cannot serve as the evaluation key, empty when it can.

    `state` has the members of KMS's key metadata (key_state, key_spec, key_usage, key_manager,
    multi_region), `policy` is the key's policy and `wanted` the one that this package would write.
    Administration is its owner's business: only the statements for callers and service are
    compared.
    """
    reasons = [
        f"{field}: expected {expected}, got {state[field]}"
        for field, expected in _FIT.items()
        if state[field] != expected
    ]
    statements = cast(list[Document], many(policy.get("Statement", [])))
    allows = [statement for statement in statements if statement.get("Effect") == "Allow"]
    needs = [need for need in wanted["Statement"] if need["Sid"] != "AllowKeyAdministration"]
    reasons += [
        f"policy: expected this statement, got nothing that covers it: {to_json(need)}"
        for need in needs
        if not any(_covers(statement, need) for statement in allows)
    ]
    return reasons + denials(policy, needs)


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
