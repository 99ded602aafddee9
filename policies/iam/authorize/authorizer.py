"""The decision: may this principal do this, by all policies together?

An explicit deny anywhere wins. Otherwise what must allow depends on who asks and on whose the
resource is:

- the principal's account, by its service control policies, at every level of the organization;
- within one account the resource policy or an identity policy. Keys and roles are exceptions: their
  own policy must grant, and the account principal in it hands the decision to identity policies;
- across accounts the resource policy and an identity policy;
- permissions boundary and session policies, unless the resource policy of the same account names
  the user or the session itself;
- and before all that, rules of the services themselves (service_rules.py).

Sources:
docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html,
reference_policies_evaluation-logic-cross-account.html, id_roles_compare-resource-policies.html;
docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from ..language.policy import Policy
from ..language.policy_types import PolicyType
from ..language.principals import Grant
from ..language.request import Kind, Request
from .applicable_policies import AppliedAs, Policies, Ruling, applicable, covers
from .service_rules import passes_resource_denials, root_may_never, stays_in_account
from .statement_results import Finding, findings


class Outcome(Enum):
    """What a decision says."""

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    EXPLICITLY_DENIED = "ExplicitlyDenied"


@dataclass(frozen=True)
class Decision:
    """What was decided and by which statements.

    `decided_by` holds the denying statement, or one allowing statement for each capacity that had
    to allow. `missing`, of an implicit denial, is the capacity in which nothing allows; of several
    the first in the order of evaluation; None where no policy could allow, which is `crosses` if
    the service takes the action from the resource's own account alone.
    """

    outcome: Outcome
    request: Request
    policies: Policies
    decided_by: tuple[Ruling, ...] = ()
    missing: AppliedAs | None = None
    crosses: bool = False

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What became of every statement, whether or not the decision needed it."""
        return tuple(findings(self.request, self.policies))

    @property
    def near_misses(self) -> tuple[Finding, ...]:
        """Allow statements about this principal, action and resource that a condition keeps out."""
        return tuple(finding for finding in self.findings if finding.is_near_miss)

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.outcome is Outcome.ALLOWED

    @property
    def message(self) -> str:
        """The sentence with which AWS denies; for an allowed request, the statements that allow.

        Source: docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
        """
        request = self.request
        if self.allowed:
            by = "; ".join(map(str, self.decided_by)) or "being the account root user"
            return f"allowed by {by}"
        if self.outcome is Outcome.EXPLICITLY_DENIED:
            reason = f"with an explicit deny in {self.decided_by[0].applied_as.phrase}"
        elif self.crosses:
            # Of AWS's own words the error codes alone are documented.
            reason = (
                f"because permissions for {request.action} have no effect across accounts: the "
                f"resource is of account {request.owner}"
            )
        elif self.missing is None:
            return "Roles may not be assumed by root accounts."
        else:
            reason = f"because no {self.missing.value} allows the {request.action} action"
        sort = "AWS service" if request.principal.kind is Kind.SERVICE else "User"
        return (
            f"{sort}: {request.principal.arn} is not authorized to perform: {request.action} "
            f"on resource: {request.resource} {reason}"
        )


def is_authorized(request: Request, policies: Policies) -> Decision:
    """Decide one request. Never raises: what AWS refuses is refused when a policy is parsed."""
    applying = tuple(applicable(request, policies))
    denial = _explicit_deny(request, policies, applying)
    if denial is not None:
        return Decision(Outcome.EXPLICITLY_DENIED, request, policies, (denial,))
    if root_may_never(request.principal.kind, request.folded_action):
        return Decision(Outcome.IMPLICITLY_DENIED, request, policies)
    crosses = request.principal.is_identity and request.crosses_accounts
    if crosses and stays_in_account(request.folded_action):
        return Decision(Outcome.IMPLICITLY_DENIED, request, policies, crosses=True)
    rulings: list[Ruling] = []
    missing = _missing(request, policies, rulings)
    if missing is not None:
        return Decision(Outcome.IMPLICITLY_DENIED, request, policies, missing=missing)
    return Decision(Outcome.ALLOWED, request, policies, tuple(rulings))


def needs_resource_policy(request: Request, policies: Policies) -> bool:
    """Whether the resource's own policy must grant: a KMS key, or a role to assume.

    Sources: docs.aws.amazon.com/kms/latest/developerguide/key-policies.html,
    docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """
    if policies.resource is not None and policies.resource.kind in {
        PolicyType.KEY,
        PolicyType.TRUST,
    }:
        return True
    segments = request.resource.split(":", 5)
    if len(segments) < 6:
        return False
    is_key = segments[2] == "kms" and segments[5].startswith("key/")
    is_role = segments[2] == "iam" and segments[5].startswith("role/")
    return is_key or (is_role and request.folded_action.startswith("sts:"))


def _explicit_deny(
    request: Request, policies: Policies, applying: Iterable[tuple[AppliedAs, Policy]]
) -> Ruling | None:
    spared = passes_resource_denials(
        request.principal.kind, request.folded_action, crosses_accounts=request.crosses_accounts
    )
    for applied_as, policy in applying:
        if spared and applied_as is AppliedAs.RESOURCE:
            continue
        for statement in policy.on(request.folded_action)[0]:
            principals = statement.principals
            if (
                principals is None
                or principals.denies(request.principal, bounded=policies.boundary is not None)
            ) and covers(policy, statement, request):
                return Ruling(applied_as, policy, statement)
    return None


def _missing(request: Request, policies: Policies, rulings: list[Ruling]) -> AppliedAs | None:
    """The first capacity in which nothing allows; fills `rulings` with what does allow."""
    principal = request.principal
    if principal.is_identity and not principal.is_service_linked_role:
        for level in policies.service_control:
            if not _allowed(AppliedAs.SERVICE_CONTROL, level, request, rulings):
                return AppliedAs.SERVICE_CONTROL
    ruling, grant = _resource_grant(request, policies.resource)
    if ruling is not None:
        rulings.append(ruling)
    if (
        not principal.is_identity
        or request.crosses_accounts
        or needs_resource_policy(request, policies)
    ):
        if ruling is None:
            return AppliedAs.RESOURCE
        if not principal.is_identity:
            return None
    if not request.crosses_accounts and grant is Grant.DIRECT:
        return None
    suffices = not request.crosses_accounts and grant is Grant.ROLE
    if (
        not suffices
        and principal.kind is not Kind.ROOT
        and not _allowed(AppliedAs.IDENTITY, policies.identity, request, rulings)
    ):
        return AppliedAs.IDENTITY
    return _missing_limit(request, policies, rulings)


def _missing_limit(request: Request, policies: Policies, rulings: list[Ruling]) -> AppliedAs | None:
    """Permissions boundary and session policies, if there are any.

    A federated user without session policies may do nothing by identity policies.
    """
    boundary = policies.boundary
    if boundary is not None and not _allowed(AppliedAs.BOUNDARY, (boundary,), request, rulings):
        return AppliedAs.BOUNDARY
    needs_session = bool(policies.session) or request.principal.kind is Kind.FEDERATED_USER
    if needs_session and not _allowed(AppliedAs.SESSION, policies.session, request, rulings):
        return AppliedAs.SESSION
    return None


def _allowed(
    applied_as: AppliedAs, policies: Iterable[Policy], request: Request, rulings: list[Ruling]
) -> bool:
    for policy in policies:
        for statement in policy.on(request.folded_action)[1]:
            if covers(policy, statement, request):
                rulings.append(Ruling(applied_as, policy, statement))
                return True
    return False


def _resource_grant(request: Request, policy: Policy | None) -> tuple[Ruling | None, Grant]:
    """The statement of the resource policy that grants most, and how it names who asks."""
    best, strongest = None, Grant.NONE
    if policy is None:
        return None, Grant.NONE
    for statement in policy.on(request.folded_action)[1]:
        if statement.principals is None:
            continue
        grant = statement.principals.allows(request.principal)
        if grant > strongest and covers(policy, statement, request):
            best, strongest = statement, grant
            if grant is Grant.DIRECT:
                break
    return (None if best is None else Ruling(AppliedAs.RESOURCE, policy, best)), strongest
