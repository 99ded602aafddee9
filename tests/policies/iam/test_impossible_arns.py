"""ARNs that AWS forms for no resource, in Resource and in conditions on ARNs that AWS fills in."""

import pytest

from policies.iam import impossible_resources, unreachable_statements

ACCOUNT = "111122223333"
IMPOSSIBLE = {
    "no service": "arn:aws::s3:*",
    "no partition": "arn::s3:::bucket/*",
    "a partition in upper case": "arn:AWS:s3:::bucket/*",
    "a service in upper case": f"arn:aws:IAM::{ACCOUNT}:role/app",
    "three fields": "arn:aws:s3",
    "five fields": f"arn:aws:sqs:us-east-1:{ACCOUNT}",
    "no resource": "arn:aws:s3:::",
    "a bucket in a Region": "arn:aws:s3:us-east-1::bucket/*",
    "a bucket in an account": f"arn:aws:s3::{ACCOUNT}:bucket/*",
    "a role in a Region": f"arn:aws:iam:us-east-1:{ACCOUNT}:role/app",
    "a session in a Region": f"arn:aws:sts:us-east-1:{ACCOUNT}:assumed-role/app/me",
    "an account of eleven digits": "arn:aws:kms:us-east-1:11112222333:key/*",
    "an account of thirteen digits": "arn:aws:kms:us-east-1:1111222233334:key/*",
    "an account of eleven digits of another service": "arn:aws:xray:us-east-1:11112222333:group/*",
    "a role of eleven digits": "arn:aws:iam::11112222333:role/app",
    "a key without Region": f"arn:aws:kms::{ACCOUNT}:key/*",
    "a function without account": "arn:aws:lambda:us-east-1::function:app",
    "a Region in upper case": f"arn:aws:logs:US-EAST-1:{ACCOUNT}:log-group:app:*",
}
POSSIBLE = [
    "*",
    "arn:*",
    "arn:aws:*",
    "arn:aws:s3*",
    "arn:aws:s3:::*",
    "arn:*:s3:::bucket/*",
    "arn:aws-us-gov:s3:::bucket",
    "arn:aws:s3:::bucket/a:b:c:d",
    f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/*",
    f"arn:aws:s3::{ACCOUNT}:accesspoint/*",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:iam::*:role/app",
    f"arn:aws:iam::{ACCOUNT}:role/*",
    f"arn:aws:kms:*:{ACCOUNT}:key/*",
    "arn:aws:kms:us-east-1:1111????3333:key/*",
    f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:aws/spans:*",
    "arn:aws:bedrock-agentcore:::evaluator/Builtin.Helpfulness",
    "arn:aws:bedrock:us-east-1::foundation-model/*",
    "arn:aws:s3:::bucket/${aws:username}/*",
]


def _allow(resource: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "*", "Resource": resource, **more}


@pytest.mark.parametrize("arn", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_a_statement_about_no_arn_at_all_is_unreachable(policy, arn: str):
    document = policy("IDENTITY", _allow("*"), _allow(arn), _allow([arn, "*"]))
    assert [each.index for each in unreachable_statements(document)] == [1]
    assert [*impossible_resources(document)] == [arn]


@pytest.mark.parametrize("arn", POSSIBLE)
def test_what_fits_some_arn_is_not_named(policy, arn: str):
    document = policy("IDENTITY", _allow(arn))
    assert impossible_resources(document) == {}
    if "${" not in arn:
        assert unreachable_statements(document) == ()


def test_what_notresource_excludes_in_vain_is_named(policy):
    statement = {"Effect": "Deny", "Action": "*", "NotResource": ["arn:aws::s3:*"]}
    document = policy("IDENTITY", statement)
    assert [*impossible_resources(document)] == ["arn:aws::s3:*"]
    assert unreachable_statements(document) == ()


@pytest.mark.parametrize("operator", ["ArnLike", "ArnEquals", "StringLike", "StringEquals"])
@pytest.mark.parametrize("key", ["aws:SourceArn", "aws:PrincipalArn"])
@pytest.mark.parametrize("arn", [*IMPOSSIBLE.values()], ids=IMPOSSIBLE.keys())
def test_a_condition_that_only_an_impossible_arn_meets_is_unreachable(policy, operator, key, arn):
    def conditioned(name: str, values: object) -> dict[str, object]:
        return _allow("*", Principal="*", Condition={name: {key: values}})

    possible = f"arn:aws:iam::{ACCOUNT}:role/app"
    document = policy(
        "RESOURCE",
        conditioned(operator, arn),
        conditioned(f"{operator}IfExists", arn),
        conditioned(operator.replace("Like", "NotLike").replace("Equals", "NotEquals"), arn),
        conditioned(operator, [arn, possible]),
    )
    assert [each.index for each in unreachable_statements(document)] == [0]
