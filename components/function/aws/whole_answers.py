"""Refuses HTTP answers that were cut on their way, in their headers or in their body.

`http.client` takes the end of the connection for the end of the headers, and `urllib3` before
version 2 (which Lambda's runtimes have) for the end of the body. A cut answer then looks like a
whole one: a list is empty, an id or a version is missing or too short. Here both are errors that
the SDK repeats, like every lost answer.
"""

import http.client
from typing import Any, cast

import botocore.awsrequest  # pyright: ignore[reportMissingTypeStubs]


class WholeResponse(http.client.HTTPResponse):
    """A response that is believed only when its headers and its body are complete.

    Raises RemoteDisconnected for cut headers, and for an answer whose length nothing tells: AWS
    sends Content-Length or chunks with every body. Raises IncompleteRead for a cut body.
    """

    def begin(self) -> None:
        """Read status and headers."""
        lines: Any = _Lines(self.fp)
        self.fp = lines
        try:
            super().begin()
        finally:
            # `begin` closes the file of an answer that it cannot read.
            self.fp = lines.file if cast(Any, self.fp) is lines else self.fp
        if lines.last == b"":
            raise http.client.RemoteDisconnected("the answer was cut in its headers")
        if self.length is None and not self.chunked:
            raise http.client.RemoteDisconnected("the answer does not tell its length")

    def read(self, amt: int | None = None) -> bytes:
        """Read at most `amt` bytes of the body."""
        data = super().read(amt)
        if amt and not data and self.length:
            raise http.client.IncompleteRead(data, self.length)
        return data


class _Lines:
    """Remembers the last line that was read of a file; it is empty at the file's end."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.last: bytes | None = None

    def readline(self, *limit: int) -> bytes:
        line: bytes = self.file.readline(*limit)
        self.last = line
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def refuse_cut_answers() -> None:
    """Let all of the SDK's connections in this process refuse cut answers."""
    for kind in (
        cast(Any, botocore.awsrequest).AWSHTTPConnection,
        cast(Any, botocore.awsrequest).AWSHTTPSConnection,
    ):
        kind.response_class = WholeResponse
