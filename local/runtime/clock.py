"""The time that the local AWS lives by: the system's, or one that a test moves by hand."""

import time
from typing import Protocol


class Clock(Protocol):
    """Gives the present moment in seconds since the epoch."""

    def now(self) -> float: ...


class SystemClock:
    """The real time."""

    def now(self) -> float:
        return time.time()


class ManualClock:
    """A time that stands still until it is moved; it never goes back."""

    def __init__(self, start: float) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def move_to(self, moment: float) -> None:
        """Set the time to `moment`; raises ValueError when that lies in the past."""
        if moment < self._now:
            raise ValueError(f"moment: expected {self._now} or later, got {moment}")
        self._now = moment


class Due(Protocol):
    """Something that has work to do at known moments (jobs that progress, schedules that fire)."""

    def next_due(self) -> float | None:
        """The moment of the next piece of work, None when there is none."""
        ...

    def run_due(self, now: float) -> None:
        """Do all work that is due at or before `now`, in the order of its moments."""
        ...
