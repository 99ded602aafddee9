"""Policy documents as such: AWS accepts them, and each statement takes effect.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from .. import documents
from ..access import (
    Effect,
    MalformedPolicyError,
    UnprovableError,
    impossible_resources,
    shadowed,
    unknown_actions,
    unreachable_statements,
    what_is_expected,
)
from ..frameworks import nist
from ..resource import Resource
from ..rule import About, ResourceRule, Settings

PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
ELEMENTS = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html"
)


def refused(resource: Resource, _: Settings) -> Iterator[str]:
    """What AWS would refuse in the documents of a resource."""
    for path, kind in documents.PLACES[resource.type]:
        text = resource.text(path)
        found = documents.parsed(text, kind, resource.name) if text else None
        if isinstance(found, MalformedPolicyError):
            for fault in found.faults:
                yield f"{path}, {fault}"


def idle(resource: Resource, _: Settings) -> Iterator[str]:
    """Statements and actions without effect."""
    policy = documents.of(resource)
    if policy is None:
        return
    for action, statement in unknown_actions(policy).items():
        yield f"{statement} names {action}, which is no action; correct the name"
    impossible = impossible_resources(policy)
    for arn, statement in impossible.items():
        yield f"{statement} names {arn}, which fits no resource; write {what_is_expected(arn)}"
    effects = {statement.effect for statement in policy.statements}
    try:
        # Only conditions can contradict each other.
        if any(statement.conditions for statement in policy.statements):
            for statement in unreachable_statements(policy):
                if statement not in impossible.values():
                    yield f"{statement} fits no request; correct its elements or take it out"
        if effects == {Effect.ALLOW, Effect.DENY}:
            for statement in shadowed(policy):
                yield f"{statement} allows only what a Deny of the policy denies; take it out"
    except UnprovableError:
        return


POLICIES_WELL_FORMED = ResourceRule(
    About(
        "policies-well-formed",
        "AWS accepts the policy document.",
        Severity.MEDIUM,
        "Correct the document at the place that the message names.",
        PAGE,
        controls=nist("AC-3"),
    ),
    documents.PLACES,
    refused,
)
POLICIES_EFFECTIVE = ResourceRule(
    About(
        "policies-effective",
        "Every statement of a policy document takes effect, and every action exists.",
        Severity.LOW,
        "Correct the name or the condition, or take the statement out.",
        ELEMENTS,
        mandatory=False,
        controls=nist("AC-6"),
    ),
    documents.PLACES,
    idle,
)
