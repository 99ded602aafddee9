"""The time budget of a run: work ends between two calls and not in the middle of one."""

from collections.abc import Callable
from datetime import timedelta

# The longest that Lambda lets a run of this function live: after this, no run that was there before
# goes on. docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
LONGEST_RUN = timedelta(minutes=15)

# Short runs keep half of their time.
_RESERVE_MILLISECONDS = 30_000


class OutOfTime(Exception):
    """The time for this piece of work is used up; the next run goes on with it."""


class Deadline:
    """A moment some time before Lambda ends the run.

    `remaining` gives the milliseconds until that end, as the Lambda context does. In the first half
    of the reserve what was begun may still make calls; in the second, as long as the slowest call
    takes, no call begins any more, so that none is cut off.
    """

    def __init__(self, remaining: Callable[[], int], reserve: float | None = None) -> None:
        self._remaining = remaining
        self._reserve = min(_RESERVE_MILLISECONDS, remaining() / 2) if reserve is None else reserve

    def passed(self) -> bool:
        """Tell whether no new work should begin."""
        return self._remaining() <= self._reserve

    def check(self) -> None:
        """Raise OutOfTime when no new work should begin."""
        if self.passed():
            raise OutOfTime

    def check_call(self) -> None:
        """Raise OutOfTime when no call should begin, nor a repetition of one."""
        if self._remaining() <= self._reserve / 2:
            raise OutOfTime

    def half(self) -> "Deadline":
        """Return the deadline of a part that may use half of the time left.

        So one evaluation with endless results does not take every run for itself.
        """
        left = self._remaining() - self._reserve
        return Deadline(self._remaining, self._reserve + left / 2)
