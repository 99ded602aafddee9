"""Identities that come and go: names used again, boundaries, sessions of sessions."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws_api.caller import Principal
from local.cloud import LocalCloud
from local.runtime.clients import isolated_session
from local.runtime.clock import ManualClock

ACCOUNT, REGION = "111122223333", "us-east-1"
IAM = f"arn:aws:iam::{ACCOUNT}"
LISTING = {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
Keys = dict[str, str]
Connect = Callable[..., Any]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(action: str = "sts:AssumeRole", **principal: Any) -> str:
    return document(
        {"Effect": "Allow", "Principal": principal or {"AWS": ACCOUNT}, "Action": action}
    )


@pytest.fixture
def connect() -> Iterator[Connect]:
    """connect(service, keys) gives a client; without keys it is the deployer's."""
    with LocalCloud(clock=ManualClock(1_790_000_000.0)) as cloud:
        variables, made = cloud.environment(), list[Any]()
        own: Any = {
            "aws_access_key_id": variables["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
        }

        def make(service: str, keys: Keys | None = None) -> Any:
            given: dict[str, Any] = {**(keys or own)}
            client = isolated_session(REGION).client(service, endpoint_url=cloud.address, **given)
            made.append(client)
            return made[-1]

        yield make
        for client in made:
            client.close()


def make_role(connect: Connect, name: str, *own: dict[str, Any], **members: Any) -> str:
    iam = connect("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(), **members)
    if own:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*own))
    return made["Role"]["Arn"]


def drop_role(connect: Connect, name: str) -> None:
    connect("iam").delete_role_policy(RoleName=name, PolicyName="own")
    connect("iam").delete_role(RoleName=name)


def session(connect: Connect, role: str, by: Keys | None = None, **members: Any) -> Keys:
    given = connect("sts", by).assume_role(RoleArn=role, RoleSessionName="session", **members)
    return {
        "aws_access_key_id": given["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": given["Credentials"]["SecretAccessKey"],
        "aws_session_token": given["Credentials"]["SessionToken"],
    }


def refusal(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_session_does_not_pass_to_a_role_that_is_made_again(connect: Connect) -> None:
    role = make_role(connect, "again", LISTING)
    old = session(connect, role)
    connect("kms", old).list_keys()
    drop_role(connect, "again")
    make_role(connect, "again", LISTING)
    code, message = refusal(connect("kms", old).list_keys)
    assert (code, "does not exist any more" in message) == ("AccessDeniedException", True)
    connect("kms", session(connect, role)).list_keys()


def test_a_key_policy_does_not_name_a_role_that_is_made_again(connect: Connect) -> None:
    use = {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "*"}
    administer = {"Effect": "Allow", "Action": "kms:*Policy", "Resource": "*"}
    role = make_role(connect, "named", LISTING)
    kms = connect("kms")
    policy = document(
        {**use, "Principal": {"AWS": [role, f"{IAM}:root"]}},
        {**use, "Principal": {"AWS": role}},
        {**administer, "Principal": {"AWS": ACCOUNT}},
    )
    key = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    members = {"KeyId": key, "KeySpec": "AES_256"}
    connect("kms", session(connect, role)).generate_data_key(**members)
    drop_role(connect, "named")
    make_role(connect, "named", LISTING)
    again = connect("kms", session(connect, role))
    code, message = refusal(again.generate_data_key, **members)
    assert (code, "no identity-based policy" in message) == ("AccessDeniedException", True)
    # Read back, the deleted role stands there by its unique id, which nobody may put in.
    shown = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    named = [statement["Principal"]["AWS"] for statement in json.loads(shown)["Statement"]]
    assert named[0][0].startswith("AROA")
    assert named == [[named[0][0], f"{IAM}:root"], named[0][0], ACCOUNT]
    code, message = refusal(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=shown)
    assert (code, "invalid principals" in message) == ("MalformedPolicyDocumentException", True)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    again.generate_data_key(**members)


def test_nor_does_a_trust_bucket_or_queue_policy(connect: Connect) -> None:
    iam, s3, sqs = connect("iam"), connect("s3"), connect("sqs")
    iam.create_user(UserName="leaver")
    user = f"{IAM}:user/leaver"
    make_role(connect, "target", LISTING)
    iam.update_assume_role_policy(RoleName="target", PolicyDocument=trust(AWS=[user]))
    s3.create_bucket(Bucket="shared")
    reading = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "s3:ListBucket"}
    s3.put_bucket_policy(
        Bucket="shared", Policy=document({**reading, "Resource": "arn:aws:s3:::shared"})
    )
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"
    sending = {**reading, "Action": "sqs:SendMessage", "Resource": queue}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(sending)})

    def calls(keys: Keys) -> list[Callable[[], Any]]:
        return [
            lambda: session(connect, f"{IAM}:role/target", keys),
            lambda: connect("s3", keys).list_objects_v2(Bucket="shared"),
            lambda: connect("sqs", keys).send_message(QueueUrl=url, MessageBody="m"),
        ]

    def keys() -> Keys:
        made = iam.create_access_key(UserName="leaver")["AccessKey"]
        return {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
        }

    first = keys()
    for call in calls(first):
        call()
    iam.delete_access_key(UserName="leaver", AccessKeyId=first["aws_access_key_id"])
    iam.delete_user(UserName="leaver")
    iam.create_user(UserName="leaver")
    for call in calls(keys()):
        assert refusal(call)[0] == "AccessDenied"


def test_a_user_is_not_deleted_before_its_keys_and_memberships(connect: Connect) -> None:
    iam = connect("iam")
    iam.create_user(UserName="user")
    made = iam.create_access_key(UserName="user")["AccessKey"]["AccessKeyId"]
    code, message = refusal(iam.delete_user, UserName="user")
    assert (code, "access keys" in message) == ("DeleteConflict", True)
    iam.delete_access_key(UserName="user", AccessKeyId=made)
    iam.create_group(GroupName="group")
    iam.add_user_to_group(GroupName="group", UserName="user")
    code, message = refusal(iam.delete_user, UserName="user")
    assert (code, "group" in message) == ("DeleteConflict", True)
    iam.remove_user_from_group(GroupName="group", UserName="user")
    iam.delete_user(UserName="user")


def test_a_boundary_exists_and_stays_while_it_limits(connect: Connect) -> None:
    iam = connect("iam")
    missing = f"{IAM}:policy/missing"
    assert refusal(make_role, connect=connect, name="r", PermissionsBoundary=missing)[0] == (
        "NoSuchEntity"
    )
    policy = iam.create_policy(PolicyName="limit", PolicyDocument=document(LISTING))["Policy"][
        "Arn"
    ]
    role = make_role(connect, "limited", ANYTHING, PermissionsBoundary=policy)
    assert refusal(iam.delete_policy, PolicyArn=policy)[0] == "DeleteConflict"
    limited = session(connect, role)
    connect("kms", limited).list_keys()
    assert "no permissions boundary" in refusal(connect("kms", limited).list_aliases)[1]
    iam.delete_role_permissions_boundary(RoleName="limited")
    connect("kms", limited).list_aliases()
    iam.attach_role_policy(RoleName="limited", PolicyArn=policy)
    assert refusal(iam.delete_policy, PolicyArn=policy)[0] == "DeleteConflict"
    iam.detach_role_policy(RoleName="limited", PolicyArn=policy)
    iam.delete_policy(PolicyArn=policy)


def test_the_boundary_of_a_user_is_refused_because_it_would_be_forgotten(connect: Connect) -> None:
    iam = connect("iam")
    policy = iam.create_policy(PolicyName="limit", PolicyDocument=document(LISTING))["Policy"]
    members = {"UserName": "user", "PermissionsBoundary": policy["Arn"]}
    assert refusal(iam.create_user, **members)[0] == "InvalidInput"
    iam.create_user(UserName="user")
    assert refusal(iam.put_user_permissions_boundary, **members)[0] == "InvalidInput"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"DurationSeconds": 3600}, None),
        ({"DurationSeconds": 3601}, "ValidationError"),
        ({"RoleSessionName": "a b"}, "ValidationError"),
        ({"RoleSessionName": "a/b"}, "ValidationError"),
    ],
    ids=["the role's longest", "too long", "space", "slash"],
)
def test_a_session_has_a_name_and_an_end(
    connect: Connect, members: dict[str, Any], code: str | None
) -> None:
    sts = connect("sts")
    wanted = {"RoleArn": make_role(connect, "role"), "RoleSessionName": "session", **members}
    if code is None:
        sts.assume_role(**wanted)
    else:
        assert refusal(sts.assume_role, **wanted)[0] == code


def test_a_chain_of_roles_lasts_an_hour_and_has_the_last_roles_rights_only(
    connect: Connect,
) -> None:
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    first = session(connect, make_role(connect, "first", allowed, LISTING))
    second = make_role(connect, "second", {**LISTING, "Action": "kms:ListAliases"},
                       MaxSessionDuration=7200)  # fmt: skip
    code, message = refusal(session, connect=connect, role=second, by=first, DurationSeconds=7200)
    assert (code, "role chaining" in message) == ("ValidationError", True)
    session(connect, second, DurationSeconds=7200)
    chained = connect("kms", session(connect, second, first))
    chained.list_aliases()
    assert "no identity-based policy" in refusal(chained.list_keys)[1]


@pytest.mark.parametrize("provider", ["web identity", "SAML"])
def test_no_identity_provider_is_believed(provider: str) -> None:
    members = {"RoleArn": f"{IAM}:role/open"}
    with LocalCloud(clock=ManualClock(1_790_000_000.0)) as cloud:
        deployer = cloud.environment()["AWS_ACCESS_KEY_ID"]
        acting = Principal(f"{IAM}:user/deployer", ACCOUNT, deployer)
        iam, sts = (cloud.services.client(service, acting) for service in ("iam", "sts"))
        iam.create_role(RoleName="open", AssumeRolePolicyDocument=trust("sts:*"))
        # In AWS nobody signs these; a signature does not make the token true.
        code = (
            refusal(
                sts.assume_role_with_web_identity,
                RoleSessionName="session",
                WebIdentityToken="any-token",
                **members,
            )
            if provider == "web identity"
            else refusal(
                sts.assume_role_with_saml,
                PrincipalArn=f"{IAM}:saml-provider/any",
                SAMLAssertion="YW55",
                **members,
            )
        )[0]
        assert code == "InvalidIdentityToken"
