"""SIGINT and SIGTERM of a serving command: heeded where it can end cleanly, else a bit later."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class Interrupts:
    """Turns both signals into one KeyboardInterrupt inside `heeded`, and puts them back after.

    Between, as while an endpoint starts or stops, a signal is kept for the next `heeded`; a second
    one does nothing, so that what is being ended ends.
    """

    def __init__(self) -> None:
        self._asked = False
        self._heeding = False

    def __enter__(self) -> "Interrupts":
        self._before = {
            number: signal.signal(number, self._handle)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Let a signal interrupt what runs inside; raises KeyboardInterrupt for one before."""
        self._heeding = True
        try:
            if self._asked:
                raise KeyboardInterrupt
            yield
        finally:
            self._heeding = False

    def wait(self) -> None:
        """Return once a signal has come."""
        with suppress(KeyboardInterrupt), self.heeded():
            threading.Event().wait()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        if self._heeding:
            self._heeding = False
            raise KeyboardInterrupt
