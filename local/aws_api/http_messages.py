"""One HTTP request and one answer, as plain values between the server and a service."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """A request whose signature was verified.

    `path` is percent-decoded, `query` holds decoded pairs in the order sent, header names are
    lower case.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """An answer: HTTP status, headers, body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
