"""An enforcing endpoint with one resource of each kind, and calls to all of them."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from moto.kms.utils import generate_private_key

from local.aws_api.aws_error import AwsError, rendered
from local.aws_api.caller import Principal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import read_request
from local.cloud import LocalCloud
from local.runtime.clock import ManualClock
from tests.local.authorization.odd_documents import ACCOUNT, odd_documents

QUEUE = f"http://127.0.0.1/{ACCOUNT}/name"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:name"
TARGETS = {"kms": "TrentService", "logs": "Logs_20140328", "sqs": "AmazonSQS"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/name"


class Endpoint:
    """An enforcing endpoint with one resource of each kind, all called `name`."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        key = cloud.environment()["AWS_ACCESS_KEY_ID"]
        self.deployer = Principal(f"arn:aws:iam::{ACCOUNT}:user/deployer", ACCOUNT, key)
        self.guest = self._guest()
        self.key: str | None = None
        assert self.http("s3", "PUT", "/name").status == 200
        assert self.http("s3", "PUT", "/name/name", b"data").status == 200
        assert self.json("sqs", "CreateQueue", {"QueueName": "name"}).status == 200
        assert self.json("logs", "CreateLogGroup", {"logGroupName": "name"}).status == 200
        trust = odd_documents("sts:AssumeRole", "*")["right"].decode()
        plain = json.loads(trust)
        del plain["Statement"][0]["Resource"]
        services = ["lambda.amazonaws.com", "scheduler.amazonaws.com"]
        plain["Statement"][0]["Principal"]["Service"] = services
        made = self.form("CreateRole", RoleName="name", AssumeRolePolicyDocument=json.dumps(plain))
        assert made.status == 200, made.body
        self._function()

    def _guest(self) -> Principal:
        self.form("CreateUser", UserName="name")
        answer = self.form("CreateAccessKey", UserName="name").body.decode()
        key = answer.partition("<AccessKeyId>")[2].partition("<")[0]
        return Principal(f"arn:aws:iam::{ACCOUNT}:user/name", ACCOUNT, key)

    def _function(self) -> None:
        body = {
            "FunctionName": "name",
            "Runtime": "python3.13",
            "Role": ROLE,
            "Handler": "code.handler",
            "Code": {"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="},
        }
        made = self.http("lambda", "POST", "/2015-03-31/functions", json.dumps(body).encode())
        assert made.status == 201, made.body

    def http(
        self,
        service: str,
        method: str,
        target: str,
        body: bytes = b"",
        who: Principal | None = None,
        **headers: str,
    ) -> Response:
        try:
            call = read_request(
                who or self.deployer, service, self.cloud.place, method, target, headers, body
            )
        except AwsError as error:
            return rendered(error, "json", "")
        return self.cloud.answer(call)

    def json(self, service: str, action: str, members: Any, who: Any = None) -> Response:
        headers = {"x-amz-target": f"{TARGETS[service]}.{action}"}
        return self.http(service, "POST", "/", json.dumps(members).encode(), who, **headers)

    def form(self, action: str, service: str = "iam", who: Any = None, **members: Any) -> Response:
        pairs = {"Action": action, **members}
        text = "&".join(f"{name}={quote(value)}" for name, value in pairs.items())
        return self.http(service, "POST", "/", text.encode(), who)


def running() -> Iterator[Endpoint]:
    """An endpoint while it runs."""
    # moto makes a key of RSA for each key, which takes longer than all the rest.
    made = generate_private_key("RSA_2048")
    with (
        pytest.MonkeyPatch.context() as patch,
        LocalCloud(clock=ManualClock(1_790_000_000.0)) as cloud,
    ):
        patch.setattr("moto.kms.models.generate_private_key", lambda _: made)
        yield Endpoint(cloud)


def probe(endpoint: Endpoint, service: str = "IAM") -> None:
    """What the policy bears on answers, to its administrator and to somebody else."""
    for who in (endpoint.deployer, endpoint.guest):
        answers = [ask(endpoint, who) for ask in PROBES[service]]
        assert [answer for answer in answers if answer.status >= 500] == []


def get(service: str, target: str) -> Callable[[Endpoint, Principal], Response]:
    return lambda endpoint, who: endpoint.http(service, "GET", target, b"", who)


def assume(endpoint: Endpoint, who: Principal) -> Response:
    return endpoint.form("AssumeRole", "sts", who, RoleArn=ROLE, RoleSessionName="session")


PROBES: dict[str, list[Callable[[Endpoint, Principal], Response]]] = {
    "KMS": [
        lambda endpoint, who: endpoint.json("kms", "DescribeKey", {"KeyId": endpoint.key}, who),
        lambda endpoint, who: endpoint.json("kms", "GetKeyPolicy", {"KeyId": endpoint.key}, who),
    ],
    "S3": [get("s3", "/name"), get("s3", "/name/name"), get("s3", "/name?policy")],
    "SQS": [
        lambda endpoint, who: endpoint.json("sqs", "SendMessage", SENT, who),
        lambda endpoint, who: endpoint.json("sqs", "GetQueueAttributes", ATTRIBUTES, who),
    ],
    "Logs": [
        lambda endpoint, who: endpoint.json("logs", "DescribeResourcePolicies", {}, who),
        lambda endpoint, who: endpoint.json("logs", "DescribeLogGroups", {}, who),
    ],
    "IAM": [
        get("s3", "/name/name"),
        assume,
        lambda endpoint, who: endpoint.form("GetRole", who=who, RoleName="name"),
    ],
    "STS": [assume],
    "Lambda": [
        get("lambda", "/2015-03-31/functions/name"),
        get("lambda", "/2015-03-31/functions/name/policy"),
    ],
}
SENT = {"QueueUrl": QUEUE, "MessageBody": "m"}
ATTRIBUTES = {"QueueUrl": QUEUE, "AttributeNames": ["All"]}
