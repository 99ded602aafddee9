"""Policy documents as such: AWS accepts them, and each statement takes effect.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.identities import ROLE
from ...framework.controls import nist
from ...framework.rule import About, ResourceRule, Settings
from ...iam import (
    Effect,
    MalformedPolicyError,
    Policy,
    PolicyType,
    Statement,
    UnprovableError,
    impossible_resources,
    is_no_action,
    meant_action,
    shadowed,
    unknown_actions,
    unreachable_statements,
    what_is_expected,
)
from ...model import policy_documents
from ...model.resource import Resource

PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
INLINE = "inlinePolicies"
ELEMENTS = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html"
)


def refused(resource: Resource, _: Settings) -> Iterator[str]:
    """What AWS would refuse in the documents of a resource."""
    for path, found in _documents(resource):
        if isinstance(found, MalformedPolicyError):
            for fault in found.faults:
                yield f"{path}, {fault}"


def idle(resource: Resource, _: Settings) -> Iterator[str]:
    """Statements and actions without effect."""
    for path, found in _documents(resource):
        if isinstance(found, Policy):
            where = f"{path}, " if path.startswith(INLINE) else ""
            for message in _without_effect(found):
                yield f"{where}{message}"


def _documents(resource: Resource) -> Iterator[tuple[str, Policy | MalformedPolicyError]]:
    """Where each document of a resource stands, with it."""
    for path, kind in policy_documents.PLACES[resource.type]:
        text = resource.text(path)
        if text:
            yield path, policy_documents.parsed(text, kind, resource.name)
    for number, inline in enumerate(resource.each(INLINE) if resource.type == ROLE else ()):
        text = inline.text("policy")
        if text:
            path = f"{INLINE}[{number}]"
            yield path, policy_documents.parsed(text, PolicyType.IDENTITY, resource.name)


def _without_effect(policy: Policy) -> Iterator[str]:
    for action, statement in unknown_actions(policy).items():
        meant = meant_action(action)
        near = f"; did you mean {meant}?" if meant else ""
        yield f"{statement} names {action}, which is no action; correct the name{near}"
    if policy.kind is PolicyType.KEY:
        for action, statement in _not_of_keys(policy):
            yield f"{statement} names {action}, which no key policy allows or denies; remove it"
    impossible = impossible_resources(policy)
    for arn, statement in impossible.items():
        yield f"{statement} names {arn}, which fits no resource; write {what_is_expected(arn)}"
    effects = {statement.effect for statement in policy.statements}
    try:
        # Only conditions can contradict each other.
        if any(statement.conditions for statement in policy.statements):
            for statement in unreachable_statements(policy):
                if statement not in impossible.values():
                    yield f"{statement} fits no request; correct its elements or remove it"
        if effects == {Effect.ALLOW, Effect.DENY}:
            for statement in shadowed(policy):
                yield f"{statement} allows only what a Deny of the policy denies; remove it"
    except UnprovableError:
        return


def _not_of_keys(policy: Policy) -> Iterator[tuple[str, Statement]]:
    """Actions of a key policy that are not of KMS, such as the start of evaluations.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    """
    for statement in policy.statements:
        for pattern in statement.actions.patterns if statement.actions else ():
            service = pattern.text.partition(":")[0].lower()
            if service not in ("*", "kms") and not is_no_action(pattern):
                yield pattern.text, statement


POLICIES_WELL_FORMED = ResourceRule(
    About(
        "policies-well-formed",
        "AWS accepts the policy document.",
        Severity.MEDIUM,
        "Correct the document at the place that the message names.",
        PAGE,
        controls=nist("AC-3"),
    ),
    policy_documents.PLACES,
    refused,
)
POLICIES_EFFECTIVE = ResourceRule(
    About(
        "policies-effective",
        "Every statement of a policy document takes effect, and every action exists.",
        Severity.LOW,
        "Correct the name or the condition, or remove the statement.",
        ELEMENTS,
        mandatory=False,
        controls=nist("AC-6"),
    ),
    policy_documents.PLACES,
    idle,
)
