"""The output bucket's default encryption: exactly the evaluation key, nothing else.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.environment import Environment
from ...analysis.evaluation_keys import ENCRYPTION
from ...analysis.nothing_to_judge import NO_OUTPUT_BUCKET
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...model.resource import Resource, Waiting

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html"
WRITE = "write sseAlgorithm aws:kms and the evaluation key's ARN as kmsMasterKeyId"
CONFIGURATION = ENCRYPTION.rpartition(":")[2]
DEFAULT = "applyServerSideEncryptionByDefault"


def default_key(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """What is wrong with the key that objects are encrypted under by default."""
    encryptions = environment.stack.needed(bucket, ENCRYPTION, "bucket")
    if not encryptions:
        yield f"it has no {CONFIGURATION}; make one and {WRITE}"
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
    named = environment.keys.encryption_keys(encryption)
    for key in named:
        if key not in environment.keys.evaluation_keys:
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
        elif environment.keys.evaluation_keys and not named:
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
    NO_OUTPUT_BUCKET,
    default_key,
)


def bucket_key(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether a bucket key would take the place of the evaluation key."""
    encryptions = environment.stack.needed(bucket, ENCRYPTION, "bucket")
    if not encryptions:
        yield f"it has no {CONFIGURATION}, so that S3 asks KMS for nothing; make one and {WRITE}"
    for encryption in encryptions:
        for rule in encryption.each("rules"):
            if rule.flag("bucketKeyEnabled"):
                yield f"{encryption.name}: bucketKeyEnabled is true; write false"


def customer_keys(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Whether writers may bring keys of their own."""
    encryptions = environment.stack.needed(bucket, ENCRYPTION, "bucket")
    if not encryptions:
        yield f"it has no {CONFIGURATION} that blocks them; make one with SSE-C blocked"
    for encryption in encryptions:
        for rule in encryption.each("rules"):
            blocked = rule.texts("blockedEncryptionTypes")
            if "SSE-C" not in blocked:
                found = ", ".join(blocked) or "absent"
                yield f"{encryption.name}: blockedEncryptionTypes is {found}; write SSE-C"


OUTPUT_BUCKET_NO_BUCKET_KEY = StackRule(
    About(
        "output-bucket-no-bucket-key",
        "The output bucket asks KMS for each object, without a bucket key.",
        Severity.HIGH,
        "Set bucketKeyEnabled to false: a bucket key's encryption context is the bucket's, and S3 "
        "goes on using it after the KMS key is disabled.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
        controls=nist("SC-12", "AC-3"),
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    bucket_key,
)
OUTPUT_BUCKET_NO_CUSTOMER_KEYS = StackRule(
    About(
        "output-bucket-no-customer-keys",
        "The output bucket refuses objects under customer-provided keys (SSE-C).",
        Severity.MEDIUM,
        "Set blockedEncryptionTypes to SSE-C.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
        "blocking-unblocking-s3-c-encryption-gpb.html",
        controls=nist("SC-28(1)"),
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    customer_keys,
)
