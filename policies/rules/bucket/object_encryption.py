"""Every way to store an object under another key than the evaluation key: proofs about the bucket's
policy, over all objects.

A put, a copy, a form and each request of a multipart upload need s3:PutObject. A restored archived
object stays under its key. A replica, and a new key for a stored object, have permissions of their
own.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/update-sse-encryption.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ...analysis.bucket_requests import ALGORITHM_HEADER, KEY_HEADER, Conditions, may, not_denied
from ...analysis.environment import Environment
from ...analysis.nothing_to_judge import NO_OUTPUT_BUCKET
from ...framework.controls import nist
from ...framework.rule import About, Settings, StackRule
from ...iam import Effect, Statement
from ...iam.language.operators import Family
from ...model.resource import Resource
from ...model.stack import known_text

PUT = "s3:PutObject"
# What stores under some key without being a put.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html,
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
OTHERS = ("s3:ReplicateObject", "s3:UpdateObjectEncryption")
# S3 takes a key by its id and by an alias too, and looks both up in the account of who asks.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
SPELLINGS = {
    "its bare id": "12345678-12ab-34cd-56ef-1234567890ab",
    "an alias": "alias/<a key's alias>",
}


def under_another_key(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """An object under another key, or by another algorithm, that the policy does not deny."""
    bound: Conditions = {"StringEqualsIfExists": {ALGORITHM_HEADER: "aws:kms"}}
    counterexample = not_denied(bucket, environment, (PUT,), bound)
    if counterexample is not None:
        yield f"{may(counterexample)}; deny {PUT} where {ALGORITHM_HEADER} is given and not aws:kms"
    arns = _key_arns(bucket, environment)
    if arns:
        write = f"deny {PUT} where StringNotEqualsIfExists {KEY_HEADER} {' and '.join(arns)}"
        bound = {"StringEqualsIfExists": {KEY_HEADER: arns}}
        counterexample = not_denied(bucket, environment, (PUT,), bound)
        if counterexample is not None:
            yield f"{may(counterexample)}; {write}"
        else:
            yield from _by_another_spelling(bucket, environment, bound, write)
    counterexample = not_denied(
        bucket, environment, OTHERS, {"StringEquals": {KEY_HEADER: arns or [""]}}
    )
    if counterexample is not None:
        yield f"{may(counterexample)}; deny {' and '.join(OTHERS)} on the bucket's objects"


def _by_another_spelling(
    bucket: Resource, environment: Environment, bound: Conditions, write: str
) -> Iterator[str]:
    """A put that names its key by something else than an ARN, where Arn operators decide: AWS does
    not document what they make of a value that is no ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    for spelling, value in SPELLINGS.items():
        fixed = {KEY_HEADER: value}
        counterexample = not_denied(
            bucket, environment, (PUT,), bound, fixed, without=_rests_on_arns
        )
        if counterexample is not None:
            yield (
                f"{may(counterexample)}, which names a key by {spelling}, unless Arn operators "
                f"match what is no ARN; {write}"
            )
            return


def _rests_on_arns(statement: Statement) -> bool:
    """Whether a Deny compares the key as an ARN."""
    return statement.effect is Effect.DENY and any(
        condition.folded_key == KEY_HEADER and condition.operator.family is Family.ARN
        for condition in statement.conditions
    )


def _key_arns(bucket: Resource, environment: Environment) -> list[str]:
    """The ARNs of the evaluation keys, or of a key outside the stack that the bucket's default
    encryption names."""
    known = [arn for key in environment.keys.evaluation_keys if (arn := key.text("arn"))]
    path = "applyServerSideEncryptionByDefault.kmsMasterKeyId"
    named = [
        known_text(rule, path)
        for encryption in environment.keys.encryptions(bucket)
        for rule in encryption.each("rules")
        if not environment.keys.evaluation_keys
    ]
    return known or sorted({arn for arn in named if ":key/" in arn})


OUTPUT_BUCKET_PUTS = StackRule(
    About(
        "output-bucket-puts",
        "The output bucket refuses objects under another key or algorithm.",
        Severity.HIGH,
        "Deny s3:PutObject with another key than the evaluation key, compared as a text, and with "
        "another algorithm than aws:kms; deny s3:ReplicateObject and s3:UpdateObjectEncryption.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
        controls=nist("SC-28", "SC-28(1)"),
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    under_another_key,
)
