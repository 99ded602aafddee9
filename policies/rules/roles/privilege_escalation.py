"""Privilege escalation: who of the stack could give themselves access, or take the guards away.

The actions are those of access/escalation_actions.py, each with its page, about three kinds of
resources: what evaluations rest on; the role, user, group and policies of whoever acts; and every
resource of a type, since an administrator is among them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pulumi_policy import Severity

from ...analysis import target_boundary
from ...analysis.environment import Environment
from ...analysis.escalation_targets import Target, Targets
from ...analysis.group_memberships import groups_of, members
from ...analysis.identities import GROUP, POLICY, ROLE, USER
from ...analysis.key_policy_principals import principal_of
from ...analysis.managed_policies import managed
from ...analysis.wording import keys_of, through
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...iam import (
    ESCALATION_ACTIONS,
    Access,
    EscalationAction,
    How,
    Policies,
    Policy,
    Principal,
    Request,
    ResourceType,
    is_authorized,
    list_principals,
)
from ...model import policy_documents
from ...model.resource import Resource
from ...model.stack import known_text

PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"
# Who may assume a role of evaluations, the rules about its trust policy judge.
JUDGED_BY_TRUST = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")


@dataclass(frozen=True)
class _Holder:
    """Somebody who holds policies: a role, a user with its groups', or a user of a group."""

    arn: str
    policies: tuple[Policy, ...]
    boundary: Policy | None
    account: str
    of_groups: frozenset[int] = frozenset()
    """The ids of the policies among these that its groups hold, which are judged themselves."""

    @property
    def fixed(self) -> dict[str, str]:
        """What policy variables are for: the name of a user."""
        name = self.arn.rpartition("/")[2]
        return {"aws:username": name} if ":user/" in self.arn else {}

    def access(self, action: str, target: Target) -> Access | None:
        """Whether it may do something to a resource, in some request; a role has to be passed to a
        service that it trusts."""
        folded = action.lower()
        if not any(policy.on(folded)[1] for policy in self.policies) or self._is_bounded(
            folded, target.arn
        ):
            return None
        policies, given = self.policies, target_boundary.given(folded, target.boundary)
        if target_boundary.is_absent(folded, target.boundary):
            policies = tuple(self._without_boundary[id(each)] for each in policies)
        plain = Request(self._principal, action, target.arn, given, resource_account=self.account)
        decision = is_authorized(plain, Policies(policies, target.policy, self.boundary))
        if decision.allowed:
            return Access(self.arn, How.OWN_POLICIES, decision)
        if not self._depends_on_keys(folded, target.policy):
            return None
        passed_to = target.passed_to if action == "iam:PassRole" else ()
        for service in passed_to or ("",):
            fixed = {"iam:passedtoservice": service} if service else {}
            found = list_principals(
                action,
                target.arn,
                target.policy,
                {self.arn: policies},
                owner=self.account,
                fixed={**given, **fixed, **(self.fixed if self._has_variables else {})},
            )
            for access in found:
                if access.who == self.arn:
                    return access
        return None

    @cached_property
    def shared(self) -> frozenset[int]:
        """The ids of what its groups hold, as it is and as requests without boundary meet it."""
        return self.of_groups | {id(self._without_boundary[each]) for each in self.of_groups}

    @cached_property
    def _without_boundary(self) -> dict[int, Policy]:
        return {id(each): target_boundary.without_key(each) for each in self.policies}

    @property
    def _principal(self) -> Principal:
        return principal_of(self.arn)

    @property
    def _has_variables(self) -> bool:
        return any(
            pattern.variables
            for policy in self.policies
            for statement in policy.statements
            if statement.resources is not None
            for pattern in statement.resources.patterns
        )

    def _depends_on_keys(self, action: str, own: Policy | None) -> bool:
        """Whether condition keys, or variables in resources, decide about an action."""
        listed = [
            *self.policies,
            *([own] if own else []),
            *([self.boundary] if self.boundary else []),
        ]
        return self._has_variables or any(
            statement.conditions
            for policy in listed
            for statements in policy.on(action)
            for statement in statements
        )

    def _is_bounded(self, action: str, resource: str) -> bool:
        """Whether the permissions boundary lets no request for it through, whatever its keys."""
        if self.boundary is None:
            return False
        denying, allowing = self.boundary.on(action)
        about = [
            each
            for each in allowing
            if each.resources is not None
            and (
                any(pattern.variables for pattern in each.resources.patterns)
                or each.resources.matches(resource, {})
            )
        ]
        return not about or any(
            not each.conditions
            and each.resources is not None
            and each.resources.matches(resource, {})
            for each in denying
        )


def steps(role: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """All escalations that a role, user or group has, in one message: one that is too wide is one
    finding, however many actions it has."""
    found: dict[str, dict[str, None]] = {}
    for how, step in _steps(role, environment):
        found.setdefault(how, {})[step] = None
    if found:
        listed = "; and ".join(f"{how}: {', '.join(each)}" for how, each in found.items())
        yield f"it may, {listed}; remove them"


def _steps(role: Resource, environment: Environment) -> Iterator[tuple[str, str]]:
    """How it may take each action, and the action with its resources and what it leads to."""
    targets = Targets(environment, environment.deployment.target(role))
    holders = list(_holders(role, environment, targets))
    for row in ESCALATION_ACTIONS:
        if row.action in JUDGED_BY_TRUST:
            continue
        things: dict[str, dict[str, None]] = {}
        for holder in holders:
            for target, access in _reached(holder, row, role, targets):
                how = f"{keys_of(access.request)}, through {through(access)}"
                things.setdefault(how, {})[str(target)] = None
        for how, named in things.items():
            yield how, f"{row.action} on {' and '.join(named)} (leads to {row.leads_to})"
    if role in environment.controllers.evaluation_roles:
        yield from _by_key_policies(role, environment)


def _by_key_policies(role: Resource, environment: Environment) -> Iterator[tuple[str, str]]:
    """The same where a key's policy by itself makes a role of evaluations its administrator."""
    for key in (*environment.keys.evaluation_keys, *environment.operations_keys):
        policy = environment.keys.key_policy(key)
        for row in ESCALATION_ACTIONS if policy else ():
            if row.acts_on is not ResourceType.KEY or policy is None:
                continue
            denying, allowing = policy.on(row.action.lower())
            for statement in allowing:
                names = statement.principals.names if statement.principals else ()
                named = environment.identities.is_among(role, {name.value for name in names})
                if named and all(each.conditions for each in denying):
                    step = f"{row.action} on {key.name} (leads to {row.leads_to})"
                    yield f"through {statement} of {key.name}", step


def _reached(
    holder: _Holder,
    row: EscalationAction,
    role: Resource,
    targets: Targets,
) -> Iterator[tuple[Target, Access]]:
    """The resources on which somebody may take an action, so that it is an escalation."""
    action = row.action.lower()
    if not any(policy.on(action)[1] for policy in holder.policies):
        return
    listed = dict.fromkeys(targets.of_evaluations(row.acts_on))
    if row.own:
        listed |= dict.fromkeys(targets.of_holder(role, row.acts_on))
    elif row.acts_on is ResourceType.USER:  # credentials of its own are none of somebody else
        listed = {each: None for each in listed if each.arn != holder.arn}
    reached = [(each, found) for each in listed if (found := holder.access(row.action, each))]
    if not reached and row.anywhere:
        everywhere = [
            (each, holder.access(row.action, each)) for each in targets.anybody(row.acts_on)
        ]
        reached = [(each, found) for each, found in everywhere[:1] if found]
        if not all(found for _, found in everywhere):
            return
    for target, access in reached:
        if any(id(each.policy) not in holder.shared for each in access.decision.decided_by):
            yield target, access


def _holders(role: Resource, environment: Environment, targets: Targets) -> Iterator[_Holder]:
    """Who acts with the policies of a role, user or group: of a group each of its users, or one
    that the stack does not show."""
    account = environment.deployment.target(role).account
    own = tuple(policy for _, policy in environment.identities.held(role))
    if role.type == GROUP:
        arns = [targets.iam_arn(user) for user in members(environment, role)]
        for arn in arns or [targets.iam_arn(role).replace(":group/", ":user/")]:
            yield _Holder(arn, own, None, account)
        return
    joined = groups_of(environment, role) if role.type == USER else []
    shared = tuple(policy for group in joined for _, policy in environment.identities.held(group))
    yield _Holder(
        targets.iam_arn(role),
        (*own, *shared),
        _boundary(role, environment),
        account,
        frozenset(map(id, shared)),
    )


def _boundary(role: Resource, environment: Environment) -> Policy | None:
    """The permissions boundary of a role or user, if its text is known."""
    own = environment.stack.referred(role, "permissionsBoundary", POLICY)
    return policy_documents.of(own[0]) if own else managed(known_text(role, "permissionsBoundary"))


def holders(environment: Environment) -> list[Resource]:
    """Every role, user and group, if there is somebody to gain from."""
    anybody = environment.callers.all or environment.controllers.invokers
    return environment.stack.of(ROLE, USER, GROUP) if anybody else []


ROLE_ESCALATION = StackRule(
    About(
        "role-escalation",
        "No role, user or group of the stack can change what decides about evaluations.",
        Severity.CRITICAL,
        "Leave changes of keys, principals, policies, functions, schedules, buckets, queues, logs "
        "and trails to the deploying role.",
        PAGE,
        controls=nist("AC-6", "AC-6(1)"),
    ),
    holders,
    "nobody here starts batch evaluations or invokes their controller",
    steps,
)
