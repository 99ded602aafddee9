"""The Principal element: whom a resource policy names.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from .request import Kind, Principal

_ACCOUNT = r"[0-9]{12}"
_AWS_ARN = re.compile(
    rf"arn:aws[a-z0-9-]*:(iam::({_ACCOUNT}|cloudfront):(root|(user|role)/[^*?]+)"
    rf"|sts::{_ACCOUNT}:(assumed-role/[^*?/]+/[^*?/]+|federated-user/[^*?/]+))"
)
# What stands in a policy in place of a user or role that was deleted: it names nobody any more.
_UNIQUE_ID = re.compile(r"A(?:ID|RO)A[A-Z0-9]{16,}")
_ROOT = re.compile(rf"arn:aws[a-z0-9-]*:iam::({_ACCOUNT}):root")
_SERVICE = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Grant(IntEnum):
    """How a Principal element names who asks; within an account it decides what else must allow.

    ACCOUNT delegates to the account, so that an identity policy must allow too. ROLE is limited by
    permissions boundary and session policies. DIRECT (a user, a session, everybody, a service) is
    limited by nothing but explicit denies.
    Source:
    docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """

    NONE = 0
    ACCOUNT = 1
    ROLE = 2
    DIRECT = 3


class Sort(Enum):
    """The members of a Principal element."""

    ANYBODY = "*"
    AWS = "AWS"
    SERVICE = "Service"
    FEDERATED = "Federated"
    CANONICAL_USER = "CanonicalUser"


@dataclass(frozen=True, slots=True)
class Named:
    """One value of a Principal element; an account is written as its twelve digits."""

    sort: Sort
    value: str


@dataclass(frozen=True)
class Principals:
    """A Principal element, or with `negated` a NotPrincipal one."""

    names: frozenset[Named]
    negated: bool = False
    everybody: bool = field(init=False, repr=False, compare=False)
    _aws: frozenset[str] = field(init=False, repr=False, compare=False)
    _others: frozenset[tuple[str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the names for quick look-up."""
        aws = frozenset(name.value for name in self.names if name.sort is Sort.AWS)
        others = ((name.sort.value, name.value) for name in self.names)
        object.__setattr__(self, "everybody", any(name.value == "*" for name in self.names))
        object.__setattr__(self, "_aws", aws)
        object.__setattr__(self, "_others", frozenset(others))

    def grant(self, principal: Principal) -> Grant:
        """The strongest way in which the listed names include who asks.

        `*` names everybody, services and unsigned requests included, with or without `AWS`.
        """
        if self.everybody:
            return Grant.DIRECT
        match principal.kind:
            case Kind.SERVICE:
                named = any(("Service", name) in self._others for name in principal.service_names)
                return Grant.DIRECT if named else Grant.NONE
            case Kind.FEDERATED:
                named = ("Federated", principal.arn) in self._others
                return Grant.DIRECT if named else Grant.NONE
            case Kind.ANONYMOUS:
                return Grant.NONE
            case _:
                return self._grant_to_identity(principal)

    def allows(self, principal: Principal) -> Grant:
        """How an Allow statement with this element names who asks.

        NotPrincipal names everybody but those listed; who is listed by session, role or account is
        left out (AWS warns of this form and does not define the levels; inferred).
        Source:
        docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        """
        grant = self.grant(principal)
        if not self.negated:
            return grant
        return Grant.DIRECT if grant is Grant.NONE else Grant.NONE

    def denies(self, principal: Principal, *, bounded: bool) -> bool:
        """Whether a Deny statement with this element covers who asks.

        NotPrincipal spares only a principal that is listed at every level: a user with its account;
        a session with its role and account, and by its own ARN if any session of that role is
        listed. It spares nobody who has a permissions boundary (`bounded`).
        Sources:
        docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html,
        access_policies_boundaries.html
        """
        named = self.grant(principal) is not Grant.NONE
        if not self.negated:
            return named
        if principal.is_identity:
            return bounded or not (self.everybody or self._lists_every_level(principal))
        return not named

    def _grant_to_identity(self, principal: Principal) -> Grant:
        if principal.arn in self._aws:
            return Grant.DIRECT
        if principal.issuer_arn in self._aws:
            return Grant.ROLE
        if (
            principal.account in self._aws
            or ("CanonicalUser", principal.canonical_user) in self._others
        ):
            return Grant.ACCOUNT
        return Grant.NONE

    def _lists_every_level(self, principal: Principal) -> bool:
        needed = {principal.account}
        if principal.kind is not Kind.ROOT:
            needed.add(principal.issuer_arn or principal.arn)
        sessions_of_role = f"{principal.arn.rpartition('/')[0]}/"
        if principal.kind is Kind.SESSION and any(
            name.startswith(sessions_of_role) for name in self._aws
        ):
            needed.add(principal.arn)
        return needed <= self._aws


def parse_named(sort: Sort, text: str) -> Named | str:
    """The principal that `text` writes, or what was expected instead.

    The ARN of an account and its bare number mean the same. No wildcard stands in a name; a user
    group is no principal.
    """
    match sort:
        case Sort.AWS if root := _ROOT.fullmatch(text):
            return Named(sort, root[1])
        case Sort.AWS if text == "*" or re.fullmatch(_ACCOUNT, text) or _AWS_ARN.fullmatch(text):
            return Named(sort, text)
        case Sort.AWS if _UNIQUE_ID.fullmatch(text):
            return Named(sort, text)
        case Sort.AWS:
            return (
                "an account number, the ARN of an account, user, role, session or federated user "
                "without wildcards, or *"
            )
        case Sort.SERVICE:
            return Named(sort, text) if _SERVICE.fullmatch(text) else "the DNS name of a service"
        case _:
            valid = text and "*" not in text and "?" not in text
            return Named(sort, text) if valid else "a name without wildcards"
