"""The policy of an evaluation key, and what AWS documents that it has to allow.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..iam import Access, Counterexample, Policy, PolicyType, UnprovableError, check_no_new_access
from ..model import policy_documents
from ..model.resource import Resource, Waiting
from .environment import Environment
from .evaluation_access import ANYWHERE, CONTEXT_KEY, SERVICE, DeploymentTarget
from .key_policy_principals import named, own_arn, permission_sets
from .proofs import list_principals_by, with_statements
from .wording import may_together

PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html"
TYPES = (*policy_documents.KEY_TYPES, "aws:kms/keyPolicy:KeyPolicy")

DEFAULT = "KMS's default policy"
NONE = "no key here is one that batch evaluations use"
DOCUMENTED_USE = ("kms:Decrypt", "kms:GenerateDataKey")
# https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
CRYPTOGRAPHIC = (
    "kms:Decrypt",
    "kms:DeriveSharedSecret",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateMac",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:Sign",
    "kms:Verify",
    "kms:VerifyMac",
)
# What managing a key takes: no cryptographic operation, and no CreateGrant, with which an
# administrator could hand out decryption.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyLastUsage",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)


@dataclass(frozen=True)
class KeyPolicy:
    """The policy of an evaluation key, or KMS's default; `target` is where its evaluations are,
    `key_arn` the key's ARN, or one that it may have."""

    text: str
    policy: Policy
    target: DeploymentTarget
    key_arn: str

    @property
    def own(self) -> tuple[str, ...]:
        """The roles and users of the key's account that statements name."""
        return named(self.policy, self.target.account)

    def list_principals(self, action: str, *, unless: Sequence[object] = ()) -> tuple[Access, ...]:
        """Who can, once the statements `unless` deny what is right."""
        text = with_statements(self.text, *unless)
        try:
            return list_principals_by(text, PolicyType.KEY, action, self.key_arn)
        except UnprovableError:  # the rule about the minimum reports it
            return ()

    def accesses(
        self, actions: Sequence[str], unless: Sequence[object] = ()
    ) -> Iterator[tuple[Access, str]]:
        """Everybody who can do some of the actions: one access each, and which actions."""
        found: dict[tuple[str, str], tuple[Access, list[str]]] = {}
        for action in actions:
            for access in self.list_principals(action, unless=unless):
                _, listed = found.setdefault((access.who, access.how.value), (access, []))
                listed.append(action)
        for access, listed in found.values():
            yield access, " and ".join(listed)

    @property
    def is_minimum(self) -> bool:
        """Whether it is proved to allow no more than what is documented, and administration.

        Then nothing else about what is too much needs to be asked.
        """
        try:
            return self.beyond_minimum() is None
        except UnprovableError:
            return False

    def beyond_minimum(self) -> Counterexample | None:
        """A request that it allows beyond that. Raises UnprovableError."""
        sets = permission_sets(self.policy, self.target.account)
        return _beyond(self.text, self.target, self.own, sets)

    @property
    def where(self) -> str:
        """What to say of where statements are, if it is not in the program."""
        return "" if self.policy.name != DEFAULT else f"it has {DEFAULT}: "

    def wait_for_region(self, name: str) -> None:
        """Wait if only the Region is missing for a proof that nothing is wrong."""
        if self.target.region == ANYWHERE:
            raise Waiting(
                f"{name}: no ARN, policy or provider of the stack says which Region evaluations "
                "are in"
            )


def read(key: Resource, environment: Environment) -> KeyPolicy | None:
    """The policy of an evaluation key; None if AWS refuses it, which is another rule's."""
    holder = environment.keys.policy_holder(key)
    policy = policy_documents.of(holder)
    text = holder.text("policy")
    if policy is None and text:
        return None
    target = environment.deployment.target_or_account(key)
    text = text or default_policy(target)
    policy = policy or policy_documents.parsed(text, PolicyType.KEY, DEFAULT)
    if not isinstance(policy, Policy):
        return None
    return KeyPolicy(text, policy, target, own_arn(key, policy, target))


def default_policy(target: DeploymentTarget) -> str:
    """The policy that a key has to which none is given.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    root = {"AWS": f"arn:{target.partition}:iam::{target.account}:root"}
    statement = _statement("Enable IAM User Permissions", root, ["kms:*"])
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def documented(
    target: DeploymentTarget, callers: Sequence[str], sets: Sequence[str] = ()
) -> dict[str, object]:
    """The most that an evaluation key's policy has to allow: AWS's three statements for these
    callers, and administration by the account's IAM policies, by the same roles and users and by
    the roles of permission sets."""
    service = _statement(
        "ServiceUse", {"Service": SERVICE}, DOCUMENTED_USE, service_conditions(target)
    )
    administration = _statement(
        "Administration", {"AWS": [target.account, *callers]}, ADMINISTRATION
    )
    principals = {"AWS": list(callers)}
    context = {"StringLike": {CONTEXT_KEY: target.evaluations}}
    of_callers = [
        _statement("Callers", principals, ["kms:DescribeKey"]),
        _statement("CallersUse", principals, DOCUMENTED_USE, context),
    ]
    statements = [*(of_callers if callers else []), service, administration]
    if sets:
        named = {
            "StringEquals": {"aws:PrincipalAccount": target.account},
            "ArnLike": {"aws:PrincipalArn": sets},
        }
        statements.append(_statement("Sets", {"AWS": "*"}, ADMINISTRATION, named))
    return {"Version": "2012-10-17", "Statement": statements}


def service_conditions(target: DeploymentTarget) -> dict[str, object]:
    """What the service's requests are bound to: evaluations of the account and Region."""
    return {
        "StringEquals": {"aws:SourceAccount": target.account},
        "ArnLike": {"aws:SourceArn": target.evaluations},
    }


def offences(
    key: KeyPolicy, actions: Sequence[str], rightful: Sequence[str], what_to_write: str
) -> Iterator[str]:
    """Messages about everybody but the rightful who can do some of the actions, one for all who can
    do the same through the same statements."""
    wrong = (each for each in key.accesses(actions) if each[0].who not in rightful)
    for said in may_together(wrong):
        yield f"{said}; {what_to_write}"


def _statement(
    sid: str, principal: object, actions: Sequence[str], condition: object = None
) -> dict[str, object]:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": list(actions),
        "Resource": "*",
    }
    return statement if condition is None else {**statement, "Condition": condition}


@lru_cache(maxsize=1024)
def _beyond(
    text: str, target: DeploymentTarget, own: tuple[str, ...], sets: tuple[str, ...]
) -> Counterexample | None:
    policy = policy_documents.parsed(text, PolicyType.KEY, "")
    most = json.dumps(documented(target, own, sets))
    reference = policy_documents.parsed(most, PolicyType.KEY, "documented")
    if not isinstance(policy, Policy) or not isinstance(reference, Policy):
        raise UnprovableError(())
    return check_no_new_access(policy, reference).counterexample
