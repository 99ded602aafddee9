"""The time that is left, so that work ends between two calls and not in the middle of one."""

from collections.abc import Callable

# Enough for a slow call and its repetition; short runs keep a quarter of their time. A call that is
# cut off nevertheless loses nothing.
_RESERVE_MILLISECONDS = 30_000


class OutOfTime(Exception):
    """The time for this piece of work is used up; the next run goes on with it."""


class Deadline:
    """A moment some time before Lambda ends the run.

    `remaining` gives the milliseconds until that end, as the Lambda context does.
    """

    def __init__(self, remaining: Callable[[], int], reserve: float | None = None) -> None:
        self._remaining = remaining
        default = min(_RESERVE_MILLISECONDS, remaining() / 4)
        self._reserve = default if reserve is None else reserve

    def passed(self) -> bool:
        """Tell whether no new work should begin."""
        return self._remaining() <= self._reserve

    def check(self) -> None:
        """Raise OutOfTime when no new work should begin."""
        if self.passed():
            raise OutOfTime

    def half(self) -> "Deadline":
        """Return the deadline of a part that may use half of the time left.

        So one evaluation with endless results does not take every run for itself.
        """
        left = self._remaining() - self._reserve
        return Deadline(self._remaining, self._reserve + left / 2)
