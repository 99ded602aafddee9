"""The real engine, once a session: local AWS, provider and programs in processes of their own.

Where tests run in several processes, each of them has all of this for itself.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.runtime.clients import isolated_session
from tests.engine.engine import (
    Aws,
    Engine,
    Interrupting,
    MakeStack,
    Stack,
    command_line,
    copy_of_project,
    line,
    local_aws,
    process,
)
from tests.harness import ACCOUNT, PROJECT


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the command line skip one test for all, so that it is said in one line."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    if here and shutil.which("pulumi") is None:
        first, *others = here
        reason = f"no `pulumi` on PATH: {len(here)} tests with the real engine were not run"
        first.add_marker(pytest.mark.skip(reason=reason))
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.fixture(scope="session")
def endpoint() -> Iterator[dict[str, str]]:
    """The AWS_* variables of a local AWS."""
    with local_aws() as variables:
        yield variables


@pytest.fixture(scope="session")
def engine(
    endpoint: dict[str, str], aws: Aws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """The command line with a home and a backend of its own, and a key for secrets."""
    key = aws("kms").create_key()["KeyMetadata"]["KeyId"]
    aws("kms").create_alias(AliasName="alias/pulumi", TargetKeyId=key)
    with command_line(tmp_path_factory.mktemp("pulumi"), endpoint) as engine:
        yield replace(engine, secrets_provider="awskms://alias/pulumi?region=us-east-1")


@pytest.fixture(scope="session")
def project(engine: Engine) -> Path:
    """A copy of this project; its stacks are the tests' own."""
    folder = engine.folder / "project"
    copy_of_project(folder)
    return folder


@pytest.fixture(scope="session")
def make_stack(engine: Engine, project: Path) -> MakeStack:
    """make_stack(name, **settings) gives an empty stack of this project in stage local.

    All stacks are in one account: the name is part of the name of each resource, and a tag of it.
    The schedule is off, else each stack would run its function once a minute.
    """

    def make(name: str, **settings: Any) -> Stack:
        stack = Stack(engine, project, name)
        values = {
            "stage": "local",
            "protect": False,
            "exportEnabled": False,
            "tags": {"environment": name},
            **settings,
        }
        content = {f"{PROJECT}:{key}": value for key, value in values.items()}
        stack.file.write_text(yaml.safe_dump({"config": {"aws:region": "us-east-1", **content}}))
        return stack.init()

    return make


@pytest.fixture(scope="session")
def aws(endpoint: dict[str, str]) -> Iterator[Aws]:
    """aws(service) gives a boto3 client, to look and to meddle."""
    session = isolated_session("us-east-1")
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = session.client(
                service,
                endpoint_url=endpoint["AWS_ENDPOINT_URL"],
                aws_access_key_id=endpoint["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=endpoint["AWS_SECRET_ACCESS_KEY"],
            )
        return clients[service]

    yield client
    for made in clients.values():
        made.close()


@pytest.fixture(scope="session")
def role(aws: Aws) -> Callable[[str], str]:
    """role(name) makes a role that is none of ours, once, and gives its ARN."""
    account = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {"Effect": "Allow", "Principal": account, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    made: dict[str, str] = {}

    def make(name: str) -> str:
        if name not in made:
            answer = aws("iam").create_role(
                RoleName=name, AssumeRolePolicyDocument=json.dumps(document)
            )
            made[name] = answer["Role"]["Arn"]
        return made[name]

    return make


@pytest.fixture
def interrupting(endpoint: dict[str, str]) -> Iterator[Interrupting]:
    """interrupting(stack, service, operation) gives the stack on a provider that asks at each call
    of the operation, and that provider."""
    with ExitStack() as open_:

        def make(
            stack: Stack, service: str, operation: str
        ) -> tuple[Stack, "subprocess.Popen[str]"]:
            provider = open_.enter_context(
                process("tests.engine.interrupting_provider", service, operation, **endpoint)
            )
            attached = {"PULUMI_DEBUG_PROVIDERS": f"aws:{line(provider)}"}
            return replace(stack, environment=attached), provider

        yield make
