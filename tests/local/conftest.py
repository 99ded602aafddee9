"""A local cloud on a clock that stands still, and boto3 clients that reach it over HTTP."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.config import Config

from local.cloud import LocalCloud
from local.runtime.clients import isolated_session
from local.runtime.clock import ManualClock

START = 1_790_000_000.0
ACCOUNT = "111122223333"
SESSION = isolated_session("us-east-1")


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(clock=ManualClock(START), enforce=False) as running:
        yield running


@dataclass(frozen=True)
class Credentials:
    """Keys with which a client signs; the token is that of a role's session."""

    key: str
    secret: str
    token: str | None = None


@pytest.fixture
def deployer(cloud: LocalCloud) -> Credentials:
    environment = cloud.environment()
    return Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])


Connect = Callable[..., Any]


@pytest.fixture
def connect(cloud: LocalCloud, deployer: Credentials) -> Iterator[Connect]:
    """connect(service, credentials=deployer, **config) gives a boto3 client over HTTP."""
    clients: dict[Any, Any] = {}

    def make(service: str, credentials: Credentials = deployer, **config: Any) -> Any:
        wanted = (service, credentials, *config.items())
        if wanted in clients:
            return clients[wanted]
        client = clients[wanted] = SESSION.client(
            service,
            endpoint_url=cloud.address,
            aws_access_key_id=credentials.key,
            aws_secret_access_key=credentials.secret,
            aws_session_token=credentials.token,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )
        return client

    yield make
    for client in clients.values():
        client.close()


@pytest.fixture
def role(connect: Connect) -> Callable[[str], str]:
    """role(name) makes a role and gives its ARN."""

    def make(name: str) -> str:
        document = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        answer = connect("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(document)
        )
        return answer["Role"]["Arn"]

    return make


@pytest.fixture
def session_of(connect: Connect, role: Callable[[str], str]) -> Callable[[str], Credentials]:
    """session_of(name) makes a role and gives the credentials of a session of it."""

    def make(name: str) -> Credentials:
        answer = connect("sts").assume_role(RoleArn=role(name), RoleSessionName="session")
        given = answer["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    return make


@pytest.fixture
def function(connect: Connect, role: Callable[[str], str]) -> Callable[..., str]:
    """function(name, source, **members) deploys a handler `code.handler`; gives its ARN."""

    def make(name: str, source: str, **members: Any) -> str:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("code/__init__.py", source)
        answer = connect("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role(f"{name}-role"),
            Handler="code.handler",
            Code={"ZipFile": packed.getvalue()},
            Timeout=members.pop("Timeout", 30),
            **members,
        )
        return answer["FunctionArn"]

    return make


@pytest.fixture
def queue(connect: Connect) -> Callable[[str], tuple[str, Callable[[], list[Any]]]]:
    """queue(name) makes a queue; gives its ARN and a function that takes its messages."""

    def make(name: str) -> tuple[str, Callable[[], list[Any]]]:
        sqs = connect("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]

        def take() -> list[Any]:
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            return answer.get("Messages", [])

        return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}", take

    return make
