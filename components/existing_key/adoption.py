"""Adoption of an evaluation key that somebody else owns: it is read and judged, never changed."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from ..config.deployment_target import ask
from ..config.errors import KeyNotUsable
from ..iam.statements import Document
from .policy_fitness import delegations, policy_unfitness


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
        if open_to_account := delegations(arn, policy):
            pulumi.log.warn(f"existing key {arn}: {'; '.join(open_to_account)}", component)
        reasons = policy_unfitness(arn, policy, values["wanted"])
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
