"""Which requests reach the output bucket: proofs about its policy, whatever IAM policies allow.

Whoever is right is denied, and whoever still can is the witness.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from pulumi_policy import Severity

from .. import documents
from ..access import Access, MalformedPolicyError, PolicyKind, UnprovableError, who_can
from ..environment import Environment
from ..evaluations import Place
from ..frameworks import cis, fsbp, nist
from ..resource import Resource
from ..rule import About, Settings, StackRule
from ..wording import keys_of
from .encryption import NONE

PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html"
KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"
ALGORITHM_HEADER = "s3:x-amz-server-side-encryption"
# One action that reads objects, one that writes them, one on the bucket itself.
ACTIONS = ("s3:GetObject", "s3:ListBucket", "s3:PutObject")

INSECURE = (
    ("aws:SecureTransport", "false", "aws:SecureTransport is false"),
    ("s3:TlsVersion", "1.1", "s3:TlsVersion is below 1.2, in a statement of its own"),
)


def plain_http(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """A request without TLS, or with an old version, that the policy does not deny."""
    for key, value, wrong in INSECURE:
        for access in _remaining(bucket, environment, ACTIONS, fixed={key: value}):
            yield f"{_may(access)} with {key} {value}; deny s3:* on bucket and objects if {wrong}"
            break


def wrong_key(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """A put under another key, or by another algorithm, that the policy does not deny."""
    put = ("s3:PutObject",)
    rightful = _denied({"StringEqualsIfExists": {ALGORITHM_HEADER: "aws:kms"}})
    for access in _remaining(bucket, environment, put, rightful):
        yield f"{_may(access)}; deny s3:PutObject where {ALGORITHM_HEADER} is given and not aws:kms"
    arns = [arn for key in environment.evaluation_keys if (arn := key.text("arn"))]
    if arns:
        rightful = _denied({"ArnEqualsIfExists": {KEY_HEADER: arns}})
        for access in _remaining(bucket, environment, put, rightful):
            yield (
                f"{_may(access)}; deny s3:PutObject where ArnNotEqualsIfExists {KEY_HEADER} "
                f"{' and '.join(arns)}"
            )


def others(bucket: Resource, environment: Environment, _: Settings) -> Iterator[str]:
    """Somebody whom the policy lets in by itself, or who is of another account and not denied."""
    account = environment.place(bucket).account
    own = (f"anybody else in account {account}", f"the root user of account {account}")
    for access in _remaining(bucket, environment, ACTIONS):
        if access.who not in own:
            yield f"{_may(access)}; let the bucket's policy grant nothing"
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    for access in _remaining(bucket, environment, ACTIONS, everybody):
        if access.request.principal.account != account:
            yield (
                f"{access.who} is not denied {access.request.action}, should anything ever grant "
                f"it; deny s3:* where aws:PrincipalAccount is not {account}"
            )


def _may(access: Access) -> str:
    by = [each.statement for each in access.decision.decided_by if each.statement.sid != "Given"]
    names = " and ".join(dict.fromkeys(map(str, by)))
    through = f", through {names}" if names else ""
    return f"{access.who} may {access.request.action} {keys_of(access.request)}{through}"


def _denied(condition: object) -> Mapping[str, object]:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    return {**statement, "Condition": condition}


def _remaining(
    bucket: Resource,
    environment: Environment,
    actions: tuple[str, ...],
    *given: Mapping[str, object],
    fixed: Mapping[str, str] | None = None,
) -> Iterator[Access]:
    """The first access that the bucket's policy and what is given leave, for each who has one."""
    place = environment.place(bucket)
    texts = [each.text("policy") for each in environment.bucket_policies(bucket)]
    seen: set[str] = set()
    for action in actions:
        for access in _who_can(
            texts[0] if texts else "",
            action,
            bucket.text("bucket"),
            place,
            json.dumps([given, fixed or {}]),
        ):
            if access.who not in seen:
                seen.add(access.who)
                yield access


@lru_cache(maxsize=4096)
def _who_can(text: str, action: str, bucket: str, place: Place, given: str) -> tuple[Access, ...]:
    document: dict[str, Any] = json.loads(text) if text else {"Version": "2012-10-17"}
    listed: Any = document.get("Statement", [])
    statements = cast("list[Any]", listed if isinstance(listed, list) else [listed])
    arn = f"arn:{place.partition}:s3:::{bucket}"
    statements_given, fixed = json.loads(given)
    added = [{**each, "Sid": "Given", "Resource": [arn, f"{arn}/*"]} for each in statements_given]
    whole = json.dumps({**document, "Statement": [*statements, *added]})
    exists = bool(statements or added)
    policy = documents.parsed(whole, PolicyKind.BUCKET, "") if exists else None
    if isinstance(policy, MalformedPolicyError):  # the rule about well-formed documents reports it
        return ()
    on = arn if action == "s3:ListBucket" else f"{arn}/evaluations/any"
    try:
        return who_can(action, on, policy, owner=place.account, fixed=fixed)
    except UnprovableError:
        return ()


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
OUTPUT_BUCKET_PUTS = StackRule(
    About(
        "output-bucket-puts",
        "The output bucket refuses objects under another key or algorithm.",
        Severity.HIGH,
        "Deny s3:PutObject with another key than the evaluation key, and with another algorithm "
        "than aws:kms.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
        controls=nist("SC-28", "SC-28(1)"),
    ),
    lambda environment: environment.output_buckets,
    NONE,
    wrong_key,
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
