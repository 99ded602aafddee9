"""The controller's environment: key and log group of every evaluation, and the bucket.

IAM cannot force `kmsKeyArn`, since StartBatchEvaluation has no condition key: only the code that
calls it can.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock-agentcore.html
"""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.controllers import LOG_GROUP
from ...analysis.environment import Environment
from ...analysis.evaluation_keys import KEY_ARN
from ...analysis.nothing_to_judge import NO_CONTROLLER
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model import policy_documents
from ...model.resource import Resource
from ...model.stack import is_elsewhere, variables

PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-encryption.html"
RESULTS = (
    "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/batch-evaluations-results.html"
)


def key(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether the function's environment contains the evaluation key, and no other key."""
    write = "write the evaluation key's ARN into a variable, and let the code force it"
    values = variables(function)
    arns = [value for value in values.values() if KEY_ARN.fullmatch(value)]
    named = [
        each
        for arn in arns
        for type_ in policy_documents.KEY_TYPES
        for each in environment.stack.called(arn, type_)
    ]
    fed = [each for each in function.linked("environment") if each in environment.keys.all]
    if any(not value for value in values.values()) and not arns:
        named = fed  # at preview: what will be there is what feeds the variables
    for other in named:
        if other not in environment.keys.evaluation_keys:
            yield f"its variables name {other.name}, no evaluation key; {write}"
    if environment.keys.evaluation_keys:
        for arn in arns:
            if not any(
                environment.stack.called(arn, type_) for type_ in policy_documents.KEY_TYPES
            ):
                yield f"its variables name {arn}, a key of elsewhere; {write}"
    if not named and not arns:
        yield f"its variables name no key; {write}"


def results(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether the function's environment contains a log group of the stack for results."""
    values = set(variables(function).values())
    groups = [each for each in environment.stack.of(LOG_GROUP) if each.text("name") in values]
    own = environment.controllers.groups_of(function)
    if not any(each not in own for each in groups):
        named = [
            f"{name} is {value}"
            for name, value in variables(function).items()
            if re.search("LOG_?GROUP", name, re.IGNORECASE)
        ]
        yield (
            f"its variables name no log group of the stack ({', '.join(named) or 'none'}), so that "
            "results go to a group that the whole account shares; write the name of an encrypted "
            "LogGroup of the stack"
        )


def output(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether each bucket in the function's environment is an output bucket."""
    names = {bucket.text("bucket") for bucket in environment.output_buckets}
    values = variables(function)
    if any(name in value for name in names for value in values.values()):
        return
    fed = any(each in environment.output_buckets for each in function.linked("environment"))
    if fed and not all(values.values()):
        return  # at preview: what will be there is what feeds the variables
    named = [f"{name} is {values[name]}" for name in values if re.search("BUCKET", name, re.I)]
    if named:
        yield f"{' and '.join(named)}, no output bucket of the stack; write {' or '.join(names)}"


def environment_key(function: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether another account's key decides whether the function starts."""
    account = environment.deployment.account(function)
    for path in ("kmsKeyArn", "sourceKmsKeyArn"):
        if environment.stack.referred(function, path, *policy_documents.KEY_TYPES):
            continue
        arn = function.text(path)
        if is_elsewhere(arn, account):
            yield f"{path} is {arn}; write a key of account {account}, or remove it"


CONTROLLER_KEY = StackRule(
    About(
        "controller-key",
        "The controller's environment contains the evaluation key's ARN.",
        Severity.CRITICAL,
        "Give the function the evaluation key's ARN in its environment.",
        PAGE,
        controls=nist("SC-28", "SC-28(1)"),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    key,
)
CONTROLLER_RESULTS = StackRule(
    About(
        "controller-result-logs",
        "The controller's environment contains a log group of the stack for session results.",
        Severity.HIGH,
        "Give the function the name of an encrypted log group of the stack.",
        RESULTS,
        controls=nist("SC-28", "AC-4"),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    results,
)
CONTROLLER_OUTPUT = StackRule(
    About(
        "controller-output-bucket",
        "If the controller's environment contains a bucket, it is the output bucket.",
        Severity.HIGH,
        "Give the function the name of the output bucket.",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
        controls=nist("SC-28", "AC-4"),
    ),
    lambda environment: environment.controllers.functions if environment.output_buckets else [],
    "no controller of batch evaluations here has an output bucket",
    output,
)
CONTROLLER_ENVIRONMENT_KEY = StackRule(
    About(
        "controller-environment-key",
        "No key of another account encrypts the controller's environment and code.",
        Severity.MEDIUM,
        "Remove kmsKeyArn, for AWS's own key, or name a key of the account.",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
        controls=nist("SC-12", "SC-28"),
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    environment_key,
)
