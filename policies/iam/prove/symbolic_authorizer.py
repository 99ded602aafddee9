"""The symbolic authorizer: the steps of the concrete one, as a formula over a class of requests."""

from collections.abc import Iterable

from ..authorize.applicable_policies import AppliedAs, Policies
from ..authorize.service_rules import passes_resource_denials, root_may_never, stays_in_account
from ..language.patterns import parse_arn_pattern
from ..language.policy import Policy
from ..language.policy_types import PolicyType
from ..language.request import Kind
from .formulas import FALSE, TRUE, Formula, both, constant, either, opposite
from .request_classes import Case, Grants
from .symbolic_statements import Coverage

_KEYS = parse_arn_pattern("*:*:kms:*:*:key/*")
_ROLES = parse_arn_pattern("*:*:iam:*:*:role/*")


def is_authorized(policies: Policies, case: Case, coverage: Coverage) -> Formula:
    """Whether the policies allow a request of the case."""
    if root_may_never(case.principal_class.kind, case.action or ""):
        return FALSE
    if case.is_identity and case.crosses_accounts and stays_in_account(case.action or ""):
        return FALSE
    linked = coverage.naming.linked()
    granted = _granted(policies, case, coverage)
    if case.is_identity:
        levels = [_some(level, coverage) for level in policies.service_control]
        granted = both(granted, either(linked, both(*levels)))
    if granted == FALSE:
        return FALSE
    return both(granted, opposite(_denied(policies, case, coverage, linked)))


def _denied(policies: Policies, case: Case, coverage: Coverage, linked: Formula) -> Formula:
    bounded = policies.boundary is not None
    found: list[Formula] = []
    for applied_as, policy in policies.applied:
        match applied_as:
            case AppliedAs.RESOURCE:
                spared = passes_resource_denials(
                    case.principal_class.kind,
                    case.action or "",
                    crosses_accounts=case.crosses_accounts,
                )
                applies = FALSE if spared else TRUE
            case AppliedAs.RESOURCE_CONTROL:
                applies = opposite(linked)
            case AppliedAs.SERVICE_CONTROL:
                applies = both(constant(case.is_identity), opposite(linked))
            case _:
                applies = constant(case.is_identity)
        found += [
            both(applies, coverage.takes_effect(policy, statement, bounded=bounded))
            for statement in coverage.about(policy)[0]
            if applies != FALSE
        ]
    return either(*found)


def _granted(policies: Policies, case: Case, coverage: Coverage) -> Formula:
    """Whether every capacity that must allow does, service control policies apart."""
    direct, role, account = _by_resource(policies.resource, coverage)
    anyhow = either(direct, role, account)
    if not case.is_identity:
        return anyhow
    kind = case.principal_class.kind
    own = TRUE if kind is Kind.ROOT else _some(policies.identity, coverage)
    needs_session = bool(policies.session) or kind is Kind.FEDERATED_USER
    limits = both(
        TRUE if policies.boundary is None else _some((policies.boundary,), coverage),
        _some(policies.session, coverage) if needs_session else TRUE,
    )
    if case.crosses_accounts:
        return both(anyhow, own, limits)
    suffices_alone = opposite(_needs_resource_policy(policies, case, coverage))
    delegated = both(either(suffices_alone, anyhow), own, limits)
    return either(direct, both(role, limits), delegated)


def _needs_resource_policy(policies: Policies, case: Case, coverage: Coverage) -> Formula:
    resource = policies.resource
    if resource is not None and resource.kind in {PolicyType.KEY, PolicyType.TRUST}:
        return TRUE
    takes_role = (case.action or "").startswith("sts:")
    return coverage.resource((_KEYS, _ROLES) if takes_role else (_KEYS,))


def _by_resource(policy: Policy | None, coverage: Coverage) -> Grants:
    """Whether a statement of the resource policy grants: directly, to the role, to the account."""
    levels: tuple[list[Formula], ...] = ([], [], [])
    if policy is None:
        return FALSE, FALSE, FALSE
    for statement in coverage.about(policy)[1]:
        if statement.principals is None:
            continue
        grants = coverage.naming.grants(statement.principals)
        for level, grant in zip(levels, grants, strict=True):
            if grant != FALSE:
                level.append(both(grant, coverage.covers(policy, statement)))
    direct, role, account = (either(*level) for level in levels)
    return direct, role, account


def _some(policies: Iterable[Policy], coverage: Coverage) -> Formula:
    """Whether a statement of the policies allows."""
    return either(
        *(
            coverage.covers(policy, statement)
            for policy in policies
            for statement in coverage.about(policy)[1]
        )
    )
