"""The policy of an evaluation key, and what AWS documents that it has to allow.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .. import documents, evaluations
from ..access import (
    Access,
    Policy,
    PolicyKind,
    UnprovableError,
    Witness,
    compare,
)
from ..evaluations import CONTEXT_KEY, SERVICE, Place
from ..proofs import who_can_by, with_statements
from ..resource import Resource
from ..wording import may_together
from .named import named, permission_sets

PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html"
TYPES = (*documents.KEY_TYPES, "aws:kms/keyPolicy:KeyPolicy")

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
    """A key policy that speaks of evaluations; `place` is where the evaluations are."""

    text: str
    policy: Policy
    place: Place

    @property
    def key_arn(self) -> str:
        """An ARN that the key may have."""
        return f"arn:{self.place.partition}:kms:{self.place.region}:{self.place.account}:key/this"

    @property
    def own(self) -> tuple[str, ...]:
        """The roles and users of the key's account that statements name."""
        return named(self.policy, self.place.account)

    def who_can(self, action: str, *, unless: Sequence[object] = ()) -> tuple[Access, ...]:
        """Who can, once the statements `unless` deny what is right."""
        text = with_statements(self.text, *unless)
        try:
            return who_can_by(text, PolicyKind.KEY, action, self.key_arn)
        except UnprovableError:  # the rule about the minimum reports it
            return ()

    def accesses(
        self, actions: Sequence[str], unless: Sequence[object] = ()
    ) -> Iterator[tuple[Access, str]]:
        """Everybody who can do some of the actions: one access each, and which actions."""
        found: dict[tuple[str, str], tuple[Access, list[str]]] = {}
        for action in actions:
            for access in self.who_can(action, unless=unless):
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

    def beyond_minimum(self) -> Witness | None:
        """A request that it allows beyond that. Raises UnprovableError."""
        sets = permission_sets(self.policy, self.place.account)
        return _beyond(self.text, self.place, self.own, sets)


def read(resource: Resource) -> KeyPolicy | None:
    """The key policy of a resource if it says where its evaluations are."""
    text = resource.text("policy")
    policy = documents.of(resource)
    place = None if policy is None else evaluations.place_of(policy)
    return None if policy is None or place is None else KeyPolicy(text, policy, place)


def inapplicable(resource: Resource) -> str:
    """Why a key is no evaluation key, as its policy shows."""
    policy = documents.of(resource)
    if policy is None or not evaluations.lets_evaluations_use(policy):
        return "its policy lets no batch evaluation use it"
    return ""


def documented(place: Place, callers: Sequence[str], sets: Sequence[str] = ()) -> dict[str, object]:
    """The most that an evaluation key's policy has to allow: AWS's three statements for these
    callers, and administration by the account's IAM policies, by the same roles and users and by
    the roles of permission sets."""
    service = _statement(
        "ServiceUse", {"Service": SERVICE}, DOCUMENTED_USE, service_conditions(place)
    )
    administration = _statement(
        "Administration", {"AWS": [place.account, *callers]}, ADMINISTRATION
    )
    principals = {"AWS": list(callers)}
    context = {"StringLike": {CONTEXT_KEY: place.evaluations}}
    of_callers = [
        _statement("Callers", principals, ["kms:DescribeKey"]),
        _statement("CallersUse", principals, DOCUMENTED_USE, context),
    ]
    statements = [*(of_callers if callers else []), service, administration]
    if sets:
        named = {
            "StringEquals": {"aws:PrincipalAccount": place.account},
            "ArnLike": {"aws:PrincipalArn": sets},
        }
        statements.append(_statement("Sets", {"AWS": "*"}, ADMINISTRATION, named))
    return {"Version": "2012-10-17", "Statement": statements}


def service_conditions(place: Place) -> dict[str, object]:
    """What the service's requests are bound to: evaluations of the account and Region."""
    return {
        "StringEquals": {"aws:SourceAccount": place.account},
        "ArnLike": {"aws:SourceArn": place.evaluations},
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
def _beyond(text: str, place: Place, own: tuple[str, ...], sets: tuple[str, ...]) -> Witness | None:
    policy = documents.parsed(text, PolicyKind.KEY, "")
    most = json.dumps(documented(place, own, sets))
    reference = documents.parsed(most, PolicyKind.KEY, "documented")
    if not isinstance(policy, Policy) or not isinstance(reference, Policy):
        raise UnprovableError(())
    return compare(policy, reference).witness
