"""The queue: recorded starts are tried in the order in which they came, and none overtakes.

Both the export and each new start do this for all that came before, so a start waits only for room
and never for the next tick. One that fails, or that an interrupted run has left, holds up others as
long as a run may live, and then nobody. The token makes a start that is tried by several the same.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from . import marks, records
from .errors import FULL, ControllerError
from .invocation import Invocation
from .lookup import with_name
from .records import Record
from .scope import owns
from .start import complete

# After this no run that was there before goes on.
# docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
LONGEST_RUN = timedelta(minutes=15)

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
            record = records.read(invocation.store, key)
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
    if not marks.deleted_under(invocation.store, record.token):
        return False
    summary = with_name(invocation, record.name)
    return summary is not None and owns(invocation.settings, summary)


def _try(invocation: Invocation, record: Record) -> Outcome:
    if not record.waits and records.came_after(record, invocation.now() - LONGEST_RUN):
        return None
    try:
        marks.require_fresh(invocation.store, record.parameters)
    except ControllerError:
        if not _came_late(invocation, record):
            records.remove(invocation.store, record)
            raise
    try:
        return complete(invocation, record, promised=True)
    except ControllerError as error:
        if not record.waits and type(error).__name__ in FULL:
            # The service does not know its token, and nobody waits for it.
            records.remove(invocation.store, record)
        raise
