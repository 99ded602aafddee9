"""A disk that is full: an error, nothing half written, and an endpoint that goes on serving.

The limit on the size of a file stands for the full disk: the system takes what still fits of a
write, and then refuses the rest.
"""

import io
import json
import os
import resource
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws_api.aws_error import AwsError
from local.cli import output_files
from local.cli.command_error import CommandError
from local.runtime import code_folder
from local.runtime.code_folder import CodeFolder
from local.services.cloudtrail.events_file import EventsFile

Connect = Callable[..., Any]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_event_is_half_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "events.jsonl"
    file = EventsFile(path)
    file.append({"number": 1})
    with files_of_at_most(path.stat().st_size + 5):
        for number in (2, 3):
            file.append({"number": number})
        assert path.read_text() == '{"number": 1}\n'
    file.append({"number": 4})
    assert [json.loads(line)["number"] for line in path.read_text().splitlines()] == [1, 4]
    first, last = (record.getMessage() for record in caplog.records)
    assert first.startswith(f"--events {path}: events are lost: [Errno 27]")
    assert last == f"--events {path}: lost 2 events, writing again"


def test_a_device_without_room_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    EventsFile(Path("/dev/full")).append({})
    assert "No space left on device" in caplog.text


def test_no_outputs_file_is_half_written(tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    with (
        files_of_at_most(5),
        pytest.raises(CommandError, match=r"--outputs .*: the outputs are not written"),
    ):
        output_files.write_outputs(path, {"bucket": "a" * 100})
    assert list(tmp_path.iterdir()) == []


def package(**sources: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in sources.items():
            archive.writestr(f"{name}.py", text)
    return packed.getvalue()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_no_code_is_half_unpacked(temporary: Path) -> None:
    folder = CodeFolder()
    code = package(first="a", second="b" * 1000)
    with (
        files_of_at_most(500),
        pytest.raises(AwsError, match=r"ServiceException: The code could not be unpacked: .*27"),
    ):
        folder.unpacked("hash", code)
    assert [path.name for path in folder.path.iterdir()] == ["lock"]
    assert (folder.unpacked("hash", code) / "second.py").read_text() == "b" * 1000
    folder.close()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("code", [b"no zip", package(code="x")[:-30]], ids=["text", "cut off"])
def test_code_that_cannot_be_unpacked_is_named(temporary: Path, code: bytes) -> None:
    folder = CodeFolder()
    with pytest.raises(AwsError, match="InvalidZipFileException"):
        folder.unpacked("hash", code)
    folder.close()


def test_the_endpoint_serves_on(
    connect: Connect, function: Callable[..., str], temporary: Path
) -> None:
    source = "def handler(event, context): return 5\n" + "#" * 5000
    function("full", source)
    with files_of_at_most(2000), pytest.raises(ClientError, match="ServiceException"):
        connect("lambda").invoke(FunctionName="full")
    assert connect("lambda").invoke(FunctionName="full")["Payload"].read() == b"5"


def test_what_a_killed_process_left_goes_at_the_next_start(temporary: Path) -> None:
    """Its lock is released by the system, as that of a folder whose descriptor is closed here."""
    killed, running = CodeFolder(), CodeFolder()
    left, kept = killed.path, running.path
    os.close(killed._lock)
    (temporary / f"{code_folder._PREFIX}link").symlink_to(temporary)
    without_lock = temporary / f"{code_folder._PREFIX}new"
    without_lock.mkdir()
    code_folder.remove_abandoned()
    assert not left.exists()
    assert without_lock.exists()  # its process is on the way to its lock
    assert kept.exists()
    assert (temporary / f"{code_folder._PREFIX}link").is_symlink()
    running.close()


def test_no_function_no_folder(temporary: Path, connect: Connect) -> None:
    connect("lambda").list_functions()
    assert list(temporary.iterdir()) == []
