"""Checks that a principal is allowed what its work requires, and finds what refuses it.

A request is decided by all policies that the stack has: of the principal, its permissions boundary,
of the resource and of the key. What only AWS will know, such as a tag, an address or an
organization, is taken for what lets the request through: only what is refused for certain is
reported.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..iam import (
    AppliedAs,
    Decision,
    Effect,
    Outcome,
    Policies,
    Policy,
    PolicyType,
    Principal,
    Request,
    Statement,
    is_authorized,
)
from ..model import policy_documents
from ..model.resource import Resource, Waiting
from .environment import Environment
from .evaluation_access import DeploymentTarget
from .examples import example, patterns
from .identities import GROUP, POLICY, ROLE, USER
from .key_policy_principals import principal_of
from .managed_policies import EXACT, managed

_MEMBERSHIPS = (
    "aws:iam/groupMembership:GroupMembership",
    "aws:iam/userGroupMembership:UserGroupMembership",
)
# Condition keys that the requests asked about have if they name them, and else have not.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_GIVEN_OR_ABSENT = frozenset(
    (
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:username",
        "lambda:sourcefunctionarn",
        "s3:tlsversion",
    )
)
_NETWORK = frozenset(("aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"))
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Worker:
    """Who works: a principal with its policies, as far as the stack has them.

    `complete` is whether the stack has them all, `in_network` whether it may ask by an endpoint of
    a network, `context` what each of its requests has, `spared` the actions, in lower case, that it
    does without.
    """

    name: str
    principal: Principal
    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    complete: bool = True
    in_network: bool = False
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    spared: frozenset[str] = frozenset()

    def refused(
        self,
        action: str,
        resource: str,
        context: Mapping[str, str] = _NOTHING,
        policy: Policy | None = None,
        owner: str | None = None,
    ) -> Decision | None:
        """The decision if it is refused for certain. `policy` is the resource's own."""
        given = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3", **self.context, **context}
        request = Request(self.principal, action, resource, given, resource_account=owner)
        sides = Policies(
            tuple(self._certain(each, request) for each in self.identity),
            None if policy is None else self._certain(policy, request),
            None if self.boundary is None else self._certain(self.boundary, request),
        )
        decision = is_authorized(request, sides)
        open_ = decision.missing is AppliedAs.IDENTITY and not self.complete
        return None if decision.allowed or open_ else decision

    def _certain(self, policy: Policy, request: Request) -> Policy:
        """A policy without what rests on keys that only AWS knows: of a Deny the statement, of an
        Allow the condition."""
        kept: list[Statement] = []
        for statement in policy.statements:
            known = tuple(
                each for each in statement.conditions if self._is_known(each.folded_key, request)
            )
            if statement.effect is Effect.ALLOW or len(known) == len(statement.conditions):
                kept.append(replace(statement, conditions=known))
        return replace(policy, statements=tuple(kept))

    def _is_known(self, key: str, request: Request) -> bool:
        return (
            key in request.values
            or key in _GIVEN_OR_ABSENT
            or (key in _NETWORK and not self.in_network)
            or (key.startswith("kms:") and request.folded_action.startswith("kms:"))
        )


def service(name: str, source_arn: str, account: str) -> Worker:
    """A service of AWS that works for a resource of the account."""
    context = {"aws:SourceArn": source_arn, "aws:SourceAccount": account}
    return Worker(name, Principal.service(name), context=context)


def worker(holder: Resource, environment: Environment, target: DeploymentTarget) -> Worker:
    """A role, user or group of the stack. Waits for policies that are not known yet."""
    before = environment.stack.noted()
    held = environment.identities.held(holder)
    unread = environment.stack.noted()
    environment.stack.unread = before
    if unread:
        raise Waiting(*unread)
    boundary, known = _boundary(holder, environment)
    member = holder.type == USER and any(environment.stack.of(*_MEMBERSHIPS))
    return Worker(
        holder.name,
        _principal(holder, target),
        tuple(policy for _, policy in held),
        boundary,
        complete=known and not member and _has_all(holder, environment),
        context={"aws:RequestedRegion": target.region},
    )


def _principal(holder: Resource, target: DeploymentTarget) -> Principal:
    """A session of a role, a user, or a user of a group."""
    start, path = f"arn:{target.partition}:iam::{target.account}", holder.text("path") or "/"
    if holder.type == ROLE:
        return principal_of(f"{start}:role{path}{holder.text('name')}")
    name = "member" if holder.type == GROUP else holder.text("name")
    return Principal.of(f"{start}:user{path}{name}")


def _boundary(holder: Resource, environment: Environment) -> tuple[Policy | None, bool]:
    """The permissions boundary of a role or user, and whether its text is known."""
    if holder.type == GROUP:
        return None, True
    for policy in environment.stack.referred(holder, "permissionsBoundary", POLICY):
        return policy_documents.of(policy), True
    arn = holder.text("permissionsBoundary")
    if not arn:
        return None, True
    of_aws = managed(arn) if arn.rpartition("/")[2] in EXACT else None
    return of_aws, of_aws is not None


def _has_all(holder: Resource, environment: Environment) -> bool:
    """Whether the stack has the text of every policy that is attached."""
    arns = [
        each.text("policyArn")
        for each in environment.identities.attachments(holder)
        if not environment.stack.referred(each, "policyArn", POLICY)
    ]
    arns += [
        arn
        for each, path in environment.identities.lists(holder)
        for arn in each.texts(path)
        if not environment.stack.called(arn, POLICY)
    ]
    return all(arn.rpartition("/")[2] in EXACT for arn in arns)


def refusals(
    who: Worker,
    actions: Iterable[str],
    resources: Sequence[str],
    context: Mapping[str, str] = _NOTHING,
    policy: Policy | None = None,
    *,
    owner: str | None = None,
    what: str = "",
) -> Iterator[str]:
    """Who is refused what, kept out by what, and what to write: one message for all actions that
    the same keeps out. Of several resources one has to be allowed; `what` is them in words."""
    found: dict[tuple[str, str], list[str]] = {}
    for action in (each for each in actions if each.lower() not in who.spared):
        tried = [who.refused(action, each, context, policy, owner) for each in resources]
        refused = [each for each in tried if each is not None]
        if len(refused) == len(tried) and refused:
            first = refused[0]
            found.setdefault((kept_out(first), _write(who, first, policy)), []).append(action)
    for (why, write), listed in found.items():
        names = " and ".join(listed)
        on = what or resources[0]
        keys = _shown(context)
        asked = patterns(f"{who.name} is refused {names} on {on}{keys}")
        yield f"{asked}, {example(why)}; {patterns(write.format(names, on))}"


def denied(
    who: Worker,
    actions: Iterable[str],
    within: Sequence[str],
    context: Mapping[str, str] = _NOTHING,
    policy: Policy | None = None,
) -> Iterator[str]:
    """Who is denied what in a part of the resources that patterns mean: asked of every text that a
    Deny names there."""
    for action in actions:
        narrower = [
            text
            for each in (*who.identity, *([policy] if policy else []))
            for statement in each.on(action.lower())[0]
            for text in _within(statement, within)
        ]
        for text in dict.fromkeys(narrower):
            refused = who.refused(action, text, context, policy)
            if refused is not None and refused.outcome is Outcome.EXPLICITLY_DENIED:
                write = _write(who, refused, policy).format(action, text)
                asked = patterns(f"{who.name} is refused {action} on {text}")
                yield f"{asked}, {example(kept_out(refused))}; {patterns(write)}"


def _within(statement: Statement, within: Sequence[str]) -> Iterator[str]:
    resources = statement.resources
    for each in () if resources is None or resources.negated else resources.patterns:
        text = each.text.replace("*", "any")
        if any(text.startswith(one.removesuffix("*")) for one in within):
            yield text


def kept_out(decision: Decision) -> str:
    """Which statement keeps a request out, or which grant lacks."""
    if decision.outcome is Outcome.EXPLICITLY_DENIED:
        (ruling,) = decision.decided_by
        return f"denied by {ruling.statement} of {ruling.policy.name}"
    near = [
        f"kept out of {each.ruling.statement} of {each.ruling.policy.name} since {each.reason}"
        for each in decision.near_misses
        if each.ruling.applied_as is decision.missing
    ]
    if near:
        return " and ".join(near)
    names = [
        policy.name
        for applied_as, policy in decision.policies.applied
        if applied_as is decision.missing
    ]
    kind = decision.missing.value if decision.missing else "policy"
    return f"allowed by no statement of {_called(kind, names)}"


def _called(kind: str, names: Sequence[str]) -> str:
    article = "an" if kind.startswith("i") else "a"
    return f"{' and '.join(dict.fromkeys(names))} ({kind})" if names else f"{article} {kind}"


def _write(who: Worker, decision: Decision, policy: Policy | None) -> str:
    """What to write, for actions and a resource to be filled in."""
    if decision.outcome is Outcome.EXPLICITLY_DENIED:
        return f"remove the Deny, or except {who.name}"
    if decision.missing is AppliedAs.RESOURCE and policy is not None:
        return f"allow {{0}} to {who.principal.issuer_arn or who.principal.arn} there"
    if decision.missing is AppliedAs.BOUNDARY:
        return "allow {0} on {1} in the boundary"
    return "allow {0} on {1}"


def _shown(context: Mapping[str, str]) -> str:
    kept = [f"{key} = {value}" for key, value in context.items() if not key.startswith("s3:")]
    return f" with {' and '.join(kept)}" if kept else ""


def document(text: str, kind: PolicyType, name: str) -> Policy | None:
    """The policy that a text writes; None for an empty one and for one that AWS refuses."""
    found = policy_documents.parsed(text, kind, name) if text else None
    return found if isinstance(found, Policy) else None


def assumed(role: Resource, by: Worker, target: DeploymentTarget) -> Iterator[str]:
    """Whether a service is refused to assume a role."""
    name = f"role{role.text('path') or '/'}{role.text('name')}"
    arn = f"arn:{target.partition}:iam::{target.account}:{name}"
    trust = policy_documents.of(role)
    if trust is not None:
        context = {key: value for key, value in by.context.items() if key.startswith("aws:Source")}
        yield from refusals(by, ("sts:AssumeRole",), (arn,), context, trust, what=role.name)
