"""An empty local AWS for each test, and the provider on it: in process and over gRPC."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2_grpc

from local.cloud import LocalCloud
from local.provider import server
from local.provider.aws_clients import Cloud
from local.provider.lifecycle import Provider
from local.provider.resource_types import RESOURCES
from tests.local.provider.workshop import Program, Wire, Workshop, token


@pytest.fixture
def offline() -> Provider:
    """A provider for what needs no cloud."""
    return Provider(Cloud(region="us-east-1"))


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    """An empty local AWS whose deployer the environment names."""
    with LocalCloud() as cloud:
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        yield cloud


@pytest.fixture
def cloud(endpoint: LocalCloud) -> Iterator[Cloud]:
    """The provider's clients on that AWS."""
    cloud = Cloud()
    yield cloud
    cloud.close()


@pytest.fixture
def workshop(cloud: Cloud) -> Workshop:
    """What makes resources there."""
    return Workshop(Provider(cloud))


@pytest.fixture
def wire(endpoint: LocalCloud) -> Iterator[Wire]:
    """The provider served over gRPC on loopback."""
    running, port = server.start()
    environment = endpoint.environment()
    endpoints = [{name: endpoint.address for name in ("kms", "s3", "iam", "lambda", "sts")}]
    settings = {
        "region": "us-east-1",
        "accessKey": environment["AWS_ACCESS_KEY_ID"],
        "secretKey": environment["AWS_SECRET_ACCESS_KEY"],
        "endpoints": json.dumps(endpoints),
    }
    address = f"127.0.0.1:{port}"
    with grpc.insecure_channel(address) as channel:
        yield Wire(provider_pb2_grpc.ResourceProviderStub(channel), settings, address)
    running.stop(grace=None).wait()


@pytest.fixture
def unfinished_keys() -> Iterator[None]:
    """Lets every KMS key fail at the second step of its creation."""
    kind = RESOURCES[token("kms.Key")]
    failing = replace(kind, update=mock.Mock(side_effect=ValueError("not now")))
    with mock.patch.dict(RESOURCES, {kind.token: failing}):
        yield


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A Pulumi project in a folder of its own."""
    return Program(tmp_path / "project")
