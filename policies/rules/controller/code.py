"""Code beside the controller's own, and variables that redirect its calls.

https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html,
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html,
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_starters import BUCKET
from ...analysis.nothing_to_judge import NO_CONTROLLER
from ...framework.controls import nist
from ...framework.rule import TEXTS, About, Parameter, Settings, StackRule
from ...model.resource import Resource
from ...model.stack import account_in, variables

PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html"
# Variables that put other code in front of the function's, or send its calls elsewhere.
REDIRECTS = re.compile(
    r"AWS_ENDPOINT_URL(_\w+)?|(HTTPS?|ALL)_PROXY|AWS_CA_BUNDLE|AWS_LAMBDA_EXEC_WRAPPER|LD_PRELOAD|"
    r"AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE|AWS_DATA_PATH|LD_LIBRARY_PATH|PYTHONPATH|PYTHONSTARTUP|NODE_OPTIONS|JAVA_TOOL_OPTIONS",
    re.IGNORECASE,
)


def foreign_code(function: Resource, environment: Environment, settings: Settings) -> Iterator[str]:
    """Layers, images, packages, mounts and variables with which others decide what runs or what is
    called."""
    account = environment.deployment.account(function)
    for layer in function.texts("layers"):
        if account_in(layer) not in (account, *settings.texts("layerAccounts")):
            yield f"layers names {layer}, code of another account; remove it"
    image = re.match(r"(\d{12})\.dkr\.ecr\.", function.text("imageUri"))
    if image and image[1] != account:
        yield f"imageUri is of account {image[1]}; write an image of account {account}"
    ours = environment.stack.referred(function, "s3Bucket", BUCKET)
    bucket = "" if ours else function.text("s3Bucket")
    if bucket and bucket not in settings.texts("codeBuckets"):
        yield (
            f"s3Bucket is {bucket}, whose writers decide what runs; write code, or name it in "
            "codeBuckets"
        )
    for mount in function.each("fileSystemConfig"):
        yield f"fileSystemConfig mounts {mount.text('arn')}, which others write to; remove it"
    for name in sorted(filter(REDIRECTS.fullmatch, variables(function))):
        yield f"environment variable {name} changes what runs or what is called; remove it"


CONTROLLER_CODE = StackRule(
    About(
        "controller-code",
        "Only the controller's own code runs in it, and its calls go to AWS.",
        Severity.HIGH,
        "Remove code of others and file systems, and variables that redirect calls.",
        PAGE,
        controls=nist("SI-7", "SC-7"),
        parameters={
            "layerAccounts": Parameter(
                [],
                "Accounts of others whose layers may run, such as AWS's own for its tools.",
                TEXTS,
            ),
            "codeBuckets": Parameter(
                [],
                "Buckets outside the stack that packages of code may come from.",
                TEXTS,
            ),
        },
    ),
    lambda environment: environment.controllers.functions,
    NO_CONTROLLER,
    foreign_code,
)
