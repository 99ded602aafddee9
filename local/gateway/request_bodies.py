"""The bodies of HTTP requests: bounded by what each service takes, and whole."""

import re
from collections.abc import Mapping
from typing import Any

from cheroot.errors import MaxSizeExceeded
from cheroot.server import ChunkedRFile

from local.aws_api.aws_error import AwsError

_MAX_LINE = 1024
_MIB = 1024 * 1024
# By the service that a request says it is signed for: the largest object here, a function's package
# (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, 50 MB in Base64), ground
# truth of an evaluation, and what the others take at most; without a signature, what is refused.
_MAX_BODIES = {"s3": 64 * _MIB, "lambda": 70 * _MIB, "bedrock-agentcore": 16 * _MIB}
_MAX_BODY_OF_OTHERS = 4 * _MIB
_MAX_UNSIGNED_BODY = 64 * 1024
LARGEST_BODY = max(_MAX_BODIES.values())
_SCOPE = re.compile(r"/([a-z0-9-]{1,30})(?:/|%2[Ff])aws4_request")
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}[ \t]*(;[^\r\n]*)?\r\n")


class _ChunkHeads:
    """A connection of which a chunked body is read: each chunk must begin with its size."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def readline(self) -> bytes:
        line: bytes = self._connection.readline(_MAX_LINE)
        if not _CHUNK_SIZE.fullmatch(line):
            raise ValueError("a chunk: expected its size")
        return line

    def read(self, size: int) -> bytes:
        return bytes(self._connection.read(size))


def chunked(connection: Any) -> ChunkedRFile:
    """What reads a chunked body from a connection; it raises for a chunk without its size."""
    return ChunkedRFile(_ChunkHeads(connection), LARGEST_BODY)


def read_body(stream: Any, target: str, headers: Mapping[str, str]) -> bytes:
    """Read a request's body; raises AwsError for one that is too large or badly framed."""
    scope = _SCOPE.search(headers.get("authorization", "")) or _SCOPE.search(target)
    limit = _MAX_BODIES.get(scope[1], _MAX_BODY_OF_OTHERS) if scope else _MAX_UNSIGNED_BODY
    length = int(headers.get("content-length") or 0)
    if length > limit:
        raise _too_large(length, limit)
    try:
        if "transfer-encoding" not in headers:
            body = bytes(stream.read(length) if length else b"")
        else:
            body = bytes(stream.read(limit + 1))
    except (OSError, ValueError, MaxSizeExceeded) as error:
        raise AwsError("IncompleteBody", f"The body could not be read: {error}") from None
    if len(body) > limit:
        raise _too_large(len(body), limit)
    if len(body) < length:
        raise AwsError("IncompleteBody", f"body: expected {length} bytes, found {len(body)}")
    return body


def _too_large(size: int, limit: int) -> AwsError:
    return AwsError("EntityTooLarge", f"body: expected at most {limit} bytes, found {size} or more")
