"""The queue: recorded starts are tried in the order in which they came, and none overtakes.

Both the export and each new start do this for all that came before. So a start waits only for room
and never for the next tick, and a record that was left by an interrupted start holds up nobody. The
token makes a start that is tried by several the same one.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from . import records, tokens
from .errors import FULL, ControllerError
from .invocation import Invocation
from .records import Record
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


def _try(invocation: Invocation, record: Record) -> Outcome:
    if not record.waits and records.came_after(record, invocation.now() - LONGEST_RUN):
        return None
    try:
        tokens.require_fresh(invocation.store, record.token)
    except ControllerError:
        records.remove(invocation.store, record)
        raise
    try:
        return complete(invocation, record, promised=True)
    except ControllerError as error:
        if not record.waits and type(error).__name__ in FULL:
            # The service does not know its token, and nobody waits for it.
            records.remove(invocation.store, record)
        raise
