"""`problems/<id>/<due>-<attempts>-<reason>.json`: an evaluation whose export fails, and until when.

The key of the object tells everything, so that a tick reads one list however many there are, says
each problem once, and tries again later and later. It goes when the evaluation is exported.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from .artifacts import ArtifactStore, json_bytes

PREFIX = "problems/"
_KEY = re.compile(rf"{PREFIX}([^/]+)/(\d{{8}}T\d{{6}}Z)-(\d+)-([\w.]+)\.json")
_TIME = "%Y%m%dT%H%M%SZ"

_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class Problem:
    """What stood against the last attempt; `due` is the moment of the next, to be sorted."""

    evaluation_id: str
    due: str
    attempts: int
    reason: str

    @property
    def key(self) -> str:
        """The object's key."""
        name = f"{self.due}-{self.attempts}-{self.reason}"
        return f"{PREFIX}{self.evaluation_id}/{name}.json"

    def waits(self, now: datetime) -> bool:
        """Tell whether it is too early for another attempt."""
        return self.due > now.strftime(_TIME)


def every(store: ArtifactStore) -> dict[str, Problem]:
    """Return all problems by evaluation; the latest where a tick was interrupted between two."""
    found: dict[str, Problem] = {}
    for key in store.keys(PREFIX):
        match = _KEY.fullmatch(key)
        if match:
            found[match[1]] = Problem(match[1], match[2], int(match[3]), match[4])
    return found


def note(
    store: ArtifactStore, before: Problem | None, evaluation_id: str, reason: str, now: datetime
) -> None:
    """Record a failed attempt.

    The next tick tries once more; after that the wait doubles, from five minutes to one hour.
    """
    attempts = before.attempts + 1 if before else 1
    wait = min(_FIRST_WAIT * 2 ** min(attempts - 2, 10), _LONGEST_WAIT)
    if attempts == 1:
        wait = timedelta()
    problem = Problem(evaluation_id, (now + wait).strftime(_TIME), attempts, reason)
    earlier = _versions(store, evaluation_id)
    store.put(problem.key, BytesIO(json_bytes({"reason": reason})), evaluation_id)
    store.remove(earlier)


def clear(store: ArtifactStore, evaluation_ids: Iterable[str]) -> None:
    """Forget the problems of evaluations."""
    for evaluation_id in evaluation_ids:
        store.remove(_versions(store, evaluation_id))


def _versions(store: ArtifactStore, evaluation_id: str) -> list[tuple[str, str]]:
    return list(store.versions(f"{PREFIX}{evaluation_id}/"))
