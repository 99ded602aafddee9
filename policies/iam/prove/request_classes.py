"""Cases, into which the search divides all requests, and the tests that a case leaves open.

A case settles what ties the parts of a request together: the kind of principal, its account, the
owner of the resource and the action. Within a case who asks, the resource and every condition key
vary freely.
"""

from dataclasses import dataclass, field

from ..language.request import ANONYMOUS, Kind
from .formulas import Formula, Variable
from .principal_classes import PrincipalClass
from .resource_classes import ResourceClass

PRINCIPAL, RESOURCE, ACTION = "principal", "resource", "action"
HOLDERS = (Kind.SESSION, Kind.USER)
"""The kinds of principal that identity policies belong to."""
IDENTITIES = (*HOLDERS, Kind.ROOT, Kind.FEDERATED_USER)
EVERYBODY = (*HOLDERS, Kind.SERVICE, *IDENTITIES[2:], Kind.FEDERATED, Kind.ANONYMOUS)
# Keys that follow from who asks and whose the resource is; see Request.
DERIVED = frozenset(
    {
        *("aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username"),
        *("aws:principalisawsservice", "aws:principalservicename"),
        *("aws:principalservicenameslist", "aws:resourceaccount", "kms:calleraccount"),
    }
)
USER_ID = "aws:userid"
"""A key that follows from who asks for some kinds only; of users and sessions it varies freely."""
_WITH_KNOWN_ID = {Kind.ROOT, Kind.FEDERATED_USER, Kind.ANONYMOUS}


@dataclass(frozen=True, slots=True)
class Case:
    """One case; `action` is None for any action of a service whose actions are not known."""

    principal_class: PrincipalClass
    resource_class: ResourceClass
    action: str | None

    @property
    def has_issuer(self) -> bool:
        """Whether there is a role or user who issued the session."""
        return self.principal_class.kind is Kind.SESSION or self.principal_class.issued

    @property
    def is_identity(self) -> bool:
        """Whether who asks belongs to an account."""
        return self.principal_class.account is not None

    @property
    def crosses_accounts(self) -> bool:
        """Whether principal and resource belong to different accounts."""
        return self.principal_class.account != self.resource_class.owner

    def derives(self, key: str) -> bool:
        """Whether a key (in lower case) follows from who asks and whose the resource is."""
        return key in DERIVED or (key == USER_ID and self.principal_class.kind in _WITH_KNOWN_ID)

    def value(self, key: str) -> str | None:
        """The value of a derived key that the case settles; None if the key is absent."""
        kind, account = self.principal_class.kind, self.principal_class.account
        anonymous = ANONYMOUS if kind is Kind.ANONYMOUS else None
        match key:
            case "aws:principalaccount" | "aws:userid":
                return account or anonymous
            case "aws:principaltype":
                return kind.value if self.is_identity or anonymous else None
            case "aws:principalisawsservice" if kind is Kind.SERVICE:
                return "true"
            case "aws:principalisawsservice":
                return "false" if self.is_identity else None
            case "aws:resourceaccount":
                return self.resource_class.owner
            case "kms:calleraccount":
                return account if (self.action or "").startswith("kms:") else None
            case _:
                return None


Grants = tuple[Formula, Formula, Formula]
"""Whether a Principal element names who asks directly, by role and by account (see Grant)."""


@dataclass
class Numbering:
    """Numbers of tests, each with its variable and what it tests.

    `covering` and `granting` remember the formulas of statements and Principal elements for the
    cases that these do not tell apart.
    """

    variable_of: dict[int, Variable] = field(default_factory=dict[int, Variable])
    about: dict[int, object] = field(default_factory=dict[int, object])
    covering: dict[object, dict[object, Formula]] = field(
        default_factory=dict[object, dict[object, Formula]]
    )
    granting: dict[object, Grants] = field(default_factory=dict[object, Grants])
    _numbers: dict[tuple[Variable, object], int] = field(
        default_factory=dict[tuple[Variable, object], int]
    )

    def number(self, variable: Variable, about: object) -> int:
        """The number of a test of a variable, the same for the same test."""
        number = self._numbers.setdefault((variable, about), len(self._numbers) + 1)
        self.variable_of[number], self.about[number] = variable, about
        return number
