"""Under which conditions the evaluation key is used: for evaluations of its account and Region.

Whoever is right is denied, and whoever still can is the counterexample.
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.evaluation_access import CONTEXT_KEY, SERVICE, target_of
from ...analysis.evaluation_key_policy import DOCUMENTED_USE, PAGE, KeyPolicy, service_conditions
from ...analysis.wording import may_together
from ...framework.controls import nist
from ...framework.key_rule import key_rule
from ...framework.rule import About, Settings

DEPUTY = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"


def caller_context(key: KeyPolicy, _: Settings) -> Iterator[str]:
    """How a named role or user uses the key without an evaluation's encryption context."""
    if key.is_minimum:
        return
    rightful = _deny({"StringLike": {CONTEXT_KEY: key.target.evaluations}})
    found = key.accesses(DOCUMENTED_USE, [rightful])
    for said in may_together(each for each in found if each[0].who in key.own):
        yield f"{said}; write StringLike {CONTEXT_KEY} {key.target.written}"


def service_source(key: KeyPolicy, _: Settings) -> Iterator[str]:
    """How the service uses the key for something else than evaluations of the account."""
    if key.is_minimum:
        return
    conditions = service_conditions(key.target)
    found = key.accesses(DOCUMENTED_USE, [_deny(conditions)])
    for said in may_together(each for each in found if each[0].who == SERVICE):
        yield (
            f"{said}; write StringEquals aws:SourceAccount {key.target.account} and ArnLike "
            f"aws:SourceArn {key.target.written}"
        )


def scope(key: KeyPolicy, _: Settings) -> Iterator[str]:
    """Whether the policy names evaluations of one account and Region at all."""
    if target_of(key.policy) is None:
        yield (
            "no condition names evaluations of one account and Region in full; write "
            f"{key.target.written} into the callers' {CONTEXT_KEY} and the service's aws:SourceArn"
        )


def _deny(conditions: object) -> object:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    return {**statement, "Condition": conditions}


EVALUATION_KEY_CALLER_CONTEXT = key_rule(
    About(
        "evaluation-key-caller-context",
        "Callers use the evaluation key only under the encryption context of an evaluation.",
        Severity.CRITICAL,
        "Put StringLike on the encryption context of the evaluation's ARN into the statement with "
        "kms:GenerateDataKey and kms:Decrypt.",
        PAGE,
        controls=nist("AC-3", "AC-6"),
    ),
    caller_context,
)
EVALUATION_KEY_SERVICE_SOURCE = key_rule(
    About(
        "evaluation-key-service-source",
        "AgentCore uses the evaluation key only for evaluations of the key's account and Region.",
        Severity.CRITICAL,
        "Put StringEquals aws:SourceAccount and ArnLike aws:SourceArn into its statement.",
        DEPUTY,
        controls=nist("AC-3", "AC-4"),
    ),
    service_source,
)
EVALUATION_KEY_SCOPE = key_rule(
    About(
        "evaluation-key-scope",
        "The evaluation key's policy names evaluations with account and Region written in full.",
        Severity.HIGH,
        "Let the wildcard stand after batch-evaluate/ only.",
        PAGE,
        controls=nist("AC-6"),
    ),
    scope,
)
