"""`problems/<id>/<due>-<attempts>-<reason>.json`: back-off of exports that fail.

The object's key holds everything, so that a run reads one list however many there are, reports each
reason once, and waits longer after each attempt. The object is removed with the export.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from . import layout
from .bucket import OutputBucket, json_bytes

_KEY = re.compile(rf"{layout.BACK_OFF}([^/]+)/(\d{{8}}T\d{{6}}Z)-(\d+)-([\w.]+)\.json")
_TIME = "%Y%m%dT%H%M%SZ"

_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class BackOff:
    """Why the last attempt failed; `due` is the moment of the next, as sortable text."""

    evaluation_id: str
    due: str
    attempts: int
    reason: str

    @property
    def key(self) -> str:
        """The object's key."""
        name = f"{self.due}-{self.attempts}-{self.reason}"
        return f"{layout.back_off_of(self.evaluation_id)}{name}.json"

    def waits(self, now: datetime) -> bool:
        """Tell whether it is too early for another attempt."""
        return self.due > now.strftime(_TIME)


def every(bucket: OutputBucket) -> dict[str, BackOff]:
    """Return all by evaluation; the latest where a run was interrupted between two."""
    found: dict[str, BackOff] = {}
    for key in bucket.keys(layout.BACK_OFF):
        match = _KEY.fullmatch(key)
        if match:
            found[match[1]] = BackOff(match[1], match[2], int(match[3]), match[4])
    return found


def record(
    bucket: OutputBucket, before: BackOff | None, evaluation_id: str, reason: str, now: datetime
) -> None:
    """Record a failed attempt.

    The next run tries once more; after that the wait doubles, from five minutes to one hour.
    """
    attempts = before.attempts + 1 if before else 1
    wait = min(_FIRST_WAIT * 2 ** min(attempts - 2, 10), _LONGEST_WAIT)
    if attempts == 1:
        wait = timedelta()
    failed = BackOff(evaluation_id, (now + wait).strftime(_TIME), attempts, reason)
    earlier = _versions(bucket, evaluation_id)
    bucket.put(failed.key, BytesIO(json_bytes({"reason": reason})), evaluation_id)
    bucket.remove(earlier)


def clear(bucket: OutputBucket, evaluation_ids: Iterable[str]) -> None:
    """Forget the failed attempts of evaluations."""
    for evaluation_id in evaluation_ids:
        bucket.remove(_versions(bucket, evaluation_id))


def _versions(bucket: OutputBucket, evaluation_id: str) -> list[tuple[str, str]]:
    return list(bucket.versions(layout.back_off_of(evaluation_id)))
