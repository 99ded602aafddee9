"""Roles, users and groups of a stack whose policies let them do something to a resource."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from ..iam import Effect, Policy, Statement, UnprovableError, list_principals
from ..model.resource import Resource
from .environment import Environment
from .identities import GROUP, ROLE, USER


def reaching(
    environment: Environment, actions: Sequence[str], patterns: Sequence[str], what: str
) -> Iterator[tuple[Resource, str]]:
    """The roles, users and groups, other than callers, that may do something to what the patterns
    mean, and which statement lets them do what."""
    for holder in environment.stack.of(ROLE, USER, GROUP):
        if holder in environment.callers.all:
            continue
        policies = [policy for _, policy in environment.identities.held(holder)]
        denying = any(
            each.effect is Effect.DENY for policy in policies for each in policy.statements
        )
        account = environment.deployment.account(holder) if denying else ""
        for policy in policies:
            for statement in policy.statements:
                about = [each for each in actions if statement in policy.on(each.lower())[1]]
                examples = list(_examples(statement, patterns)) if about else []
                allowed = [
                    action
                    for action in about
                    if any(
                        not denying or _is_left(policies, account, action, each)
                        for each in examples
                    )
                ]
                if allowed:
                    may = f"{holder.name} may {' and '.join(allowed)} on {what}"
                    yield holder, f"{may}, through {statement} of {policy.name}"


def _examples(statement: Statement, patterns: Sequence[str]) -> Iterator[str]:
    """Something that a pattern means and that a statement is about, for each pattern and each
    narrower text of the statement."""
    resources = statement.resources
    if resources is None:
        return
    for pattern in patterns:
        example = pattern.replace("*", "any")
        if resources.matches(example, {}):
            yield example
        for each in () if resources.negated else resources.patterns:
            narrower = each.text.replace("*", "any")
            if fnmatchcase(narrower, pattern):
                yield narrower


def _is_left(policies: Sequence[Policy], account: str, action: str, resource: str) -> bool:
    """Whether no Deny of the same holder takes away what a statement of it allows: asked of the
    proof only where conditions decide."""
    denials = [
        each
        for policy in policies
        for each in policy.on(action.lower())[0]
        if each.resources is not None and each.resources.matches(resource, {})
    ]
    if not denials or not all(each.conditions for each in denials):
        return not denials
    holder = f"arn:aws:iam::{account}:user/holder"
    try:
        found = list_principals(action, resource, None, {holder: policies}, owner=account)
    except UnprovableError:
        return True
    return any(access.who == holder for access in found)
