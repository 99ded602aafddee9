"""ExportBatchEvaluations: one run of the scheduled reconciliation."""

from collections.abc import Mapping
from typing import Any

from ..exports.reconciliation import reconcile
from ..invocation import Invocation


def export(invocation: Invocation, options: Mapping[str, Any]) -> dict[str, Any]:
    """Do what is due until the deadline and return what was done and what is left, with reasons.

    Option `retryNow`: try again what failed before, although its time has not come.
    """
    return reconcile(invocation, retry_now=options.get("retryNow") is True)
