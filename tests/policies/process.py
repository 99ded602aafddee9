"""The pack as a process, started as Pulumi's language host starts it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc


@contextmanager
def serving(folder: Path, cwd: Path) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """Start a pack and connect to it."""
    started = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:9", str(folder)],
        cwd=cwd,
        env={k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "PYTHON"))},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert started.stdout is not None
        port = int(started.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        started.terminate()
        started.communicate(timeout=60)
