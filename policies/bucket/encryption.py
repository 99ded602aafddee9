"""The output bucket's default encryption: exactly the evaluation key, nothing else.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ..environment import Environment
from ..frameworks import nist
from ..resource import Resource, Waiting
from ..rule import About, Settings, StackRule

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html"
WRITE = "write sseAlgorithm aws:kms and the evaluation key's ARN as kmsMasterKeyId"
DEFAULT = "applyServerSideEncryptionByDefault"


def default_key(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """What is wrong with the key that objects are encrypted under by default."""
    encryptions = environment.encryptions(bucket)
    if not encryptions:
        yield f"it has no BucketServerSideEncryptionConfiguration; make one and {WRITE}"
    for encryption in encryptions:
        rules = list(encryption.each("rules"))
        if not rules:
            yield f"{encryption.name} has no rule; {WRITE}"
        for rule in rules:
            algorithm = rule.text(f"{DEFAULT}.sseAlgorithm")
            if algorithm != "aws:kms":
                yield f"{encryption.name}: sseAlgorithm is {algorithm or 'absent'}; {WRITE}"
        yield from _wrong_key(encryption, environment)


def _wrong_key(encryption: Resource, environment: Environment) -> Iterator[str]:
    named = environment.encryption_keys(encryption)
    for key in named:
        if key not in environment.evaluation_keys:
            yield f"{encryption.name}: kmsMasterKeyId is {key.name}, no evaluation key; {WRITE}"
    for rule in encryption.each("rules"):
        try:
            value = rule.text(f"{DEFAULT}.kmsMasterKeyId")
        except Waiting:
            if not named:
                raise
            continue
        if not value:
            yield f"{encryption.name}: kmsMasterKeyId is absent, which means aws/s3; {WRITE}"
        elif not value.startswith("arn:") or ":key/" not in value:
            # S3 checks nothing, and looks an alias up in the account of whoever writes.
            yield f"{encryption.name}: kmsMasterKeyId is {value}, not a key's ARN; {WRITE}"
        elif environment.evaluation_keys and not named:
            yield f"{encryption.name}: kmsMasterKeyId is {value}, a key of elsewhere; {WRITE}"


OUTPUT_BUCKET_KEY = StackRule(
    About(
        "output-bucket-key",
        "The output bucket encrypts by default with exactly the evaluation key.",
        Severity.HIGH,
        "Give the bucket a BucketServerSideEncryptionConfiguration with aws:kms and the evaluation "
        "key's ARN.",
        PAGE,
        controls=nist("SC-28", "SC-28(1)"),
    ),
    lambda environment: environment.output_buckets,
    "no bucket here is one that batch evaluations are exported to",
    default_key,
)
