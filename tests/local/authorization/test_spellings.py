"""Other spellings of what a request names: what is decided on is what is touched, or nothing is."""

import hashlib
import http.client
import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.cloud import LocalCloud
from local.runtime.clients import isolated_session
from local.runtime.clock import ManualClock

ACCOUNT, REGION = "111122223333", "us-east-1"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"
FUNCTIONS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
SECRET = "what is theirs"
Answer = tuple[int, str]
Send = Callable[..., Answer]


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(clock=ManualClock(1_790_000_000.0)) as running:
        yield running


@pytest.fixture(scope="module")
def admin(cloud: LocalCloud) -> Iterator[Callable[[str], Any]]:
    """admin(service) gives a client of the deployer."""
    variables, made = cloud.environment(), dict[str, Any]()

    def client(service: str) -> Any:
        if service not in made:
            made[service] = isolated_session(REGION).client(
                service,
                endpoint_url=cloud.address,
                aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            )
        return made[service]

    yield client
    for each in made.values():
        each.close()


@pytest.fixture(scope="module")
def attacker(cloud: LocalCloud, admin: Callable[[str], Any]) -> Callable[..., Send]:
    """attacker(name, action, resources) makes a user; gives a function that sends for it."""

    def make(name: str, action: Any, resources: Any, **members: Any) -> Send:
        iam = admin("iam")
        iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": action, "Resource": resources, **members}
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        return lambda *request, **more: _send(cloud, keys, *request, **more)

    return make


def _send(
    cloud: LocalCloud,
    keys: Credentials,
    service: str,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A rightly signed request, as no SDK would send it."""
    request = AWSRequest(method, cloud.address + target, dict(headers or {}), body)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, REGION).add_auth(request)
    host = cloud.address.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=20)
    try:
        connection.request(method, target, body, {**dict(request.headers.items()), "Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def asked(send: Send, service: str, prefix: str, action: str, members: Any, path: str = "/") -> Any:
    """A call of a JSON service."""
    headers = {"X-Amz-Target": f"{prefix}.{action}"}
    return send(service, "POST", path, json.dumps(members).encode(), headers)


# --- S3 ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader(admin: Callable[[str], Any], attacker: Callable[..., Send]) -> Send:
    """May read and write in bucket `mine`, under `own/` and `theirs/`."""
    s3 = admin("s3")
    for bucket in ("mine", "theirs"):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="secret", Body=SECRET.encode())
    s3.put_object(Bucket="mine", Key="own/a", Body=b"mine")
    return attacker(
        "reader",
        ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        ["arn:aws:s3:::mine/own/*", "arn:aws:s3:::mine/theirs/*"],
    )


@pytest.mark.parametrize(
    "source",
    [
        "theirs/secret",
        "/theirs/secret",
        "//mine/theirs/secret",
        "http://mine/theirs/secret",
        "mine:/theirs/secret",
        "/mine//theirs/secret",
        "theirs/secret?versionId=null&x=mine/own/a",
        "theirs/secret?versionId=",
        "theirs/secret#/mine/own/a",
        "theirs%2Fsecret",
        "mine/own/../../theirs/secret",
    ],
)
def test_a_copys_source_is_read_once(reader: Send, source: str) -> None:
    copied = reader("s3", "PUT", "/mine/own/copy", b"", {"x-amz-copy-source": source})
    assert copied[0] in (400, 403, 404), copied
    assert SECRET not in reader("s3", "GET", "/mine/own/copy")[1]


def test_a_copys_source_may_be_encoded(reader: Send) -> None:
    for source in ("mine/own/a", "/mine/own%2Fa", "mine%2Fown%2Fa"):
        copied = reader("s3", "PUT", "/mine/own/copy", b"", {"x-amz-copy-source": source})
        assert copied[0] == 200, copied
    assert reader("s3", "GET", "/mine/own/copy") == (200, "mine")


@pytest.mark.parametrize(
    "path",
    [
        "/mine/own/../secret",
        "/mine/own/..%2Fsecret",
        "/mine/own/%2e%2e/secret",
        "/mine/own/%252e%252e/secret",
        "/mine/own//../../secret",
        "/mine//secret",
        "/mine/./secret",
        "/mine/secret%3F/own/a",
        "/mine/secret;/own/a",
        "/mine/secret%00/own/a",
        "/own/../mine/secret",
    ],
)
def test_an_objects_key_is_no_path(reader: Send, path: str) -> None:
    status, body = reader("s3", "GET", path)
    assert status in (400, 403, 404)
    assert SECRET not in body


def test_a_query_parameter_is_given_once(attacker: Callable[..., Send], reader: Send) -> None:
    within = {"StringLike": {"s3:prefix": "own/*"}}
    lister = attacker("lister", "s3:ListBucket", "arn:aws:s3:::mine", Condition=within)
    query = "/mine?list-type=2&prefix="
    assert "own/a" in lister("s3", "GET", f"{query}own%2Fa")[1]
    assert lister("s3", "GET", f"{query}secret")[0] == 403
    status, body = lister("s3", "GET", f"{query}own%2Fa&prefix=secret")
    assert (status, "found repeated" in body) == (400, True)
    status, body = lister("s3", "GET", f"{query}secret&prefix=own%2Fa")
    assert (status, "found repeated" in body) == (400, True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<Delete><Object><Key>own/b</Key><Key>secret</Key></Object></Delete>", 400),
        ("<Delete><Object><Key x='1'>secret</Key></Object></Delete>", 400),
        ("<Delete><Object/></Delete>", 400),
        ("<Delete/>", 400),
        (
            "<!DOCTYPE d [<!ENTITY x 'secret'>]><Delete><Object><Key>&x;</Key></Object></Delete>",
            400,
        ),
        ("<Delete><Object><Key>own/b</Key><VersionId/><Key>secret</Key></Object></Delete>", 400),
        ("<Delete><Object><Key>secret</Key></Object></Delete>", 200),
        ("<Delete><Object><Key>own/<!-- -->../secret</Key></Object></Delete>", 200),
    ],
)
def test_the_objects_to_delete_are_read_once(
    reader: Send, admin: Callable[[str], Any], body: str, status: int
) -> None:
    digest = b64encode(hashlib.md5(body.encode(), usedforsecurity=False).digest()).decode()
    answer = reader("s3", "POST", "/mine?delete", body.encode(), {"Content-MD5": digest})
    assert answer[0] == status, answer
    assert admin("s3").head_object(Bucket="mine", Key="secret")["ContentLength"]


# --- KMS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def their_key(admin: Callable[[str], Any]) -> dict[str, Any]:
    kms = admin("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/theirs", TargetKeyId=key["KeyId"])
    return key


@pytest.fixture(scope="module")
def keyless(attacker: Callable[..., Send], admin: Callable[[str], Any]) -> Send:
    """May do everything with another key."""
    return attacker("keyless", "kms:*", admin("kms").create_key()["KeyMetadata"]["Arn"])


SPELLINGS: dict[str, Callable[[str, str], Any]] = {
    "id": lambda arn, name: name,
    "ARN": lambda arn, name: arn,
    "alias": lambda arn, name: "alias/theirs",
    "alias's ARN": lambda arn, name: f"{arn.partition('key/')[0]}alias/theirs",
    "half an ARN": lambda arn, name: f"x:key/{name}",
    "path": lambda arn, name: f"key/{name}",
    "no ARN": lambda arn, name: f"arn:key/{name}",
    "half an alias": lambda arn, name: "x:alias/theirs",
    "upper case": lambda arn, name: name.upper(),
    "ARN in upper case": lambda arn, name: arn.upper(),
    "another Region": lambda arn, name: arn.replace(REGION, "eu-west-1"),
    "another service": lambda arn, name: arn.replace("kms", "s3"),
    "another account": lambda arn, name: arn.replace(ACCOUNT, "444455556666"),
    "with a space": lambda arn, name: f" {name}",
    "with a line's end": lambda arn, name: f"{name}\n",
    "key in a key": lambda arn, name: arn.replace("key/", "key/x:key/"),
    "list": lambda arn, name: [name],
    "object": lambda arn, name: {"KeyId": name},
    "number": lambda arn, name: 5,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_key_is_read_once(
    keyless: Send, admin: Callable[[str], Any], their_key: dict[str, Any], spelling: str
) -> None:
    named = SPELLINGS[spelling](their_key["Arn"], their_key["KeyId"])
    blob = admin("kms").encrypt(KeyId=their_key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    policy = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    calls: dict[str, dict[str, Any]] = {
        "CreateGrant": {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root", "Operations": []},
        "Decrypt": {"CiphertextBlob": b64encode(blob).decode()},
        "DescribeKey": {},
        "DisableKey": {},
        "Encrypt": {"Plaintext": "eA=="},
        "GenerateDataKey": {"KeySpec": "AES_256"},
        "GetKeyPolicy": {"PolicyName": "default"},
        "ListGrants": {},
        "PutKeyPolicy": {
            "PolicyName": "default",
            "Policy": json.dumps({"Version": "2012-10-17", "Statement": policy}),
        },
        "RetireGrant": {"GrantId": "x"},
        "RevokeGrant": {"GrantId": "x"},
        "ScheduleKeyDeletion": {},
        "TagResource": {"Tags": [{"TagKey": "team", "TagValue": "mine"}]},
    }
    for action, members in calls.items():
        request = {"KeyId": named, **members}
        status, body = asked(keyless, "kms", "TrentService", action, request)
        assert (status, json.loads(body)["__type"]) in [
            (400, "AccessDeniedException"),
            (400, "NotFoundException"),
            (400, "SerializationException"),
        ], (action, body)
    assert admin("kms").describe_key(KeyId=their_key["KeyId"])["KeyMetadata"]["Enabled"]


@pytest.fixture(scope="module")
def contextual(attacker: Callable[..., Send], their_key: dict[str, Any]) -> Send:
    """May do everything with a key under one encryption context."""
    condition = {"StringEquals": {"kms:EncryptionContext:kind": "ours"}}
    return attacker("contextual", "kms:*", their_key["Arn"], Condition=condition)


def test_a_member_that_the_operation_lacks_gives_no_condition_key(
    contextual: Send, their_key: dict[str, Any]
) -> None:
    members = {"KeyId": their_key["Arn"], "EncryptionContext": {"kind": "ours"}}
    assert asked(contextual, "kms", "TrentService", "DescribeKey", members)[0] == 400
    sealed = {**members, "KeySpec": "AES_256"}
    assert asked(contextual, "kms", "TrentService", "GenerateDataKey", sealed)[0] == 200


@pytest.mark.parametrize(
    "pairs",
    [
        {"kind": "ours", "KIND": "theirs"},
        {"KIND": "ours", "kind": "theirs"},
        {"\N{KELVIN SIGN}ind": "ours"},
    ],
    ids=["two cases", "two cases, the other first", "a letter that folds to another"],
)
def test_a_context_pair_of_another_name_does_not_stand_in(
    contextual: Send, their_key: dict[str, Any], pairs: dict[str, str]
) -> None:
    members = {"KeyId": their_key["Arn"], "KeySpec": "AES_256", "EncryptionContext": pairs}
    status, body = asked(contextual, "kms", "TrentService", "GenerateDataKey", members)
    code = json.loads(body)["__type"]
    assert (status, code) in [(400, "AccessDeniedException"), (400, "ValidationException")]


def test_a_token_of_another_principals_grant_grants_nothing(
    admin: Callable[[str], Any], keyless: Send, their_key: dict[str, Any]
) -> None:
    grant = admin("kms").create_grant(
        KeyId=their_key["Arn"],
        GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:user/deployer",
        Operations=["GenerateDataKey"],
    )
    members = {"KeyId": their_key["Arn"], "KeySpec": "AES_256"}
    members["GrantTokens"] = [grant["GrantToken"]]
    status, body = asked(keyless, "kms", "TrentService", "GenerateDataKey", members)
    assert (status, json.loads(body)["__type"]) == (400, "AccessDeniedException")


# --- SQS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def receiver(cloud: LocalCloud, admin: Callable[[str], Any], attacker: Callable[..., Send]) -> Send:
    """May do everything with queue `mine`, and with what begins like the list of its URL."""
    sqs = admin("sqs")
    for name in ("mine", "theirs"):
        sqs.create_queue(QueueName=name)
    sqs.send_message(QueueUrl=f"{cloud.address}/{ACCOUNT}/theirs", MessageBody=SECRET)
    return attacker("receiver", "sqs:*", f"arn:aws:sqs:{REGION}:{ACCOUNT}:mine*")


@pytest.mark.parametrize("path", ["/", f"/{ACCOUNT}/theirs", f"/{ACCOUNT}/mine"])
@pytest.mark.parametrize(
    "url",
    [
        "{}/111122223333/theirs",
        "{}/111122223333/theirs?/mine",
        "{}/111122223333/theirs#/mine",
        "{}/111122223333/theirs/../mine",
        "{}/111122223333/mine/../theirs",
        "{}/444455556666/mine",
        "{}/111122223333/theirs/",
        "theirs",
        "111122223333/theirs",
        ["{}/111122223333/mine"],
        {"url": "{}/111122223333/mine"},
        5,
    ],
    ids=str,
)
def test_a_queue_is_read_once(receiver: Send, cloud: LocalCloud, url: Any, path: str) -> None:
    given = url.format(cloud.address) if isinstance(url, str) else url
    members = {"QueueUrl": given, "VisibilityTimeout": 0}
    status, body = asked(receiver, "sqs", "AmazonSQS", "ReceiveMessage", members, path)
    assert status in (400, 403), body
    assert SECRET not in body


@pytest.mark.parametrize("form", [{}, {"QueueUrl": ""}, {"QueueName": "mine"}, {"QueueUrl": "x"}])
def test_a_queue_in_a_forms_path_is_the_one_decided_on(
    receiver: Send, form: dict[str, str]
) -> None:
    body = urlencode({"Action": "ReceiveMessage", "Version": "2012-11-05", **form}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status, answer = receiver("sqs", "POST", f"/{ACCOUNT}/theirs", body, kind)
    assert status in (400, 403), answer
    assert SECRET not in answer


# --- Lambda -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def invoker(admin: Callable[[str], Any], attacker: Callable[..., Send]) -> Send:
    """May do everything with function `mine`, and with functions of other places."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    role = admin("iam").create_role(
        RoleName="runs",
        AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": {**trust, "Action": "sts:AssumeRole"}}
        ),
    )["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code/__init__.py", f"def handler(*_):\n    return {SECRET!r}\n")
    for name in ("mine", "theirs"):
        admin("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="code.handler",
            Code={"ZipFile": packed.getvalue()},
        )
    elsewhere = ["arn:aws:lambda:eu-west-1:*", f"arn:aws:lambda:{REGION}:444455556666:*"]
    own = [f"{FUNCTIONS}mine", f"{FUNCTIONS}mine:*"]
    return attacker("invoker", "lambda:*", [*own, *elsewhere, "arn:aws:sqs:*"])


@pytest.mark.parametrize(
    "name",
    [
        "theirs",
        "theirs:$LATEST",
        f"{FUNCTIONS}theirs",
        FUNCTIONS.replace(REGION, "eu-west-1") + "theirs",
        FUNCTIONS.replace(ACCOUNT, "444455556666") + "theirs",
        FUNCTIONS.replace("lambda", "sqs") + "theirs",
        f"{FUNCTIONS}mine:function:theirs",
        "mine:function:theirs",
        "mine:theirs",
        "function:theirs",
        f"{ACCOUNT}:function:theirs",
        "444455556666:function:theirs",
        f"{REGION}:{ACCOUNT}:function:theirs",
        "mine/../theirs",
    ],
)
def test_a_function_is_read_once(invoker: Send, admin: Callable[[str], Any], name: str) -> None:
    base = f"/2015-03-31/functions/{quote(name, safe='')}"
    concurrency = f"/2017-10-31/functions/{quote(name, safe='')}/concurrency"
    for method, target, body in (
        ("POST", f"{base}/invocations", b"{}"),
        ("GET", base, b""),
        ("PUT", concurrency, b'{"ReservedConcurrentExecutions": 0}'),
        ("DELETE", base, b""),
    ):
        status, answer = invoker("lambda", method, target, body)
        assert status in (400, 403, 404), (method, answer)
    found = admin("lambda").get_function(FunctionName="theirs")
    assert "Concurrency" not in found


def test_a_qualifier_is_part_of_what_is_invoked(invoker: Send) -> None:
    target = "/2015-03-31/functions/mine/invocations?Qualifier="
    assert invoker("lambda", "POST", f"{target}%24LATEST", b"{}") == (200, json.dumps(SECRET))
    assert invoker("lambda", "POST", f"{target}theirs", b"{}")[0] == 404


# --- CloudWatch Logs --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def looker(admin: Callable[[str], Any], attacker: Callable[..., Send]) -> Send:
    """May do everything with log group `mine`."""
    logs = admin("logs")
    for group in ("mine", "mine2", "theirs"):
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        message = "mine" if group == "mine" else SECRET
        event = {"timestamp": 1_790_000_000_000, "message": message}
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])
    return attacker("looker", "logs:*", [f"{LOGS}mine", f"{LOGS}mine:*"])


@pytest.mark.parametrize(
    "group",
    [
        "theirs",
        f"{LOGS}theirs",
        f"{LOGS}theirs:*",
        "x:log-group:mine",
        "mine:log-group:theirs",
        "theirs:*",
        "mine*",
        "*",
        "",
        f"{LOGS}mine".replace(REGION, "eu-west-1"),
        f"{LOGS}mine".replace(ACCOUNT, "444455556666"),
        ["mine"],
        {"name": "mine"},
    ],
    ids=str,
)
def test_a_log_group_is_read_once(looker: Send, group: Any) -> None:
    times = {"startTime": 1, "endTime": 2, "queryString": "fields @message"}
    stream = {"logStreamName": "s"}
    for action, members in (
        ("FilterLogEvents", {"logGroupName": group}),
        ("FilterLogEvents", {"logGroupIdentifier": group}),
        ("FilterLogEvents", {"logGroupIdentifier": group, "logGroupName": "mine"}),
        ("GetLogEvents", {"logGroupName": group, **stream}),
        ("GetLogEvents", {"logGroupIdentifier": group, **stream}),
        ("StartQuery", {"logGroupNames": [group], **times}),
        ("StartQuery", {"logGroupIdentifiers": [group], "logGroupNames": ["mine"], **times}),
        ("CreateLogStream", {"logGroupName": group, "logStreamName": "new"}),
        ("PutRetentionPolicy", {"logGroupName": group, "retentionInDays": 1}),
        ("DeleteLogGroup", {"logGroupName": group}),
    ):
        status, body = asked(looker, "logs", "Logs_20140328", action, members)
        assert status == 400, (action, body)
        assert SECRET not in body


def test_a_log_group_by_its_arn_is_the_group_and_no_other(looker: Send) -> None:
    for identifier in ("mine", f"{LOGS}mine", f"{LOGS}mine:*"):
        for action, more in (("GetLogEvents", {"logStreamName": "s"}), ("FilterLogEvents", {})):
            members = {"logGroupIdentifier": identifier, **more}
            status, body = asked(looker, "logs", "Logs_20140328", action, members)
            assert (status, SECRET in body) == (200, False), (action, identifier, body)
            assert [one["message"] for one in json.loads(body)["events"]] == ["mine"]


def test_a_stream_is_named_without_colons_and_wildcards(looker: Send) -> None:
    for stream in ("a:log-stream:b", "*", ""):
        members = {"logGroupName": "mine", "logStreamName": stream}
        status, body = asked(looker, "logs", "Logs_20140328", "CreateLogStream", members)
        assert (status, json.loads(body)["__type"]) == (400, "InvalidParameterException")


def test_the_results_of_a_query_are_those_of_its_groups(
    looker: Send, admin: Callable[[str], Any]
) -> None:
    query = {"startTime": 1, "endTime": 2, "queryString": "fields @message"}
    for group, code in (("theirs", "AccessDeniedException"), ("mine", "")):
        started = admin("logs").start_query(logGroupName=group, **query)["queryId"]
        members = {"queryId": started}
        answer = asked(looker, "logs", "Logs_20140328", "GetQueryResults", members)
        assert json.loads(answer[1]).get("__type", "") == code
    missing = asked(looker, "logs", "Logs_20140328", "GetQueryResults", {"queryId": "none"})
    assert json.loads(missing[1])["__type"] == "ResourceNotFoundException"


# --- IAM and the Scheduler --------------------------------------------------------------------


def test_a_member_that_the_operation_lacks_does_not_choose_the_resource(
    attacker: Callable[..., Send], admin: Callable[[str], Any], cloud: LocalCloud
) -> None:
    iam = f"arn:aws:iam::{ACCOUNT}:"
    own = [f"{iam}group/mine", f"{iam}user/member", f"{iam}instance-profile/mine"]
    send = attacker("member", "iam:*", own)
    admin("iam").create_group(GroupName="mine")
    admin("iam").create_instance_profile(InstanceProfileName="mine")
    other = cloud.environment()["AWS_ACCESS_KEY_ID"]
    role = {"RoleName": "runs"}
    for form in (
        {"Action": "ListGroupsForUser", "UserName": "deployer", "GroupName": "mine"},
        {"Action": "ListInstanceProfilesForRole", "InstanceProfileName": "mine", **role},
        {"Action": "AddRoleToInstanceProfile", "InstanceProfileName": "mine", **role},
        {"Action": "DeleteRole", "UserName": "member", **role},
        {"Action": "GetAccessKeyLastUsed", "UserName": "member", "AccessKeyId": other},
        {"Action": "UpdateAccessKey", "AccessKeyId": other, "Status": "Inactive"},
        {"Action": "DeleteAccessKey", "AccessKeyId": other},
        {"Action": "UpdateUser", "UserName": "member", "NewUserName": "chief"},
        {"Action": "UpdateGroup", "GroupName": "mine", "NewGroupName": "chiefs"},
    ):
        body = urlencode({"Version": "2010-05-08", **form}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, answer = send("iam", "POST", "/", body, kind)
        assert (status, "<Code>AccessDenied</Code>" in answer) == (403, True), (form, answer)


@pytest.fixture(scope="module")
def planner(attacker: Callable[..., Send]) -> Send:
    """May do everything with schedules of group `mine`, and pass no role."""
    schedules = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/mine/*"
    return attacker("planner", "scheduler:*", schedules)


@pytest.mark.parametrize(
    ("target", "changed", "status"),
    [
        ("/schedules/a", {"GroupName": "theirs"}, 403),
        ("/schedules/a?groupName=mine", {}, 403),
        ("/schedules/a", {"GroupName": ["mine"]}, 400),
        ("/schedules/a", {"GroupName": "mine", "Target": []}, 400),
        ("/schedules/a", {"GroupName": "mine"}, 403),
    ],
    ids=["another group", "group in the query", "list", "no target", "without PassRole"],
)
def test_a_schedule_is_made_in_ones_own_group_with_a_role_that_one_may_pass(
    planner: Send, target: str, changed: dict[str, Any], status: int
) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/runs"
    schedule = {
        "ScheduleExpression": "rate(1 minute)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": f"{FUNCTIONS}mine", "RoleArn": role},
        **changed,
    }
    answer = planner("scheduler", "POST", target, json.dumps(schedule).encode())
    assert answer[0] == status, answer
    if changed == {"GroupName": "mine"}:
        assert f"iam:PassRole on resource: {role}" in answer[1]
