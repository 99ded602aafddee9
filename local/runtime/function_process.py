"""One invocation of a function's zip in a process of its own, with an environment of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.runtime.code_folder import CodeFolder

_BOOTSTRAP = Path(__file__).with_name("function_bootstrap.py")
_LARGEST_ANSWER = 6 * 1024 * 1024


@dataclass(frozen=True)
class Task:
    """What is to be run. `environment` is the function's own, credentials included."""

    code_hash: str
    code: bytes
    handler: str
    event: Any
    request_id: str
    name: str
    arn: str
    memory: int
    timeout: float
    environment: Mapping[str, str]
    log_group: str
    log_stream: str
    client_context: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it: the answer or the error as JSON text, and the lines it wrote.

    `duration` is in seconds, `memory` in MB.
    """

    payload: str
    failed: bool
    lines: tuple[str, ...]
    duration: float
    memory: int


class FunctionProcesses:
    """Runs tasks; unpacked code is kept in a temporary folder until `close`."""

    def __init__(self) -> None:
        self._folder = CodeFolder()
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()

    def close(self) -> None:
        """End what still runs and remove the unpacked code."""
        with self._lock:
            running = list(self._running)
        for process in running:
            _kill(process)
        self._folder.close()

    def run(self, task: Task) -> Outcome:
        """Run one task to its end or its timeout."""
        root = self._folder.unpacked(task.code_hash, task.code)
        result = self._folder.path / f"result-{task.request_id}-{threading.get_ident()}"
        started = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - no shell, and the program is this interpreter
            [sys.executable, "-I", "-X", "utf8", "-u", str(_BOOTSTRAP), str(result)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=root,
            env=_environment(task, root, str(self._folder.path)),
            start_new_session=True,
        )
        with self._lock:
            self._running.add(process)
        try:
            output, in_time = _communicate(process, task)
        finally:
            with self._lock:
                self._running.discard(process)
        duration = time.monotonic() - started
        try:
            return _outcome(task, process.returncode, result, output, in_time, duration)
        finally:
            result.unlink(missing_ok=True)


def _environment(task: Task, root: Path, home: str) -> dict[str, str]:
    """What the process sees: what Lambda sets, the function's own, and nothing of the host's.

    docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {
        **kept,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        # Without these an SDK would read the profile of whoever runs the endpoint, or ask IMDS.
        "HOME": home,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        **task.environment,
        "_HANDLER": task.handler,
        "AWS_LAMBDA_FUNCTION_NAME": task.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(task.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": task.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": task.log_stream,
        "LAMBDA_TASK_ROOT": str(root),
    }


def _communicate(process: subprocess.Popen[bytes], task: Task) -> tuple[bytes, bool]:
    """Everything the process wrote, and whether it ended before its timeout."""
    message = {
        "event": task.event,
        "client_context": task.client_context,
        "handler": task.handler,
        "request_id": task.request_id,
        "deadline": time.time() + task.timeout,
        "name": task.name,
        "arn": task.arn,
        "memory": task.memory,
        "log_group": task.log_group,
        "log_stream": task.log_stream,
    }
    try:
        output, _ = process.communicate(json.dumps(message).encode(), timeout=task.timeout)
    except subprocess.TimeoutExpired:
        _kill(process)
        output, _ = process.communicate()
        return output, False
    # What the handler left running ends with it.
    _kill(process)
    return output, True


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def _outcome(
    task: Task, code: int, result: Path, output: bytes, in_time: bool, duration: float
) -> Outcome:
    lines = tuple(line for line in output.decode("utf-8", "replace").split("\n") if line)
    if not in_time:
        message = f"Task timed out after {task.timeout:.2f} seconds"
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        lines += (f"{stamp} {task.request_id} {message}",)
        error = _error("Sandbox.Timedout", f"RequestId: {task.request_id} Error: {message}")
        return Outcome(error, True, lines, task.timeout, 0)
    if not result.exists():
        text = f"RequestId: {task.request_id} Error: Runtime exited with error: exit status {code}"
        return Outcome(_error("Runtime.ExitError", text), True, (*lines, text), duration, 0)
    found = json.loads(result.read_text(encoding="utf-8"))
    payload, failed, memory = found["payload"], found["failed"], found["memory"]
    if len(payload.encode()) > _LARGEST_ANSWER:
        failed = True
        payload = _error(
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({_LARGEST_ANSWER} "
            "bytes).",
        )
    return Outcome(payload, failed, lines, duration, memory)


def _error(kind: str, message: str) -> str:
    return json.dumps({"errorMessage": message, "errorType": kind})
