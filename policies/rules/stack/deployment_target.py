"""Key, bucket, function, queues and log groups are in one Region and account.

KMS keys are used in their own Region, and S3 looks a key up in the bucket's.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_access import DeploymentTarget
from ...analysis.evaluation_resources import together
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource
from ...model.stack import known_text

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"


def elsewhere(resource: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Where it is, if not where the evaluations are that the key is for."""
    target = environment.deployment.target(resource)
    yield from _provided(resource, target)
    region = resource.text("region")
    if region and region != target.region:
        yield (
            f"region is {region}, the evaluation key is for {target.region}; write {target.region}"
        )
    arn = known_text(resource, "arn").split(":")
    if len(arn) > 5 and arn[4] and arn[4] != target.account:
        yield f"it is in account {arn[4]}, the evaluation key is for {target.account}; move it"
    if len(arn) > 5 and arn[3] and arn[3] != target.region and not region:
        yield f"it is in {arn[3]}, the evaluation key is for {target.region}; move it"


def _provided(resource: Resource, target: DeploymentTarget) -> Iterator[str]:
    """Where its provider makes it, if that says so. Its objects travel as JSON texts."""
    provider = resource.provider
    if provider is None:
        return
    region = provider.text("region")
    if region and region != target.region and not known_text(resource, "region"):
        yield f"its provider is for {region}, the evaluation key for {target.region}; write that"
    for account in re.findall(r":iam::(\d{12}):role/", provider.text("assumeRoles")):
        if account != target.account:
            yield (
                f"its provider takes a role of account {account} on, the evaluation key is for "
                f"{target.account}; move it"
            )


ONE_PLACE = StackRule(
    About(
        "one-place",
        "Key, bucket, controller, queues and log groups are in the Region and account of the "
        "evaluations.",
        Severity.HIGH,
        "Remove other values of region, and use one provider for all.",
        PAGE,
        controls=nist("SC-28"),
    ),
    together,
    "no key here is one that batch evaluations use",
    elsewhere,
)
