"""One request to be decided: who asks for what.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from .case_folding import folded

ANONYMOUS = "anonymous"
"""What AWS writes in place of the account and the id of whoever sends an unsigned request."""
_SERVICE_LINKED = ":role/aws-service-role/"
Scalar = str | bool | int | float
Value = Scalar | Iterable[Scalar]


class Kind(Enum):
    """What sort of principal asks."""

    ROOT = "Account"
    USER = "User"
    SESSION = "AssumedRole"
    FEDERATED_USER = "FederatedUser"
    SERVICE = "service"
    FEDERATED = "identity provider"
    ANONYMOUS = "Anonymous"


@dataclass(frozen=True)
class Principal:
    """Who makes a request.

    `arn` is the user's or the session's; of a service its DNS name, of an identity provider its
    name or ARN. `account` is None for what belongs to no account. `issuer_arn` is the role of a
    session and the user who issued a federated-user session. `keys` are the condition keys that
    follow.
    """

    kind: Kind
    arn: str
    account: str | None = None
    issuer_arn: str | None = None
    service_names: tuple[str, ...] = ()
    canonical_user: str | None = None
    keys: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive the condition keys."""
        object.__setattr__(self, "keys", _condition_keys(self))

    @property
    def is_identity(self) -> bool:
        """Whether identity policies and service control policies apply to it."""
        return self.account is not None

    @property
    def is_service_linked_role(self) -> bool:
        """Whether it is a role that no service or resource control policy restricts."""
        return _SERVICE_LINKED in (self.issuer_arn or "")

    @classmethod
    def of(cls, arn: str, *, issuer_arn: str | None = None) -> "Principal":
        """The principal with this IAM or STS ARN; raises ValueError for any other.

        `issuer_arn` is needed where the ARN does not say it: for a session, the ARN of a role with
        a path; for a federated-user session, the ARN of the user who issued it.
        """
        partition, account, rest = _arn_fields(arn)
        if rest == "root":
            return cls(Kind.ROOT, arn, account)
        sort, _, name = rest.partition("/")
        if sort == "user" and name:
            return cls(Kind.USER, arn, account)
        if sort == "federated-user" and name:
            return cls(Kind.FEDERATED_USER, arn, account, issuer_arn)
        role, _, session = name.partition("/")
        if sort == "assumed-role" and role and session:
            plain = f"arn:{partition}:iam::{account}:role/{role}"
            return cls(Kind.SESSION, arn, account, issuer_arn or plain)
        session = f"arn:{partition}:sts::{account}:assumed-role/{rest.rpartition('/')[2]}/SESSION"
        hint = f"; a session of the role is {session}" if sort == "role" and name else ""
        raise ValueError(
            f"principal: expected the ARN of a user, session or root, found {arn!r}{hint}"
        )

    @classmethod
    def service(cls, name: str, *other_names: str) -> "Principal":
        """An AWS service calling for itself, such as `bedrock-agentcore.amazonaws.com`."""
        return cls(Kind.SERVICE, name, service_names=(name, *other_names))

    @classmethod
    def federated(cls, provider: str) -> "Principal":
        """Whoever an identity provider vouches for, when taking on a role."""
        return cls(Kind.FEDERATED, provider)

    @classmethod
    def anonymous(cls) -> "Principal":
        """Whoever sends an unsigned request."""
        return cls(Kind.ANONYMOUS, ANONYMOUS)


@dataclass(frozen=True)
class Request:
    """Who asks for what, with the condition keys that AWS would supply.

    `action` is `service:Name` in any case. `resource` is an ARN, or `*` for actions that take no
    resource. `context` maps keys (in any case) to one value or several; an empty list counts as
    absent. `resource_account` owns the resource; by default it is the one in the ARN or, for ARNs
    without account (S3), the principal's own.

    Keys that follow from the principal and the resource's owner are added, unless given:
    `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:username`, `aws:userid`
    (of users and sessions it does not follow), `aws:PrincipalIsAWSService`,
    `aws:PrincipalServiceName(sList)`, `aws:ResourceAccount` and, for KMS, `kms:CallerAccount`.
    Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """

    principal: Principal
    action: str
    resource: str = "*"
    context: Mapping[str, Value] = field(default_factory=dict[str, Value])
    resource_account: str | None = None
    folded_action: str = field(init=False, repr=False, compare=False)
    owner: str | None = field(init=False, repr=False, compare=False)
    values: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Fold names and settle the owner."""
        action = self.action.lower()
        owner = self.resource_account or account_of(self.resource) or self.principal.account
        given: dict[str, tuple[str, ...]] = {}
        for key, value in self.context.items():
            name = folded(key)
            given[name] = given.get(name, ()) + _texts(value)
        values = {**self.principal.keys}
        if owner is not None:
            values["aws:resourceaccount"] = (owner,)
        if self.principal.account is not None and action.startswith("kms:"):
            values["kms:calleraccount"] = (self.principal.account,)
        object.__setattr__(self, "folded_action", action)
        object.__setattr__(self, "owner", owner)
        object.__setattr__(self, "values", {**values, **given})

    @property
    def crosses_accounts(self) -> bool:
        """Whether principal and resource belong to different accounts."""
        return self.principal.account != self.owner


def account_of(arn: str) -> str | None:
    """The account in an ARN, if there is one."""
    segments = arn.split(":", 5)
    return segments[4] if len(segments) == 6 and segments[4] else None


def _texts(value: Value) -> tuple[str, ...]:
    if isinstance(value, str | bool | int | float):
        return (_text(value),)
    return tuple(_text(item) for item in value)


def _text(value: Scalar) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return str(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return f"{Decimal(value):f}"


def _arn_fields(arn: str) -> tuple[str, str, str]:
    found = arn.split(":", 5)
    valid = len(found) == 6 and found[0] == "arn" and found[2] in {"iam", "sts"} and not found[3]
    if not valid or not re.fullmatch(r"[0-9]{12}", found[4]):
        raise ValueError(f"principal: expected the ARN of a user, session or root, found {arn!r}")
    return found[1], found[4], found[5]


def _condition_keys(principal: Principal) -> dict[str, tuple[str, ...]]:
    """Keys that follow from the principal alone, names in lower case.

    `aws:PrincipalArn` of a session is its role's. `aws:userid` of a user or session starts with a
    unique id, which does not follow from an ARN; nor do tags.
    Sources: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
    reference_policies_variables.html (principal key values)
    """
    if principal.kind is Kind.ANONYMOUS:
        return {
            "aws:principalaccount": (ANONYMOUS,),
            "aws:principaltype": (principal.kind.value,),
            "aws:userid": (ANONYMOUS,),
        }
    if principal.kind is Kind.SERVICE:
        return {
            "aws:principalisawsservice": ("true",),
            "aws:principalservicename": principal.service_names[:1],
            "aws:principalservicenameslist": principal.service_names,
        }
    if principal.account is None:
        return {}
    of_role = principal.kind is Kind.SESSION and principal.issuer_arn
    keys = {
        "aws:principalarn": (of_role or principal.arn,),
        "aws:principalaccount": (principal.account,),
        "aws:principaltype": (principal.kind.value,),
        "aws:principalisawsservice": ("false",),
    }
    if principal.kind is Kind.USER:
        keys["aws:username"] = (principal.arn.rpartition("/")[2],)
    elif principal.kind is Kind.ROOT:
        keys["aws:userid"] = (principal.account,)
    elif principal.kind is Kind.FEDERATED_USER:
        keys["aws:userid"] = (f"{principal.account}:{principal.arn.rpartition('/')[2]}",)
    return keys
