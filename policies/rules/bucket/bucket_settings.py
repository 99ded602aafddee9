"""The output bucket's settings, each in a resource beside it: what each property has to be.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.nothing_to_judge import NO_OUTPUT_BUCKET
from ...analysis.wording import shown
from ...framework.controls import Control, cis, fsbp, nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource

GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"


@dataclass(frozen=True)
class Setting:
    """A resource beside the bucket, and what its properties have to be."""

    type: str
    expected: tuple[tuple[str, object], ...]

    def check(self, bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
        """What is not as expected."""
        found = environment.stack.needed(bucket, self.type, "bucket")
        kind = self.type.rpartition(":")[2]
        write = " and ".join(f"{name} {shown(value)}" for name, value in self.expected)
        if not found:
            yield f"it has no {kind}; make one with {write}"
        for resource in found:
            for name, expected in self.expected:
                value = resource.value(name)
                if value != expected:
                    is_ = "absent" if value is None else shown(value)
                    yield f"{resource.name}: {name} is {is_}; write {shown(expected)}"


def _rule(
    name: str,
    description: str,
    setting: Setting,
    remediation: str,
    page: str,
    controls: tuple[Control, ...],
) -> StackRule:
    return StackRule(
        About(name, description, Severity.HIGH, remediation, f"{GUIDE}{page}", controls=controls),
        lambda environment: environment.output_buckets,
        NO_OUTPUT_BUCKET,
        setting.check,
    )


OUTPUT_BUCKET_PUBLIC_ACCESS = _rule(
    "output-bucket-public-access",
    "The output bucket blocks public access in all four ways.",
    Setting(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        (
            ("blockPublicAcls", True),
            ("blockPublicPolicy", True),
            ("ignorePublicAcls", True),
            ("restrictPublicBuckets", True),
        ),
    ),
    "Give the bucket a BucketPublicAccessBlock with all four settings true.",
    "access-control-block-public-access.html",
    (*fsbp("S3.8"), *cis("2.1.4"), *nist("AC-3", "SC-7")),
)
OUTPUT_BUCKET_OWNERSHIP = _rule(
    "output-bucket-ownership",
    "The output bucket's owner owns every object, and access control lists are off.",
    Setting(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        (("rule.objectOwnership", "BucketOwnerEnforced"),),
    ),
    "Give the bucket BucketOwnershipControls with BucketOwnerEnforced.",
    "about-object-ownership.html",
    (*fsbp("S3.12"), *nist("AC-3", "AC-6")),
)
OUTPUT_BUCKET_VERSIONING = _rule(
    "output-bucket-versioning",
    "The output bucket keeps earlier versions of objects.",
    Setting(
        "aws:s3/bucketVersioning:BucketVersioning",
        (("versioningConfiguration.status", "Enabled"),),
    ),
    "Give the bucket a BucketVersioning with status Enabled.",
    "Versioning.html",
    nist("CP-9", "SI-12"),
)
