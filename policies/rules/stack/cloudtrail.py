"""Trails of the stack record each use of the keys: that is the evidence of who read what.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource

PAGE = (
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"
    "logging-management-events-with-cloudtrail.html"
)
TRAIL = "aws:cloudtrail/trail:Trail"
KMS = "kms.amazonaws.com"


def silent(trail: Resource, _: Environment, __: Settings) -> Iterator[str]:
    """Whether the trail leaves use of keys out."""
    if trail.flag("enableLogging") is False:
        yield "enableLogging is false, so that nothing is recorded; write true"
    for selector in trail.each("eventSelectors"):
        if KMS in selector.texts("excludeManagementEventSources"):
            yield f"excludeManagementEventSources names {KMS}; remove it"
    for selector in trail.each("advancedEventSelectors"):
        for field in selector.each("fieldSelectors"):
            if field.text("field") == "eventSource" and KMS in field.texts("notEquals"):
                yield f"advancedEventSelectors leave out {KMS}; remove notEquals"


KEY_USE_RECORDED = StackRule(
    About(
        "key-use-recorded",
        "Trails of a stack with an evaluation key record the use of keys.",
        Severity.MEDIUM,
        "Enable the trail, and leave AWS KMS among the sources of its management events.",
        PAGE,
        mandatory=False,
        controls=nist("AU-2", "AU-12"),
    ),
    lambda environment: environment.stack.of(TRAIL) if environment.keys.evaluation_keys else [],
    "no trail is made here beside an evaluation key",
    silent,
)
