"""The HTTP server: a WSGI application under cheroot, on the loopback address and no other."""

import errno
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.client import responses
from typing import Any

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from cheroot.wsgi import Gateway_10, Server

from local.aws_api.aws_error import AwsError, rendered
from local.aws_api.http_messages import Response
from local.gateway.authentication import IncomingRequest, protocol_guessed
from local.gateway.request_bodies import LARGEST_BODY, chunked, read_body
from local.gateway.slow_clients import WaitingConnections

_ADDRESS = "127.0.0.1"
_MAX_HEADER = 64 * 1024
_THREADS = 24  # a function that runs calls back, and so may the service that it calls
_MOST_WAITING = _THREADS // 2  # threads that clients hold by sending or reading slowly
_PATIENCE = 1.0  # seconds that a client may hold a thread while so many do
_LOG = logging.getLogger("local.gateway.server")


class PortInUseError(OSError):
    """The port is taken by another program."""


class _Request(HTTPRequest):
    # cheroot drops header names with an underscore, which S3's user metadata may have.
    header_reader = HeaderReader()

    def read_request_headers(self) -> bool:
        """Refuse a length that cheroot takes and could not read: a sign, or two ways to end."""
        if not super().read_request_headers():
            return False
        length = self.inheaders.get(b"Content-Length")
        if length is not None and not (length.isdigit() and not self.chunked_read):
            self.simple_response("400 Bad Request", "Malformed Content-Length Header.")
            return False
        return True


class _Connection(HTTPConnection):
    RequestHandlerClass = _Request

    def communicate(self) -> bool:
        """Answer one request; reading it and writing the answer count as waiting for the client."""
        waiting: WaitingConnections = self.server.waiting
        waiting.begin(self)
        try:
            return bool(super().communicate())
        finally:
            waiting.end(self)


class _Gateway(Gateway_10):
    """Keeps the header names as they were sent: WSGI's own spelling merges `-` and `_`."""

    def get_environ(self) -> dict[str, Any]:
        if self.req.chunked_read:
            self.req.rfile = chunked(self.req.conn.rfile)
        environ: dict[str, Any] = super().get_environ()
        environ["local.request"] = self.req
        environ["local.headers"] = {
            name.decode("latin-1").lower() if isinstance(name, bytes) else name.lower(): (
                value.decode("latin-1") if isinstance(value, bytes) else value
            )
            for name, value in self.req.inheaders.items()
        }
        return environ


class _Server(Server):
    """Binds the loopback address whatever it is told, and closes a socket that it cannot bind."""

    ConnectionClass = _Connection

    def __init__(self, patience: float, *arguments: Any, **options: Any) -> None:
        self.waiting = WaitingConnections(_MOST_WAITING, patience)
        super().__init__(*arguments, **options)

    def bind(self, family: int, type: int, proto: int = 0) -> None:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            bound.bind((_ADDRESS, self.bind_addr[1]))
        except BaseException:
            bound.close()
            raise
        self.socket = bound
        self.bind_addr = bound.getsockname()


class LoopbackServer:
    """Serves `answer` on 127.0.0.1; port 0 takes a free one.

    `patience`: the seconds that a client may take to send or read, while many others do.
    Raises PortInUseError, which names the port.
    """

    def __init__(
        self, answer: Callable[[IncomingRequest], Response], port: int, patience: float = _PATIENCE
    ) -> None:
        if "LISTEN_PID" in os.environ:
            # cheroot would serve a socket that it was handed, whatever its address.
            raise RuntimeError("LISTEN_PID: expected no such environment variable, found one")
        self._server = _Server(
            patience,
            (_ADDRESS, port),
            _application(answer),
            numthreads=_THREADS,
            request_queue_size=64,
        )
        self._server.gateway = _Gateway
        self._server.max_request_body_size = LARGEST_BODY
        self._server.max_request_header_size = _MAX_HEADER
        self._server.shutdown_timeout = 5
        self._server.error_log = _log
        # How long stop() may wait for the loop that looks for requests, if nothing wakes it.
        self._server.expiration_interval = 0.05
        try:
            self._server.prepare()
        except OSError as error:
            self._server.stop()
            if error.errno == errno.EADDRINUSE or "in use" in str(error):
                raise PortInUseError(f"port: expected a free one, found {port} in use") from None
            raise
        self._thread = threading.Thread(target=self._server.serve, name="local-server")

    @property
    def port(self) -> int:
        """The port that was bound."""
        return int(self._server.bind_addr[1])

    def start(self) -> None:
        """Begin to answer."""
        self._server.waiting.start()
        self._thread.start()

    def stop(self) -> None:
        """Answer what was begun, then close every connection."""
        stopping = threading.Thread(target=self._server.stop, name="local-server-stop")
        stopping.start()
        # stop() waits for the loop that looks for requests, and one more wakes it.
        with suppress(OSError):
            socket.create_connection((_ADDRESS, self.port)).close()
        stopping.join()
        self._thread.join()
        self._server.waiting.stop()


def _log(msg: str = "", level: int = 20, traceback: bool = False) -> None:
    _LOG.log(level, msg, exc_info=traceback)


def _protocol(environ: dict[str, Any]) -> str:
    headers = environ["local.headers"]
    arrival = IncomingRequest("", environ["REQUEST_METHOD"], environ["REQUEST_URI"], headers, b"")
    return protocol_guessed(arrival)


def _application(answer: Callable[[IncomingRequest], Response]) -> Callable[..., Iterable[bytes]]:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        try:
            body = read_body(
                environ["wsgi.input"], environ["REQUEST_URI"], environ["local.headers"]
            )
        except AwsError as error:
            # The rest of the body is not read, so that nothing can follow on this connection.
            environ["local.request"].close_connection = True
            refusal = rendered(error, _protocol(environ), "refused")
            headers = {**refusal.headers, "connection": "close"}
            headers["content-length"] = str(len(refusal.body))
            start_response(f"{refusal.status} {responses[refusal.status]}", list(headers.items()))
            return [refusal.body]
        connection = environ["local.request"].conn
        waiting: WaitingConnections = connection.server.waiting
        waiting.end(connection)
        arrival = IncomingRequest(
            str(environ.get("REMOTE_ADDR", "")),
            environ["REQUEST_METHOD"],
            environ["REQUEST_URI"],
            environ["local.headers"],
            body,
        )
        response = answer(arrival)
        waiting.begin(connection)
        head = arrival.method == "HEAD"
        headers = {name: value for name, value in response.headers.items() if name != "connection"}
        if not head or "content-length" not in headers:
            headers["content-length"] = str(len(response.body))
        status = f"{response.status} {responses.get(response.status, 'Unknown')}"
        start_response(status, list(headers.items()))
        return [] if head else [response.body]

    return application
