"""Protection of keys, and of what they encrypt, against deletion by mistake.

https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html: what a deleted key
encrypted is lost.
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...framework.controls import fsbp, nist
from ...framework.rule import EPHEMERAL_STACKS, About, Parameter, Settings, StackRule
from ...model.resource import Resource

PAGE = "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"
PULUMI = "https://www.pulumi.com/docs/iac/concepts/options/protect/"
LONGEST = 30


def protection(resource: Resource, _: Environment, settings: Settings) -> Iterator[str]:
    """Whether Pulumi would delete it."""
    if not resource.protect and not settings.is_ephemeral(resource):
        yield "it is not protected; write protect: true"


def window(key: Resource, _: Environment, settings: Settings) -> Iterator[str]:
    """Whether a deleted key can be brought back for long enough."""
    least = settings.number("minDays")
    days = key.number("deletionWindowInDays") or LONGEST
    if days < least and not settings.is_ephemeral(key):
        yield f"deletionWindowInDays is {days}; write at least {least}"


def keys(environment: Environment) -> list[Resource]:
    """The keys of evaluations and of operations."""
    return [*environment.keys.evaluation_keys, *environment.operations_keys]


PROTECTED = StackRule(
    About(
        "keys-and-bucket-protected",
        "Pulumi refuses to delete the keys and the output bucket.",
        Severity.HIGH,
        "Set protect: true; take it off in a change of its own before a deletion that is meant.",
        PULUMI,
        controls=(*fsbp("KMS.3"), *nist("CP-9", "SC-12")),
        parameters={"ephemeralStacks": EPHEMERAL_STACKS},
    ),
    lambda environment: [*keys(environment), *environment.output_buckets],
    "neither a key nor a bucket here belongs to batch evaluations",
    protection,
)
KEY_DELETION_WINDOW = StackRule(
    About(
        "key-deletion-window",
        "The deletion of an evaluation key can be cancelled for two weeks or more.",
        Severity.HIGH,
        "Leave deletionWindowInDays at 30.",
        PAGE,
        controls=(*fsbp("KMS.3"), *nist("SC-12")),
        parameters={
            "ephemeralStacks": EPHEMERAL_STACKS,
            "minDays": Parameter(
                14, "The shortest window in days.", {"type": "integer", "minimum": 7, "maximum": 30}
            ),
        },
    ),
    keys,
    "no key here belongs to batch evaluations",
    window,
)
