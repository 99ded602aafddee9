"""Timestamps in the formats of the services."""

import re
from datetime import UTC, datetime

_DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def moment(text: str) -> float:
    """Return an ISO-8601 date-time as seconds since the epoch; raises ValueError."""
    if not _DATE_TIME.fullmatch(text):
        raise ValueError(f"expected an ISO-8601 date-time, got {text!r}")
    return datetime.fromisoformat(text.upper()).timestamp()


def timestamp(moment: float) -> str:
    """Return seconds since the epoch as ISO-8601 in UTC with milliseconds."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
