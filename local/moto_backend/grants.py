"""Grants of KMS keys as statements of their keys' policies, so that one decision weighs both.

A grant allows and never denies. Its constraints bear on cryptographic operations only: the names of
an encryption context are compared without case, its values with case.
docs.aws.amazon.com/kms/latest/developerguide/grants.html,
docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.kms.models import kms_backends

from local.aws_api.caller import DeploymentTarget

# Holds the id of the grant that RetireGrant names. No policy of a user can mean it: AWS's condition
# keys have the prefix of a service or `aws:`.
RETIRED = "grants:Retired"
_CRYPTOGRAPHIC = frozenset(
    {"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "ReEncryptFrom", "ReEncryptTo"}
    | {"GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext"}
)
_Statement = Mapping[str, Any]


@dataclass(frozen=True)
class KeyGrant:
    """A grant and the ARN of its key."""

    key_arn: str
    grant_id: str


class Grants:
    """Reads moto's grants, under moto's lock."""

    def __init__(self, place: DeploymentTarget, lock: threading.RLock) -> None:
        self._place = place
        self._lock = lock

    def policies(self, account: str, key_id: str) -> list[dict[str, Any]]:
        """What the grants of a key allow, each as a key policy."""
        with self._lock:
            key = self._keys(account).get(key_id)
            grants = list(key.grants.values()) if key else []
        documents = [list(_statements(grant)) for grant in grants]
        return [{"Version": "2012-10-17", "Statement": one} for one in documents if one]

    def by_token(self, account: str, token: str) -> KeyGrant | None:
        """The grant of a token, None when there is none in the account."""
        with self._lock:
            for key in self._keys(account).values():
                for grant in key.grants.values():
                    if grant.token == token:
                        return KeyGrant(key.arn, grant.id)
        return None

    def exists(self, account: str, key_id: str, grant_id: str) -> bool:
        """Whether a key has a grant of this id."""
        with self._lock:
            key = self._keys(account).get(key_id)
            return key is not None and grant_id in key.grants

    def same(self, account: str, key_id: str, members: Mapping[str, Any]) -> tuple[str, str] | None:
        """Id and token of the key's grant of the same name with the same parameters."""
        with self._lock:
            key = self._keys(account).get(key_id)
            for grant in key.grants.values() if key and members.get("Name") else ():
                if (
                    grant.name == members["Name"]
                    and grant.grantee_principal == members.get("GranteePrincipal")
                    and (grant.retiring_principal or None) == members.get("RetiringPrincipal")
                    and set(grant.operations) == set(members.get("Operations") or ())
                    and (grant.constraints or {}) == (members.get("Constraints") or {})
                ):
                    return grant.id, grant.token
        return None

    def _keys(self, account: str) -> dict[str, Any]:
        return kms_backends[account][self._place.region].keys


def _statements(grant: Any) -> Iterator[_Statement]:
    operations = frozenset(grant.operations)
    used = operations & _CRYPTOGRAPHIC
    constrained = {name: pairs for name, pairs in (grant.constraints or {}).items() if pairs}
    grantee = grant.grantee_principal
    if used:
        yield _allow(grantee, used, _condition(constrained))
    # What a constrained grant may hand on is not known by a condition key: nothing, here.
    managed = operations - used - {"RetireGrant"} - ({"CreateGrant"} if constrained else set())
    if "CreateGrant" in managed:
        # "The operations must be a subset of those in the parent grant", API_CreateGrant.html
        within = {"ForAllValues:StringEquals": {"kms:GrantOperations": sorted(operations)}}
        yield _allow(grantee, {"CreateGrant"}, within)
    if others := managed - {"CreateGrant"}:
        yield _allow(grantee, others, {})
    retiring = {grant.retiring_principal}
    retiring |= {grantee} if "RetireGrant" in operations else set()
    for principal in sorted(retiring - {None, ""}):
        yield _allow(principal, {"RetireGrant"}, {"StringEquals": {RETIRED: grant.id}})


def _condition(constraints: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    pairs: dict[str, str] = {}
    for wanted in constraints.values():
        pairs |= {f"kms:EncryptionContext:{name}": value for name, value in wanted.items()}
    condition: dict[str, Any] = {"StringEquals": pairs} if pairs else {}
    if equal := constraints.get("EncryptionContextEquals"):
        names = {"kms:EncryptionContextKeys": list(equal)}
        condition["ForAllValues:StringEqualsIgnoreCase"] = names
    return condition


def _allow(principal: str, operations: Any, condition: dict[str, Any]) -> _Statement:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": [f"kms:{operation}" for operation in sorted(operations)],
        "Resource": "*",
    }
    return {**statement, "Condition": condition} if condition else statement
