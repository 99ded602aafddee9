"""An account for each test, and an environment in it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from components.function.aws.clients import Clients
from components.function.settings import Settings
from tests.components.function.account import REGION, Cloud, Environment, request, settings_of


@pytest.fixture(scope="session")
def shared_clients() -> Clients:
    """Clients for all tests: making them is the slow part."""
    with mock_aws():
        clients = Clients(REGION)
        for made in (clients.kms, clients.evaluations, clients.s3, clients.logs, clients.sts):
            assert made.meta.region_name == REGION
    return clients


@pytest.fixture
def cloud(shared_clients: Clients, brief_calls: None) -> Iterator[Cloud]:
    """An empty account."""
    made = Cloud(shared_clients)
    made.connect(shared_clients)
    with mock_aws():
        yield made
    made.disconnect(shared_clients)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the SDK's pauses between attempts."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


@pytest.fixture
def team(cloud: Cloud) -> Environment:
    """An environment for every name, with deletion allowed."""
    return cloud.environment()


@pytest.fixture
def make_request() -> Callable[..., dict[str, Any]]:
    return request


@pytest.fixture
def make_settings() -> Callable[..., Settings]:
    return settings_of
