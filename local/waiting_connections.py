"""Connections whose client lets a thread wait: it sends slowly, or does not read its answer.

Whoever opens some connections and sends a byte now and then would hold all threads of the server.
So only some threads wait for clients: one more takes the place of the one that waits the longest,
whose connection is closed. Clients on the loopback address need milliseconds.
"""

import socket
import threading
from contextlib import suppress
from typing import Any


class WaitingConnections:
    """Those that wait now, the longest first; `most` may wait at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting: dict[int, Any] = {}

    def begin(self, connection: Any) -> None:
        """Note that a thread waits for a client, and end the oldest wait if there are too many."""
        with self._lock:
            self._waiting.pop(id(connection), None)
            self._waiting[id(connection)] = connection
            if len(self._waiting) > self._most:
                oldest = self._waiting.pop(next(iter(self._waiting)))
                # Its thread reads the end of the stream, or fails to write, and is free.
                with suppress(OSError):
                    oldest.socket.shutdown(socket.SHUT_RDWR)

    def end(self, connection: Any) -> None:
        """Note that the thread waits no longer."""
        with self._lock:
            self._waiting.pop(id(connection), None)
