"""An evaluation key that is not in the stack, such as an adopted one: nothing about it is judged,
since Pulumi hands a pack no resource that a program only reads.

Keys made in the console have AWS's default policy, with which IAM policies of the account decide.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_keys import KEY_ARN
from ...analysis.nothing_to_judge import NO_CONTROLLER
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model import policy_documents
from ...model.resource import Resource
from ...model.stack import variables


def unjudged(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Keys in the function's environment whose policy is not in the stack."""
    for arn in sorted(set(filter(KEY_ARN.fullmatch, variables(function).values()))):
        if not any(environment.stack.called(arn, type_) for type_ in policy_documents.KEY_TYPES):
            yield (
                f"its variables name {arn}, whose policy is not judged here: with AWS's default "
                "policy (kms:* for the account) whoever IAM policies allow kms:Decrypt reads "
                "evaluations; make the key in the stack, or judge what aws kms get-key-policy "
                "prints with python -m policies.iam"
            )


EVALUATION_KEY_JUDGED = StackRule(
    About(
        "evaluation-key-judged",
        "The policy of the evaluation key is in the stack, and judged.",
        Severity.MEDIUM,
        "Make the key in the stack, or remove kms:* for the account from its policy and judge it "
        "with python -m policies.iam.",
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
        mandatory=False,
        controls=nist("AC-6", "SC-12"),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    unjudged,
)
