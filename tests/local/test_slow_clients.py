"""Clients that send half a request, or read no answer, keep nobody else from being served."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from local.gate import Arrival
from local.server import LoopbackServer
from local.wire import Response

LARGE = b"a" * 8_000_000  # more than the buffers of a connection hold
MANY = 100  # several times the server's threads


def answered(arrival: Arrival) -> Response:
    return Response(200, {}, LARGE if arrival.target == "/large" else b"small")


@pytest.fixture
def port() -> Iterator[int]:
    server = LoopbackServer(answered, 0)
    server.start()
    yield server.port
    server.stop()


@pytest.mark.parametrize(
    "sent",
    [
        b"P",
        b"PUT /b/k HTTP/1.1\r\n",
        b"PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A",
        b"PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\nabc",
        b"PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=["method", "line", "headers", "body", "chunk", "unread answer"],
)
def test_others_are_served_beside_slow_clients(port: int, sent: bytes) -> None:
    with ExitStack() as slow:
        for _ in range(MANY):
            connection = slow.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(sent)
        for _ in range(3):
            # Less than the time after which the server gives an idle connection up.
            with socket.create_connection(("127.0.0.1", port), timeout=5) as other:
                other.sendall(b"GET /small HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert other.recv(100).startswith(b"HTTP/1.1 200 OK")
