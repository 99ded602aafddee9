"""Which policies and ACLs a bucket's public access block keeps out.

docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.services.s3.public_policies import is_public

Connect = Callable[..., Any]
OWNER = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ALL = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
VPC, USER = "aws:SourceVpc", "aws:userid"
POINT = "s3:DataAccessPointArn"


def policy(**changes: Any) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    statement |= {"Resource": "arn:aws:s3:::bucket/*"} | changes
    statement = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


PUBLIC: dict[str, dict[str, Any]] = {
    "anybody": {},
    "any AWS principal": {"Principal": {"AWS": "*"}},
    "anybody among others": {"Principal": {"AWS": [ROOT, "*"]}},
    "any service": {"Principal": {"Service": "*"}},
    "all but one": {"Principal": None, "NotPrincipal": {"AWS": ROOT}},
    "transport only": when("Bool", "aws:SecureTransport", "true"),
    "a pattern of VPCs": when("StringLike", VPC, "vpc-91237*"),
    "one VPC of two is a pattern": when("StringLike", VPC, "vpc-1", "vpc-*"),
    "all but one VPC": when("StringNotEquals", VPC, "vpc-1"),
    "a VPC, if any": when("StringEqualsIfExists", VPC, "vpc-1"),
    "all values of none": when("ForAllValues:StringEquals", VPC, "vpc-1"),
    "a variable": when("StringEquals", USER, "${aws:userid}"),
    "the sessions of a role": when("StringLike", USER, "AROAEXAMPLE:*"),
    "a broad range": when("IpAddress", "aws:SourceIp", "0.0.0.0/1"),
    "a broad range of IPv6": when("IpAddress", "aws:SourceIp", "2001::/31"),
    "all but a range": when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
    "no value": when("StringEquals", VPC),
    "access points of any account": when("StringLike", POINT, "arn:aws:s3:us-east-1:*:x"),
}
FIXED: dict[str, dict[str, Any]] = {
    "an account": {"Principal": {"AWS": ACCOUNT}},
    "a service": {"Principal": {"Service": "logs.amazonaws.com"}},
    "a denial to anybody": {"Effect": "Deny"},
    "a VPC": when("StringEquals", VPC, "vpc-1"),
    "a VPC, the key in other letters": when("StringLike", "AWS:sourcevpc", "vpc-1"),
    "any of a VPC": when("ForAnyValue:StringEquals", VPC, "vpc-1"),
    "an organization": when("StringEquals", "aws:PrincipalOrgID", "o-1"),
    "the ARN of a source": when("ArnLike", "aws:SourceArn", "arn:aws:s3:::source"),
    "a range": when("IpAddress", "aws:SourceIp", "54.0.0.0/8"),
    "a private range": when("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
    "an address": when("IpAddress", "aws:SourceIp", "203.0.113.1"),
    "access points of an account": when("StringLike", POINT, f"arn:aws:s3:us-east-1:{ACCOUNT}:*"),
}


@pytest.mark.parametrize("case", PUBLIC)
def test_a_policy_is_public_until_it_is_bound_to_fixed_values(case: str) -> None:
    assert is_public(policy(**PUBLIC[case]))


@pytest.mark.parametrize("case", FIXED)
def test_a_policy_that_is_bound_to_fixed_values_is_not_public(case: str) -> None:
    assert not is_public(policy(**FIXED[case]))


def test_one_public_statement_makes_a_policy_public() -> None:
    both = [json.loads(policy(**each))["Statement"][0] for each in ({"Effect": "Deny"}, {})]
    assert is_public(json.dumps({"Statement": both}))
    assert is_public(json.dumps({"Statement": both[1]}))


@pytest.fixture
def s3(connect: Connect) -> Any:
    client = connect("s3")
    client.create_bucket(Bucket="bucket")
    return client


def put(s3: Any, text: str) -> None:
    s3.put_bucket_policy(Bucket="bucket", Policy=text)


def test_a_new_bucket_blocks_public_access_until_told_otherwise(s3: Any) -> None:
    found = s3.get_public_access_block(Bucket="bucket")["PublicAccessBlockConfiguration"]
    assert found == ALL
    with pytest.raises(ClientError, match=r"AccessDenied.*public"):
        put(s3, policy())
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="bucket")
    put(s3, policy(**FIXED["an account"]))
    assert s3.get_bucket_policy_status(Bucket="bucket")["PolicyStatus"] == {"IsPublic": False}
    s3.delete_public_access_block(Bucket="bucket")
    put(s3, policy())
    assert s3.get_bucket_policy_status(Bucket="bucket")["PolicyStatus"] == {"IsPublic": True}
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        s3.get_public_access_block(Bucket="bucket")


@pytest.mark.parametrize("on", [True, False])
def test_the_setting_for_policies_decides_about_policies(s3: Any, on: bool) -> None:
    """An existing policy stays: the setting is about new ones."""
    others = {**ALL, "BlockPublicPolicy": on}
    s3.put_public_access_block(Bucket="bucket", PublicAccessBlockConfiguration=others)
    if not on:
        put(s3, policy())
        return
    with pytest.raises(ClientError, match="AccessDenied"):
        put(s3, policy())


def test_a_bucket_made_again_keeps_its_settings(s3: Any) -> None:
    s3.delete_public_access_block(Bucket="bucket")
    s3.put_bucket_ownership_controls(
        Bucket="bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.create_bucket(Bucket="bucket")
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        s3.get_public_access_block(Bucket="bucket")
    found = s3.get_bucket_ownership_controls(Bucket="bucket")["OwnershipControls"]
    assert found == {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}


GROUP = "http://acs.amazonaws.com/groups/global/AllUsers"
SETTING_ACLS: list[tuple[str, dict[str, Any]]] = [
    ("put_bucket_acl", {"ACL": "public-read"}),
    ("put_bucket_acl", {"GrantRead": f"uri={GROUP}"}),
    ("put_bucket_acl", {"AccessControlPolicy": {
        "Owner": {"ID": OWNER},
        "Grants": [{"Permission": "READ", "Grantee": {"Type": "Group", "URI": GROUP}}]}}),
    ("put_object_acl", {"Key": "key", "ACL": "authenticated-read"}),
    ("put_object", {"Key": "key", "ACL": "public-read-write"}),
    ("copy_object", {"Key": "copy", "CopySource": "bucket/key", "ACL": "public-read"}),
    ("create_multipart_upload", {"Key": "key", "ACL": "public-read"}),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "members"), SETTING_ACLS)
def test_the_setting_for_acls_decides_about_acls(
    s3: Any, operation: str, members: dict[str, Any]
) -> None:
    controls = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket="bucket", OwnershipControls=controls)
    s3.put_object(Bucket="bucket", Key="key", Body=b"data", ACL="private")
    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(s3, operation)(Bucket="bucket", **members)
    others = {**ALL, "BlockPublicAcls": False}
    s3.put_public_access_block(Bucket="bucket", PublicAccessBlockConfiguration=others)
    getattr(s3, operation)(Bucket="bucket", **members)
