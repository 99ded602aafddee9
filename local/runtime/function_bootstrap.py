"""Runs one Lambda invocation in a process of its own, with nothing of ours imported.

Standard input is JSON: event, client_context, handler, request_id, deadline (seconds since the
epoch), name, arn, memory, log_group, log_stream. Standard output and error are the function's log.
The outcome is written to the file named by the only argument, as JSON: payload, failed, memory.
"""

import gc
import importlib
import json
import logging
import os
import resource
import sys
import time
import traceback
from types import SimpleNamespace
from typing import Any


class _Formatter(logging.Formatter):
    """The prefix that the Python runtime puts before each record."""

    def __init__(self, request_id: str) -> None:
        pattern = f"[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t{request_id}\t%(message)s"
        super().__init__(pattern, "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime


def _context(task: dict[str, Any]) -> SimpleNamespace:
    """docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def remaining() -> int:
        return max(0, int((task["deadline"] - time.time()) * 1000))

    return SimpleNamespace(
        aws_request_id=task["request_id"],
        function_name=task["name"],
        function_version="$LATEST",
        invoked_function_arn=task["arn"],
        memory_limit_in_mb=str(task["memory"]),
        log_group_name=task["log_group"],
        log_stream_name=task["log_stream"],
        identity=None,
        client_context=_client_context(task["client_context"]),
        get_remaining_time_in_millis=remaining,
    )


def _client_context(given: dict[str, Any] | None) -> SimpleNamespace | None:
    """docs.aws.amazon.com/lambda/latest/dg/python-context.html, client_context"""
    if given is None:
        return None
    names = ("installation_id", "app_title", "app_version_name", "app_version_code")
    client = given.get("client") or {}
    return SimpleNamespace(
        custom=given.get("custom"),
        env=given.get("env"),
        client=SimpleNamespace(**{name: client.get(name) for name in (*names, "app_package_name")}),
    )


def _invoke(task: dict[str, Any]) -> tuple[str, bool]:
    try:
        module, _, name = task["handler"].rpartition(".")
        handler = getattr(importlib.import_module(module), name)
        answer = json.dumps(handler(task["event"], _context(task)))
    except BaseException as error:
        # A handler that exits ends the runtime; both are errors of the function.
        frames = traceback.format_tb(error.__traceback__)[1:]
        failure = {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "requestId": task["request_id"],
            "stackTrace": frames,
        }
        # One event, as the runtime logs it: carriage returns do not end a log line.
        text = f"[ERROR] {type(error).__name__}: {error}\nTraceback (most recent call last):\n"
        print((text + "".join(frames)).rstrip().replace("\n", "\r"))
        return json.dumps(failure), True
    return answer, False


def main() -> None:
    """Run the task and write its outcome."""
    task = json.load(sys.stdin)
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Formatter(task["request_id"]))
    logging.getLogger().addHandler(handler)
    payload, failed = _invoke(task)
    sys.stdout.flush()
    # Kilobytes on Linux, bytes on macOS.
    scale = 1024 if sys.platform == "darwin" else 1
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // scale // 1024
    with open(sys.argv[1], "w", encoding="utf-8") as file:  # noqa: PTH123 - this file imports little
        json.dump({"payload": payload, "failed": failed, "memory": used}, file)


main()
gc.freeze()  # else the interpreter looks through all of the SDK for garbage before it ends
