"""CloudWatch metrics as log lines in the embedded metric format: no further call or permission.

docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import time

from ..settings import Settings
from .logs import Log

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
