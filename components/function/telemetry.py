"""What the function tells of itself: log lines and, as log lines too, metrics.

Lines go to standard output, which Lambda delivers to the function's log group. They hold ids,
statuses, counts and error codes; never what a session, an insight or a service's error text says.
Metrics have CloudWatch's embedded format, so they need no further call or permission:
docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .settings import Settings

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


UNITS = {
    "EvaluationsStarted": "Count",
    "EvaluationsExported": "Count",
    "ExportLag": "Seconds",
    "KeyUnavailable": "Count",
    "EvaluationsWithoutOurKey": "Count",
}


class Metrics:
    """Puts metrics of one environment into its log."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log

    def put(self, **values: float) -> None:
        """Record values under names of `UNITS`, in one line; raises KeyError for another name."""
        self._log.metric(
            {
                "_aws": {
                    "Timestamp": time.time_ns() // 1_000_000,
                    "CloudWatchMetrics": [
                        {
                            "Namespace": self._settings.metrics_namespace,
                            "Dimensions": [["Environment"]],
                            "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in values],
                        }
                    ],
                },
                "Environment": self._settings.environment,
                **values,
            }
        )
