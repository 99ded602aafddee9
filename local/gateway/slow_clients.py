"""Connections whose client lets a thread wait: it sends slowly, or does not read its answer.

Whoever opens some connections and sends a byte now and then would hold all threads of the server.
So only some threads wait for clients. A client on the loopback address needs milliseconds, and many
of them may be read at the same moment: too many waits end those that are long, and no others.
"""

import socket
import threading
import time
from contextlib import suppress
from typing import Any


class WaitingConnections:
    """Those that wait now. More than `most` at a time end those that wait `patience` seconds."""

    def __init__(self, most: int, patience: float) -> None:
        self._most = most
        self._patience = patience
        self._lock = threading.Lock()
        self._since: dict[Any, float] = {}
        self._stopped = threading.Event()
        self._watch = threading.Thread(target=self._end_long_waits, name="local-server-waits")

    def start(self) -> None:
        """Begin to end long waits."""
        self._watch.start()

    def stop(self) -> None:
        """End none any more."""
        self._stopped.set()
        self._watch.join()

    def begin(self, connection: Any) -> None:
        """Note that a thread waits for a client."""
        with self._lock:
            self._since[connection] = time.monotonic()

    def end(self, connection: Any) -> None:
        """Note that the thread waits no longer."""
        with self._lock:
            self._since.pop(connection, None)

    def _end_long_waits(self) -> None:
        while not self._stopped.wait(self._patience / 4):
            with self._lock:
                if len(self._since) <= self._most:
                    continue
                begun = time.monotonic() - self._patience
                for connection in [c for c, since in self._since.items() if since < begun]:
                    del self._since[connection]
                    # Its thread reads the end of the stream, or fails to write, and is free.
                    with suppress(OSError):
                        connection.socket.shutdown(socket.SHUT_RDWR)
