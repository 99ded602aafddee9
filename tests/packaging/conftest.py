"""The component package's schema, as the process that Pulumi would start answers it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.commands import environment_of_commands
from tests.harness import ROOT


def schema_of(*command: str | Path) -> dict[str, Any]:
    """Start a plugin as a language host does, with an engine's address; return its schema."""
    plugin = subprocess.Popen(
        [*command, "127.0.0.1:9"],
        cwd=sys.prefix,
        env=environment_of_commands(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert plugin.stdout is not None
        port = plugin.stdout.readline().strip()
        assert port, "expected the plugin's port, but it ended without one"
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            answer = stub.GetSchema(provider_pb2.GetSchemaRequest(), wait_for_ready=True)
            return json.loads(answer.schema)
    finally:
        plugin.kill()
        plugin.communicate()


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    return schema_of(sys.executable, ROOT / "components")


@pytest.fixture
def schema_from() -> Callable[..., dict[str, Any]]:
    return schema_of
