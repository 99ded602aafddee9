"""Clients that send half a request, or read no answer, keep nobody else from being served."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from local.aws_api.http_messages import Response
from local.gateway.authentication import IncomingRequest
from local.gateway.server import LoopbackServer

LARGE = b"a" * 8_000_000  # more than the buffers of a connection hold
MANY = 60  # more than twice the threads of the server
AT_ONCE = 20  # fewer than the server's threads, more than may wait for long


def answered(arrival: IncomingRequest) -> Response:
    return Response(200, {}, LARGE if arrival.target == "/large" else b"small")


@pytest.fixture
def port() -> Iterator[int]:
    server = LoopbackServer(answered, 0, patience=0.05)
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
            with socket.create_connection(("127.0.0.1", port), timeout=9) as other:
                other.sendall(b"GET /small HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert other.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_many_requests_at_the_same_moment_are_all_answered() -> None:
    """A thread that is about to read is no slow client, however many are."""
    all_read = threading.Barrier(AT_ONCE)

    def answer(arrival: IncomingRequest) -> Response:
        all_read.wait(timeout=5)
        return Response(200, {}, b"small")

    server = LoopbackServer(answer, 0)
    server.start()
    with ExitStack() as opened:
        opened.callback(server.stop)
        connections = [
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5))
            for _ in range(AT_ONCE)
        ]
        for connection in connections:  # all threads wait now: the end of the request is missing
            connection.sendall(b"GET /small HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        for connection in connections:
            connection.sendall(b"\r\n")
        for connection in connections:
            assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")
