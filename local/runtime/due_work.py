"""Runs what falls due: promptly on the system's clock, on demand on a manual one."""

import logging
import threading
from collections.abc import Sequence

from local.runtime.clock import Clock, Due, ManualClock

_LOG = logging.getLogger(__name__)
_LONGEST_WAIT = 60.0
_AFTER_FAILURE = 1.0


class Ticker:
    """Drives parts that have work at known moments.

    On any clock but a ManualClock each part has a thread of its own, so that a long piece of work
    of one does not hold up the others.
    """

    def __init__(self, clock: Clock, parts: Sequence[Due]) -> None:
        self._clock = clock
        self._parts = tuple(parts)
        self._stopping = threading.Event()
        self._threads: list[tuple[threading.Thread, threading.Event]] = []

    def start(self) -> None:
        """Begin to watch the clock; does nothing for a ManualClock."""
        if isinstance(self._clock, ManualClock):
            return
        for part in self._parts:
            changed = threading.Event()
            thread = threading.Thread(
                target=self._watch, args=(part, changed), name=f"due-{type(part).__name__}"
            )
            self._threads.append((thread, changed))
            thread.start()

    def stop(self) -> None:
        """End after the work that is under way."""
        self._stopping.set()
        self.wake()
        for thread, _ in self._threads:
            thread.join()

    def wake(self) -> None:
        """Look again at what is due, because a call may have added to it."""
        for _, changed in self._threads:
            changed.set()

    def advance(self, seconds: float) -> None:
        """Move a ManualClock on, running everything due on the way at its own moment.

        Raises TypeError for another clock, ValueError for a negative number of seconds.
        """
        if not isinstance(self._clock, ManualClock):
            raise TypeError(f"clock: expected a ManualClock, found {type(self._clock).__name__}")
        if seconds < 0:
            raise ValueError(f"seconds: expected 0 or more, found {seconds}")
        end = self._clock.now() + seconds
        while True:
            moments = [(due, part) for part in self._parts if (due := part.next_due()) is not None]
            moment, part = min(moments, key=lambda entry: entry[0], default=(end, None))
            if part is None or moment > end:
                break
            self._clock.move_to(max(moment, self._clock.now()))
            part.run_due(self._clock.now())
        self._clock.move_to(end)

    def _watch(self, part: Due, changed: threading.Event) -> None:
        while not self._stopping.is_set():
            changed.clear()
            due = part.next_due()
            now = self._clock.now()
            if due is None or due > now:
                changed.wait(_LONGEST_WAIT if due is None else min(due - now, _LONGEST_WAIT))
                continue
            try:
                part.run_due(now)
            except Exception:
                _LOG.exception("work that was due failed")
                self._stopping.wait(_AFTER_FAILURE)
