"""Rotation: how often a key gets new material.

https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...framework.controls import cis, nist
from ...framework.rule import About, Parameter, ResourceRule, Settings
from ...model.resource import Resource

PAGE = "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"
DEFAULT_PERIOD = 365


def rotation(key: Resource, settings: Settings) -> Iterator[str]:
    """What is wrong with the rotation of a symmetric key."""
    longest = settings.number("maxDays")
    period = key.number("rotationPeriodInDays") or DEFAULT_PERIOD
    if key.flag("enableKeyRotation") is not True:
        found = key.flag("enableKeyRotation")
        yield f"enableKeyRotation is {'absent' if found is None else 'false'}; write true"
    elif period > longest:
        yield f"rotationPeriodInDays is {period}; write at most {longest}"


def not_rotated(key: Resource) -> str:
    """Why KMS does not rotate a key by itself."""
    spec = key.text("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    if spec != "SYMMETRIC_DEFAULT":
        return f"KMS rotates symmetric keys only, and this is {spec}"
    if key.text("customKeyStoreId"):
        return "KMS does not rotate keys of a custom key store"
    return ""


KEY_ROTATION = ResourceRule(
    About(
        "key-rotation",
        "Symmetric KMS keys get new key material every year.",
        Severity.MEDIUM,
        "Set enableKeyRotation to true and leave rotationPeriodInDays at 365 or set it lower.",
        PAGE,
        mandatory=False,
        controls=(*cis("3.6"), *nist("SC-12", "SC-12(2)")),
        parameters={
            "maxDays": Parameter(
                365, "The longest period in days.", {"type": "integer", "minimum": 90}
            )
        },
    ),
    ["aws:kms/key:Key"],
    rotation,
    not_rotated,
)
