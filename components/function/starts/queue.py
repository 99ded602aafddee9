"""FIFO queue of recorded start requests.

Each new start and each export run first complete the requests before it, so a request waits for
room only, never for the next scheduled run. A request that fails, or that an interrupted run left,
delays others for as long as a run may live. Its token makes it one start, however often it is
tried.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ..aws.deadline import LONGEST_RUN
from ..errors import FULL, ControllerError
from ..evaluations.lookup import with_name
from ..evaluations.scope import owns
from ..invocation import Invocation
from . import records, tokens
from .completion import complete
from .records import Record

Outcome = dict[str, Any] | Exception | None


def admit(
    invocation: Invocation, keys: Iterable[str]
) -> Iterator[tuple[str, Record | None, Outcome]]:
    """Complete recorded starts and return of each its key, itself, and the evaluation or the error.

    The outcome is None for one that is not tried: because there was no room for one before it, or
    because its caller does not want it to wait and may still be trying. Raises OutOfTime.
    """
    full = False
    for key in keys:
        invocation.deadline.check()
        record, outcome = None, None
        try:
            record = records.read(invocation.bucket, key)
            if record is None:
                continue
            if not full:
                outcome = _try(invocation, record)
        except Exception as error:
            outcome = error
        full = full or type(outcome).__name__ in FULL
        yield key, record, outcome


def _came_late(invocation: Invocation, record: Record) -> bool:
    """Tell whether a start during which its evaluation was deleted may have made another.

    Its name tells: as long as that is in use, the service starts nothing new under it, and the
    token gives what it has started.
    """
    if not tokens.deleted_under(invocation.bucket, record.token):
        return False
    summary = with_name(invocation, record.name)
    return summary is not None and owns(invocation.settings, summary)


def _try(invocation: Invocation, record: Record) -> Outcome:
    if not record.waits and records.came_after(record, invocation.now() - LONGEST_RUN):
        return None
    try:
        tokens.require_fresh(invocation.bucket, record.parameters)
    except ControllerError:
        if not _came_late(invocation, record):
            records.remove(invocation.bucket, record)
            raise
    try:
        return complete(invocation, record, promised=True)
    except ControllerError as error:
        if not record.waits and type(error).__name__ in FULL:
            # The service does not know its token, and nobody waits for it.
            records.remove(invocation.bucket, record)
        raise
