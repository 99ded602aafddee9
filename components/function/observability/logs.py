"""Structured log lines on standard output, which Lambda delivers to the function's log group.

Lines hold ids, statuses, counts and error codes; never the content of a session, an insight or a
service's error text.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Write = Callable[[str], object]


class Log:
    """Writes one JSON object a line, each with the fields of its invocation."""

    def __init__(self, write: Write | None = None, **fields: str) -> None:
        self._write = write or _to_stdout
        self._fields = fields

    def info(self, event: str, **fields: Any) -> None:
        """Record what happened."""
        self._line("INFO", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Record what somebody should look at."""
        self._line("WARNING", event, fields)

    def metric(self, document: dict[str, Any]) -> None:
        """Write a line of the embedded metric format, whose members are at the top level."""
        self._write(json.dumps({**document, **self._fields}, separators=(",", ":")) + "\n")

    def _line(self, level: str, event: str, fields: dict[str, Any]) -> None:
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": level, "event": event, **self._fields, **fields}
        self._write(json.dumps(line, separators=(",", ":")) + "\n")


def _to_stdout(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()
