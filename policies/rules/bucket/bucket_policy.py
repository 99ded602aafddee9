"""Requests that the output bucket's policy allows: proofs over all objects.

Two questions are asked: what gets through should a principal's own policies allow everything, and
what the bucket's policy lets in by itself.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
"""

from collections.abc import Iterator
from functools import lru_cache

from pulumi_policy import Severity

from ...analysis.bucket_requests import EVERYTHING, Conditions, may, not_denied, policy_text
from ...analysis.environment import Environment
from ...analysis.examples import in_words
from ...analysis.nothing_to_judge import NO_OUTPUT_BUCKET
from ...analysis.proofs import with_statements
from ...analysis.wording import allowed_by
from ...framework.controls import cis, fsbp, nist
from ...framework.rule import About, Settings, StackRule
from ...iam import Counterexample, Effect, Policy, PolicyType, check_no_new_access
from ...model import policy_documents
from ...model.resource import Resource
from ...model.stack import known_text

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html"
NOTHING = Policy(PolicyType.BUCKET, "", "2012-10-17", ())

# Condition key, the value that is refused, the condition that it fails, what to deny.
INSECURE: tuple[tuple[str, str, Conditions, str], ...] = (
    (
        "aws:SecureTransport",
        "false",
        {"Bool": {"aws:SecureTransport": "true"}},
        "aws:SecureTransport is false",
    ),
    (
        "s3:TlsVersion",
        "1.1",
        {"NumericGreaterThanEquals": {"s3:TlsVersion": "1.2"}},
        "s3:TlsVersion is below 1.2, in a statement of its own",
    ),
)


def plain_http(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """A request without TLS, or with an old version, that the policy does not deny."""
    for key, value, bound, wrong in INSECURE:
        counterexample = not_denied(bucket, environment, EVERYTHING, bound, {key: value})
        if counterexample is not None:
            yield f"{may(counterexample)}; deny s3:* on bucket and objects if {wrong}"


def others(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Somebody whom the policy lets in by itself, or who is of another account and not denied."""
    target = environment.deployment.target(bucket)
    holders = environment.bucket_policies(bucket)
    if len(holders) > 1:
        names = " and ".join(each.name for each in holders)
        yield f"{names} are both its policy, and the one written last holds; write one"
    for text in dict.fromkeys(known_text(each, "policy") for each in (*holders, bucket)):
        granted = _beyond(text, "", target.account)
        if granted is not None:
            yield f"{allowed_by(granted)}; let the bucket's policy grant nothing"
    text = policy_text(bucket, environment)
    arn = f"arn:{target.partition}:s3:::{bucket.text('bucket')}"
    everybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
    }
    own = {**everybody, "Condition": {"StringEquals": {"aws:PrincipalAccount": target.account}}}
    let_in = _beyond(with_statements(text, everybody), with_statements("", own), target.account)
    if let_in is not None:
        request = let_in.request
        yield (
            f"{in_words(request.principal.arn)} is not denied {in_words(request.action)} on "
            f"{in_words(request.resource)}, should anything ever grant it; deny s3:* where "
            f"aws:PrincipalAccount is not {target.account}"
        )


@lru_cache(maxsize=4096)
def _beyond(new: str, reference: str, account: str) -> Counterexample | None:
    """A request that a bucket policy allows beyond another; an empty text is no policy."""
    policy, other = (
        policy_documents.parsed(text, PolicyType.BUCKET, "") if text else NOTHING
        for text in (new, reference)
    )
    if not isinstance(policy, Policy) or not isinstance(other, Policy):
        return None  # the rule about well-formed documents reports it
    if all(each.effect is Effect.DENY for each in policy.statements):
        return None  # nothing is let in, whoever asks
    return check_no_new_access(policy, other, owner=account).counterexample


OUTPUT_BUCKET_TLS = StackRule(
    About(
        "output-bucket-tls",
        "The output bucket refuses plain HTTP and TLS below 1.2.",
        Severity.HIGH,
        "Deny s3:* on bucket and objects where aws:SecureTransport is false and, in a second "
        "statement, where s3:TlsVersion is below 1.2.",
        PAGE,
        controls=(*fsbp("S3.5"), *cis("2.1.1"), *nist("SC-8", "SC-8(1)")),
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    plain_http,
)
OUTPUT_BUCKET_OTHERS = StackRule(
    About(
        "output-bucket-others",
        "The output bucket's policy lets nobody in, and keeps other accounts out.",
        Severity.CRITICAL,
        "Remove every Allow from the bucket policy, and deny s3:* to other accounts.",
        PAGE,
        controls=(*fsbp("S3.6"), *nist("AC-3", "AC-4")),
    ),
    lambda environment: environment.output_buckets,
    NO_OUTPUT_BUCKET,
    others,
)
