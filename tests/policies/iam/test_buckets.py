"""Decisions about a bucket under the denies of an output bucket."""

import pytest

from policies.iam import Policies, Request, is_authorized

S3 = "docs.aws.amazon.com/AmazonS3/latest/userguide/"
KEYS = f"{S3}amazon-s3-policy-keys.html"
EXAMPLES = f"{S3}example-bucket-policies.html"
LOGIC = (
    "docs.aws.amazon.com/IAM/latest/UserGuide/"
    "reference_policies_evaluation-logic_policy-eval-denyallow.html"
)
OPERATORS = (
    "docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"
)

ACCOUNT = "111122223333"
BUCKET = "arn:aws:s3:::exports"
OBJECT = f"{BUCKET}/evaluations/x/summary.json"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0c3f1c9e-9d7a-4f0c-8b8e-2f4a5b6c7d8e"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
ALGORITHM = "s3:x-amz-server-side-encryption"
WHOLE = [BUCKET, f"{BUCKET}/*"]


def _deny(actions, resource, condition):
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resource,
        "Condition": condition,
    }


DENIES = (
    _deny("s3:*", WHOLE, {"Bool": {"aws:SecureTransport": "false"}}),
    _deny("s3:*", WHOLE, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    _deny("s3:PutObject", f"{BUCKET}/*", {"StringNotEqualsIfExists": {KEY_ID: KEY_ARN}}),
    _deny(
        "s3:PutObject",
        f"{BUCKET}/*",
        {"StringNotEquals": {ALGORITHM: "aws:kms"}, "Null": {ALGORITHM: "false"}},
    ),
    _deny("s3:*", WHOLE, {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}),
)
TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
SEALED = {**TLS, KEY_ID: KEY_ARN, ALGORITHM: "aws:kms"}
MAY_ALL = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
ALLOWED, BLOCKED_WORK = "Allowed", "ExplicitlyDenied"


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected", "page"),
    [
        pytest.param("s3:PutObject", OBJECT, SEALED, ALLOWED, EXAMPLES, id="put under the key"),
        pytest.param("s3:GetObject", OBJECT, TLS, ALLOWED, EXAMPLES, id="get"),
        pytest.param("s3:ListBucket", BUCKET, TLS, ALLOWED, EXAMPLES, id="list"),
        pytest.param(
            "s3:PutObject",
            OBJECT,
            {**SEALED, KEY_ID: KEY_ARN[:-1] + "f"},
            BLOCKED_WORK,
            EXAMPLES,
            id="put under another key",
        ),
        pytest.param(
            "s3:PutObject",
            OBJECT,
            TLS,
            BLOCKED_WORK,
            OPERATORS,
            id="put without key: IfExists of a negating operator still denies",
        ),
        pytest.param(
            "s3:PutObject",
            OBJECT,
            {**TLS, ALGORITHM: "AES256"},
            BLOCKED_WORK,
            OPERATORS,
            id="put with another algorithm",
        ),
        pytest.param(
            "s3:GetObject",
            OBJECT,
            {**TLS, "aws:SecureTransport": "false"},
            BLOCKED_WORK,
            KEYS,
            id="plain HTTP",
        ),
        pytest.param(
            "s3:GetObject",
            OBJECT,
            {**TLS, "s3:TlsVersion": "1.1"},
            BLOCKED_WORK,
            KEYS,
            id="TLS 1.1",
        ),
        pytest.param(
            "s3:GetObject", OBJECT, {**TLS, "s3:TlsVersion": "1.2"}, ALLOWED, KEYS, id="TLS 1.2"
        ),
        pytest.param(
            "s3:ListBucket",
            BUCKET,
            {**TLS, "aws:SecureTransport": "false"},
            BLOCKED_WORK,
            KEYS,
            id="plain HTTP to the bucket",
        ),
        pytest.param(
            "s3:GetObject",
            OBJECT,
            {**TLS, "aws:PrincipalAccount": "444455556666"},
            BLOCKED_WORK,
            KEYS,
            id="principal of another account",
        ),
    ],
)
def test_output_bucket(policy, principal, action, resource, context, expected, page):
    policies = Policies(
        identity=(policy("IDENTITY", MAY_ALL),),
        resource=policy("BUCKET", *DENIES, bucket_arn=BUCKET),
    )
    decision = is_authorized(Request(principal("role/app"), action, resource, context), policies)
    assert decision.outcome.value == expected, page


@pytest.mark.parametrize(
    ("identity", "bucket", "expected"),
    [
        pytest.param(True, False, True, id="identity policy alone"),
        pytest.param(False, True, True, id="bucket policy alone"),
        pytest.param(True, True, True, id="both"),
        pytest.param(False, False, False, id="neither"),
    ],
)
def test_either_side_suffices_in_the_account(policy, principal, identity, bucket, expected):
    grant = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"},
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/*",
    }
    policies = Policies(
        identity=(policy("IDENTITY", MAY_ALL),) if identity else (),
        resource=policy("BUCKET", grant if bucket else DENIES[0]),
    )
    request = Request(principal("role/app"), "s3:GetObject", OBJECT, TLS)
    assert is_authorized(request, policies).allowed is expected, LOGIC


def test_a_service_is_caught_by_a_deny_for_everybody(policy, principal):
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{BUCKET}/*",
    }
    request = Request(principal("logs.amazonaws.com"), "s3:PutObject", OBJECT, SEALED)
    policies = Policies(resource=policy("BUCKET", grant, *DENIES))
    assert is_authorized(request, policies).decided_by[0].statement.index == 5, KEYS
