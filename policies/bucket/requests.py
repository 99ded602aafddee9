"""Which requests reach the output bucket: proofs about its policy, over all objects.

Two questions are asked: what gets through should a principal's own policies allow everything, and
what the bucket's policy lets in by itself.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

from pulumi_policy import Severity

from .. import documents
from ..access import Effect, Policies, Policy, PolicyKind, Statement, Witness, compare
from ..environment import Environment
from ..evaluations import Place
from ..examples import in_words
from ..frameworks import cis, fsbp, nist
from ..proofs import with_statements
from ..resource import Resource
from ..rule import About, Settings, StackRule
from ..stack import known_text
from ..wording import keys_of, witnessed
from .encryption import NONE

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html"
Conditions = Mapping[str, Mapping[str, object]]
EVERYTHING = ("s3:*",)
NOTHING = Policy(PolicyKind.BUCKET, "", "2012-10-17", ())

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
        witness = not_denied(bucket, environment, EVERYTHING, bound, {key: value})
        if witness is not None:
            yield f"{may(witness)}; deny s3:* on bucket and objects if {wrong}"


def others(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Somebody whom the policy lets in by itself, or who is of another account and not denied."""
    place = environment.place(bucket)
    holders = environment.bucket_policies(bucket)
    if len(holders) > 1:
        names = " and ".join(each.name for each in holders)
        yield f"{names} are both its policy, and the one written last holds; write one"
    for text in dict.fromkeys(known_text(each, "policy") for each in (*holders, bucket)):
        granted = _beyond(text, "", place.account)
        if granted is not None:
            yield f"{witnessed(granted)}; let the bucket's policy grant nothing"
    text = _text(bucket, environment)
    arn = f"arn:{place.partition}:s3:::{bucket.text('bucket')}"
    everybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
    }
    own = {**everybody, "Condition": {"StringEquals": {"aws:PrincipalAccount": place.account}}}
    let_in = _beyond(with_statements(text, everybody), with_statements("", own), place.account)
    if let_in is not None:
        request = let_in.request
        yield (
            f"{in_words(request.principal.arn)} is not denied {in_words(request.action)} on "
            f"{in_words(request.resource)}, should anything ever grant it; deny s3:* where "
            f"aws:PrincipalAccount is not {place.account}"
        )


def may(witness: Witness) -> str:
    """What gets through, in words."""
    request = witness.request
    on = in_words(request.resource)
    return f"whoever is allowed s3:* may {request.action} on {on} {keys_of(request)}"


def not_denied(
    bucket: Resource,
    environment: Environment,
    actions: Sequence[str],
    bound: Conditions,
    fixed: Mapping[str, str] | None = None,
    *,
    without: Callable[[Statement], bool] | None = None,
) -> Witness | None:
    """A request that the policy does not deny, and that is not as it has to be. Actions named one
    by one are about objects; `without` says which statements not to count on."""
    return _not_denied(
        _text(bucket, environment),
        bucket.text("bucket"),
        environment.place(bucket),
        json.dumps([actions, bound, fixed]),
        without,
    )


def _text(bucket: Resource, environment: Environment) -> str:
    """The bucket's policy, in a resource beside it or in the bucket itself."""
    texts = [each.text("policy") for each in environment.bucket_policies(bucket)]
    return texts[0] if texts else bucket.text("policy")


@lru_cache(maxsize=4096)
def _not_denied(
    text: str,
    bucket: str,
    place: Place,
    asked: str,
    without: Callable[[Statement], bool] | None,
) -> Witness | None:
    actions, bound, fixed = json.loads(asked)
    arn = f"arn:{place.partition}:s3:::{bucket}"
    on = [arn, f"{arn}/*"] if actions == list(EVERYTHING) else [f"{arn}/*"]
    allowed = {"Effect": "Allow", "Action": actions, "Resource": on}
    policy = documents.parsed(text, PolicyKind.BUCKET, "") if text else None
    if policy is not None and not isinstance(policy, Policy):
        return None  # the rule about well-formed documents reports it
    if policy is not None and without is not None:
        kept = tuple(each for each in policy.statements if not without(each))
        policy = replace(policy, statements=kept)
    new = Policies((_identity(allowed),), policy)
    reference = Policies((_identity({**allowed, "Resource": "*", "Condition": bound}),))
    return compare(new, reference, owner=place.account, fixed=fixed).witness


@lru_cache(maxsize=4096)
def _beyond(new: str, reference: str, account: str) -> Witness | None:
    """A request that a bucket policy allows beyond another; an empty text is no policy."""
    policy, other = (
        documents.parsed(text, PolicyKind.BUCKET, "") if text else NOTHING
        for text in (new, reference)
    )
    if not isinstance(policy, Policy) or not isinstance(other, Policy):
        return None  # the rule about well-formed documents reports it
    if all(each.effect is Effect.DENY for each in policy.statements):
        return None  # nothing is let in, whoever asks
    return compare(policy, other, owner=account).witness


def _identity(statement: Mapping[str, object]) -> Policy:
    return cast("Policy", documents.parsed(with_statements("", statement), PolicyKind.IDENTITY, ""))


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
    NONE,
    plain_http,
)
OUTPUT_BUCKET_OTHERS = StackRule(
    About(
        "output-bucket-others",
        "The output bucket's policy lets nobody in, and keeps other accounts out.",
        Severity.CRITICAL,
        "Take every Allow out of the bucket policy, and deny s3:* to other accounts.",
        PAGE,
        controls=(*fsbp("S3.6"), *nist("AC-3", "AC-4")),
    ),
    lambda environment: environment.output_buckets,
    NONE,
    others,
)
