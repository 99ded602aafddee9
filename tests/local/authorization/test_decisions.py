"""Which policies and condition keys take part in a decision, on an endpoint of its own."""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.aws_api.caller import Principal, ServicePrincipal
from local.cloud import LocalCloud
from local.runtime.clients import isolated_session
from local.runtime.clock import ManualClock

ACCOUNT, REGION = "111122223333", "us-east-1"
START = 1_790_000_000.0
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SESSION = isolated_session(REGION)
NUMBERS = itertools.count()
Connect = Callable[..., Any]
Keys = dict[str, str]


def statement(effect: str, action: Any, resource: Any = "*", **members: Any) -> dict[str, Any]:
    made = {"Effect": effect, "Action": action, "Resource": resource, **members}
    return made if resource else {k: v for k, v in made.items() if k != "Resource"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **members: Any) -> str:
    return policy(statement("Allow", action, resource, **members))


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(clock=ManualClock(START)) as running:
        yield running


@pytest.fixture(scope="module")
def connect(cloud: LocalCloud) -> Iterator[Connect]:
    """connect(service, keys) gives a client; without keys it is the deployer's."""
    made: list[Any] = []

    def make(service: str, keys: Keys | None = None) -> Any:
        variables = cloud.environment()
        given: dict[str, Any] = keys or {
            "aws_access_key_id": variables["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
        }
        client = SESSION.client(
            service,
            endpoint_url=cloud.address,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
            **given,
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="module")
def user(connect: Connect) -> Callable[..., Keys]:
    """user(name, policy) makes a user with an inline policy; gives its keys."""

    def make(name: str, document: str | None = None, **members: Any) -> Keys:
        iam = connect("iam")
        iam.create_user(UserName=name, **members)
        if document is not None:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }

    return make


@pytest.fixture(scope="module")
def session(connect: Connect) -> Callable[..., Keys]:
    """session(role, policy, boundary=…, **members of AssumeRole) makes a role, and its session."""

    def make(
        name: str, document: str | None = None, boundary: str | None = None, **members: Any
    ) -> Keys:
        iam = connect("iam")
        more: dict[str, Any] = {}
        if boundary is not None:
            made = iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=boundary)
            more["PermissionsBoundary"] = made["Policy"]["Arn"]
        trust = allow("sts:AssumeRole", None, Principal={"AWS": ROOT})
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)["Role"]
        if document is not None:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
        given = connect("sts").assume_role(
            RoleArn=role["Arn"], RoleSessionName="session", **members
        )["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }

    return make


def refusal(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# --- whose policies ---------------------------------------------------------------------------


def test_a_user_has_its_own_policies_and_those_of_its_groups(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    keys = user("grouped", allow("s3:ListAllMyBuckets"))
    kms, s3, iam = connect("kms", keys), connect("s3", keys), connect("iam")
    s3.list_buckets()
    assert refusal(kms.list_keys) == (
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:user/grouped is not authorized to perform: kms:ListKeys on "
        "resource: * because no identity-based policy allows the kms:ListKeys action",
    )
    iam.create_group(GroupName="lookers")
    listing = iam.create_policy(PolicyName="listing", PolicyDocument=allow("kms:ListKeys"))
    iam.attach_group_policy(GroupName="lookers", PolicyArn=listing["Policy"]["Arn"])
    iam.add_user_to_group(GroupName="lookers", UserName="grouped")
    kms.list_keys()
    denying = policy(statement("Deny", "s3:*"))
    iam.put_group_policy(GroupName="lookers", PolicyName="no-s3", PolicyDocument=denying)
    code, message = refusal(s3.list_buckets)
    assert (code, "with an explicit deny in an identity-based policy" in message) == (
        "AccessDenied",
        True,
    )


def test_a_managed_policy_counts_in_its_default_version(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    iam, kms = connect("iam"), connect("kms", user("versioned"))
    arn = iam.create_policy(PolicyName="changing", PolicyDocument=allow("kms:ListKeys"))["Policy"][
        "Arn"
    ]
    iam.attach_user_policy(UserName="versioned", PolicyArn=arn)
    kms.list_keys()
    iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=allow("kms:ListAliases"), SetAsDefault=True
    )
    assert refusal(kms.list_keys)[0] == "AccessDeniedException"
    kms.list_aliases()


def test_a_permissions_boundary_limits_a_role(
    connect: Connect, session: Callable[..., Keys]
) -> None:
    keys = session("bounded", allow("*"), boundary=allow("kms:List*"))
    connect("kms", keys).list_keys()
    message = refusal(connect("s3", keys).list_buckets)[1]
    assert "because no permissions boundary allows the s3:ListAllMyBuckets action" in message


def test_a_session_policy_limits_a_session(connect: Connect, session: Callable[..., Keys]) -> None:
    keys = session("passed", allow("*"), Policy=allow("kms:List*"))
    connect("kms", keys).list_keys()
    message = refusal(connect("s3", keys).list_buckets)[1]
    assert "because no session policy allows the s3:ListAllMyBuckets action" in message


@pytest.mark.parametrize(
    "members",
    [
        {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]},
        {"Tags": [{"Key": "team", "Value": "ours"}]},
    ],
    ids=["managed session policies", "session tags"],
)
def test_what_would_be_forgotten_of_a_session_is_refused(
    session: Callable[..., Keys], members: dict[str, Any]
) -> None:
    assert refusal(lambda: session(f"forgets-{min(members)}", None, **members))[0] == (
        "InvalidParameterValue"
    )


def test_everybody_may_ask_who_they_are(connect: Connect, user: Callable[..., Keys]) -> None:
    keys = user("nobody", policy(statement("Deny", "*")))
    assert connect("sts", keys).get_caller_identity()["Arn"].endswith(":user/nobody")


def test_a_missing_role_and_a_forbidden_one_are_refused_alike(
    connect: Connect, user: Callable[..., Keys], session: Callable[..., Keys]
) -> None:
    session("present")
    sts = connect("sts", user("guest"))
    role = f"arn:aws:iam::{ACCOUNT}:role"
    told = {
        refusal(sts.assume_role, RoleArn=f"{role}/{name}", RoleSessionName="session")[0]
        for name in ("present", "absent")
    }
    assert told == {"AccessDenied"}


# --- condition keys ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"aws:RequestedRegion": REGION}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2026-09-22T00:00:00Z"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-09-22T00:00:00Z"}}, False),
        ({"Bool": {"aws:ViaAWSService": "false"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "ours"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "theirs"}}, False),
        ({"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/c*"}}, True),
        ({"StringEquals": {"aws:username": "${aws:username}"}}, True),
        ({"Null": {"aws:SourceAccount": "true", "aws:SourceArn": "true"}}, True),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else str(value),
)
def test_a_call_has_the_condition_keys_that_aws_supplies(
    connect: Connect,
    user: Callable[..., Keys],
    condition: dict[str, Any],
    allowed: bool,
) -> None:
    keys = user(
        f"c{next(NUMBERS)}",
        allow("kms:ListKeys", Condition=condition),
        Tags=[{"Key": "team", "Value": "ours"}],
    )
    kms = connect("kms", keys)
    if allowed:
        kms.list_keys()
    else:
        assert refusal(kms.list_keys)[0] == "AccessDeniedException"


def test_tags_of_request_and_resource_are_known(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    tagged = {
        "StringEquals": {"aws:RequestTag/team": "ours"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
    }
    own = {"StringEquals": {"aws:ResourceTag/team": "ours"}}
    document = policy(
        statement("Allow", ["kms:CreateKey", "kms:TagResource", "kms:PutKeyPolicy"],
                  Condition=tagged),
        statement("Allow", ["kms:DescribeKey", "kms:PutKeyPolicy"], Condition=own),
    )  # fmt: skip
    kms = connect("kms", user("tagger", document))
    ours = [{"TagKey": "team", "TagValue": "ours"}]
    assert refusal(kms.create_key)[0] == "AccessDeniedException"
    assert refusal(kms.create_key, Tags=[*ours, {"TagKey": "x", "TagValue": "y"}])[0] == (
        "AccessDeniedException"
    )
    key = kms.create_key(Tags=ours)["KeyMetadata"]["KeyId"]
    kms.describe_key(KeyId=key)
    theirs = connect("kms").create_key()["KeyMetadata"]["KeyId"]
    assert refusal(kms.describe_key, KeyId=theirs)[0] == "AccessDeniedException"


def test_tagging_on_creation_and_untagging_are_decided_by_the_tags(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    ours = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    creating = connect("kms", user("creator", allow("kms:CreateKey")))
    creating.create_key()
    message = refusal(creating.create_key, Tags=[{"TagKey": "team", "TagValue": "x"}])[1]
    assert "not authorized to perform: kms:TagResource" in message
    key = connect("kms").create_key()["KeyMetadata"]["KeyId"]
    kms = connect("kms", user("untagger", allow("kms:UntagResource", Condition=ours)))
    kms.untag_resource(KeyId=key, TagKeys=["team"])
    assert refusal(kms.untag_resource, KeyId=key, TagKeys=["cost"])[0] == "AccessDeniedException"
    iam = connect("iam", user("leveller", allow("iam:UntagUser", Condition=ours)))
    iam.untag_user(UserName="leveller", TagKeys=["team"])
    assert refusal(iam.untag_user, UserName="leveller", TagKeys=["cost"])[0] == "AccessDenied"


def test_grants_on_an_object_need_the_right_to_set_its_list(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    connect("s3").create_bucket(Bucket="lists")
    s3 = connect("s3", user("writer", allow("s3:PutObject", "arn:aws:s3:::lists/*")))
    s3.put_object(Bucket="lists", Key="k", Body=b"")
    for more in ({"ACL": "public-read"}, {"GrantRead": "id=x"}, {"GrantFullControl": "id=x"}):
        message = refusal(s3.put_object, Bucket="lists", Key="k", Body=b"", **more)[1]
        assert "not authorized to perform: s3:PutObjectAcl" in message


def test_an_alias_needs_rights_on_alias_and_key(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    key = connect("kms").create_key()["KeyMetadata"]
    alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/mine"
    half = connect("kms", user("half", allow("kms:*Alias", alias)))
    members = {"AliasName": "alias/mine", "TargetKeyId": key["KeyId"]}
    assert f"on resource: {key['Arn']}" in refusal(half.create_alias, **members)[1]
    whole = connect("kms", user("whole", allow("kms:*Alias", [alias, key["Arn"]])))
    whole.create_alias(**members)
    assert f"on resource: {key['Arn']}" in refusal(half.delete_alias, AliasName="alias/mine")[1]
    whole.delete_alias(AliasName="alias/mine")


def test_a_role_is_given_to_a_service_only_by_who_may_pass_it(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    trust = allow("sts:AssumeRole", None, Principal={"Service": "lambda.amazonaws.com"})
    made = connect("iam").create_role(RoleName="runs", AssumeRolePolicyDocument=trust)
    role = made["Role"]["Arn"]
    members = {
        "FunctionName": "passed",
        "Runtime": "python3.13",
        "Role": role,
        "Handler": "h.h",
        "Code": {"ZipFile": b"PK\5\6" + bytes(18)},
    }
    creating = statement("Allow", "lambda:CreateFunction")
    for name, service in (("no-pass", "scheduler"), ("pass", "lambda")):
        condition = {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
        passing = statement("Allow", "iam:PassRole", role, Condition=condition)
        client = connect("lambda", user(name, policy(creating, passing)))
        if service == "lambda":
            client.create_function(**members)
        else:
            message = refusal(client.create_function, **members)[1]
            assert f"not authorized to perform: iam:PassRole on resource: {role}" in message


# --- policies of resources --------------------------------------------------------------------


def test_a_bucket_policy_suffices_in_the_account(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    s3 = connect("s3")
    s3.create_bucket(Bucket="shared")
    reader = connect("s3", user("reader"))
    assert refusal(reader.list_objects_v2, Bucket="shared")[0] == "AccessDenied"
    arn = "arn:aws:s3:::shared"
    document = allow(
        "s3:ListBucket",
        arn,
        Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/reader"},
        Condition={"StringLike": {"s3:prefix": "public/*"}},
    )
    s3.put_bucket_policy(Bucket="shared", Policy=document)
    reader.list_objects_v2(Bucket="shared", Prefix="public/a")
    assert refusal(reader.list_objects_v2, Bucket="shared", Prefix="secret")[0] == "AccessDenied"


def test_a_function_and_a_queue_let_in_by_their_own_policies(
    cloud: LocalCloud, connect: Connect, user: Callable[..., Keys]
) -> None:
    url = connect("sqs").create_queue(QueueName="inbox")["QueueUrl"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"
    service = ServicePrincipal("sns.amazonaws.com", ACCOUNT, topic, ACCOUNT)
    sqs = cloud.services.client("sqs", service)
    code, message = refusal(sqs.send_message, QueueUrl=url, MessageBody="m")
    assert code == "AccessDenied"
    assert message.startswith("AWS service: sns.amazonaws.com is not authorized to perform: sqs:")
    document = allow(
        "sqs:SendMessage",
        queue,
        Principal={"Service": "sns.amazonaws.com"},
        Condition={"ArnEquals": {"aws:SourceArn": topic}},
    )
    connect("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    sqs.send_message(QueueUrl=url, MessageBody="m")
    other = ServicePrincipal("sns.amazonaws.com", ACCOUNT, f"{topic}2", ACCOUNT)
    sender = cloud.services.client("sqs", other)
    assert refusal(sender.send_message, QueueUrl=url, MessageBody="m")[0] == "AccessDenied"


def test_the_default_key_policy_hands_all_to_iam(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    key = connect("kms").create_key()["KeyMetadata"]["Arn"]
    kms = connect("kms", user("encrypter", allow("kms:Encrypt", key)))
    kms.encrypt(KeyId=key, Plaintext=b"x")
    code, message = refusal(kms.generate_data_key, KeyId=key, KeySpec="AES_256")
    assert code == "AccessDeniedException"
    assert "because no identity-based policy allows the kms:GenerateDataKey action" in message


def test_a_dry_run_is_decided_like_the_call(connect: Connect, user: Callable[..., Keys]) -> None:
    key = connect("kms").create_key()["KeyMetadata"]["Arn"]
    kms = connect("kms", user("dry", allow("kms:Encrypt", key)))
    members = {"KeyId": key, "DryRun": True}
    assert refusal(kms.encrypt, Plaintext=b"x", **members)[0] == "DryRunOperationException"
    assert refusal(kms.generate_data_key, KeySpec="AES_256", **members)[0] == (
        "AccessDeniedException"
    )


def test_denial_comes_before_the_state_of_the_key(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    key = connect("kms").create_key()["KeyMetadata"]["KeyId"]
    connect("kms").disable_key(KeyId=key)
    kms = connect("kms", user("late"))
    members = {"KeyId": key, "KeySpec": "AES_256"}
    assert refusal(kms.generate_data_key, **members)[0] == "AccessDeniedException"
    assert refusal(connect("kms").generate_data_key, **members)[0] == "DisabledException"


def test_re_encryption_is_decided_on_the_key_of_the_ciphertext(
    connect: Connect, user: Callable[..., Keys]
) -> None:
    admin = connect("kms")
    theirs, mine = (admin.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    blob = admin.encrypt(KeyId=theirs, Plaintext=b"x")["CiphertextBlob"]
    kms = connect("kms", user("mover", allow("kms:*", mine)))
    members = {"CiphertextBlob": blob, "SourceKeyId": mine, "DestinationKeyId": mine}
    message = refusal(kms.re_encrypt, **members)[1]
    assert f"kms:ReEncryptFrom on resource: {theirs}" in message


def test_a_missing_key_is_told_in_the_account_and_not_beyond(connect: Connect) -> None:
    kms = connect("kms")
    own = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    assert refusal(kms.describe_key, KeyId=own)[0] == "NotFoundException"
    foreign = own.replace(ACCOUNT, "444455556666")
    code, message = refusal(kms.describe_key, KeyId=foreign)
    assert (code, "does not exist in this Region, no resource-based" in message) == (
        "AccessDeniedException",
        True,
    )


# --- documents on their way in ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "call", "members", "code"),
    [
        (
            "iam",
            "create_policy",
            {"PolicyName": "bad", "PolicyDocument": allow("s3:*", "not-an-arn")},
            "MalformedPolicyDocument",
        ),
        (
            "iam",
            "create_role",
            {"RoleName": "bad", "AssumeRolePolicyDocument": allow("sts:AssumeRole")},
            "MalformedPolicyDocument",
        ),
        ("s3", "put_bucket_policy", {"Bucket": "documents", "Policy": "{}"}, "MalformedPolicy"),
        (
            "s3",
            "put_bucket_policy",
            {
                "Bucket": "documents",
                "Policy": allow("s3:*", "arn:aws:s3:::elsewhere/*", Principal="*"),
            },
            "MalformedPolicy",
        ),
        (
            "sqs",
            "create_queue",
            {"QueueName": "bad", "Attributes": {"Policy": allow("sqs:*")}},
            "InvalidAttributeValue",
        ),
        (
            "kms",
            "create_key",
            {"Policy": allow("kms:*", Principal={"AWS": ROOT}, Condition={"Equal": {"a:b": "c"}})},
            "MalformedPolicyDocumentException",
        ),
    ],
    ids=["identity policy", "trust", "no statement", "another bucket", "queue", "key"],
)
def test_a_malformed_document_is_refused_by_the_service_that_would_store_it(
    connect: Connect, service: str, call: str, members: dict[str, Any], code: str
) -> None:
    if service == "s3":
        connect("s3").create_bucket(Bucket="documents")
    assert refusal(getattr(connect(service), call), **members)[0] == code


@pytest.mark.parametrize("bypass", [False, True])
def test_a_key_policy_that_locks_its_writer_out_needs_the_bypass(
    connect: Connect, bypass: bool
) -> None:
    kms = connect("kms")
    locked = allow("kms:DescribeKey", Principal={"AWS": ROOT})
    members = {"Policy": locked, "BypassPolicyLockoutSafetyCheck": bypass}
    if bypass:
        key = kms.create_key(**members)["KeyMetadata"]["KeyId"]
        assert refusal(kms.put_key_policy, KeyId=key, PolicyName="default", **members)[0] == (
            "AccessDeniedException"
        )
        return
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for call, more in ((kms.create_key, {}), (kms.put_key_policy, {"KeyId": key})):
        code, message = refusal(call, **members, **more)
        assert (code, "update the key policy in the future" in message) == (
            "MalformedPolicyDocumentException",
            True,
        )


def test_without_enforcement_policies_decide_nothing_and_signatures_all(cloud: LocalCloud) -> None:
    cloud.stop()
    try:
        with LocalCloud(enforce=False) as open_cloud:
            variables = open_cloud.environment("developer")
            made = [
                SESSION.client(
                    "kms",
                    endpoint_url=open_cloud.address,
                    aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
                    aws_secret_access_key=secret,
                )
                for secret in (variables["AWS_SECRET_ACCESS_KEY"], "wrong")
            ]
            assert made[0].list_keys()["Keys"] == []
            assert refusal(made[1].list_keys)[0] == "InvalidSignatureException"
            for client in made:
                client.close()
            unknown = Principal(f"arn:aws:iam::{ACCOUNT}:user/unknown", ACCOUNT, "AKIA")
            open_cloud.services.client("kms", unknown).create_key()
    finally:
        cloud.start()
