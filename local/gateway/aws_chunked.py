"""The aws-chunked framing of uploads: chunk sizes, chunk signatures, a trailer with a checksum.

docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
"""

import base64
import hashlib
import hmac
import re
import zlib
from collections.abc import Callable, Mapping

from local.aws_api.aws_error import AwsError

_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?\r\n")
_TRAILER = re.compile(rb"([A-Za-z0-9-]+):([^\r\n]*)\r?\n")
_EMPTY = hashlib.sha256(b"").hexdigest()
PAYLOADS = {
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": True,
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": True,
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": False,
}
"""The values of x-amz-content-sha256 for a framed body, and whether its chunks are signed."""


class ChunkSigner:
    """Signs the chunks of one body, each over the signature before it."""

    def __init__(self, key: bytes, moment: str, scope: str, seed: str) -> None:
        self._key, self._moment, self._scope, self._last = key, moment, scope, seed

    def check_chunk(self, data: bytes, given: str) -> None:
        """Raise AwsError unless `given` is the signature of the next chunk."""
        digest = f"{_EMPTY}\n{hashlib.sha256(data).hexdigest()}"
        self._check("AWS4-HMAC-SHA256-PAYLOAD", digest, given)

    def check_trailer(self, trailer: bytes, given: str) -> None:
        """Raise AwsError unless `given` is the signature of the trailing headers."""
        self._check("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(trailer).hexdigest(), given)

    def _check(self, algorithm: str, digest: str, given: str) -> None:
        text = f"{algorithm}\n{self._moment}\n{self._scope}\n{self._last}\n{digest}"
        wanted = hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, given):
            raise AwsError(
                "SignatureDoesNotMatch",
                "A chunk's signature does not match the calculated one",
                403,
            )
        self._last = wanted


def decode(body: bytes, headers: Mapping[str, str], signer: ChunkSigner | None) -> bytes:
    """The body without its framing; raises AwsError where framing, signature or checksum is wrong.

    `signer` is None when the chunks are unsigned.
    """
    pieces: list[bytes] = []
    position = 0
    while True:
        match = _CHUNK.match(body, position)
        if match is None:
            raise _incomplete(f"byte {position}: expected the header of a chunk")
        size, position = int(match[1], 16), match.end()
        piece = body[position : position + size]
        if len(piece) != size:
            raise _incomplete(f"chunk of {size} bytes: found {len(piece)}")
        if signer is not None:
            signer.check_chunk(piece, (match[2] or b"").decode())
        position += size
        if size == 0:
            break
        if body[position : position + 2] != b"\r\n":
            raise _incomplete(f"byte {position}: expected the end of a chunk")
        pieces.append(piece)
        position += 2
    data = b"".join(pieces)
    expected = headers.get("x-amz-decoded-content-length", "")
    if expected != str(len(data)):
        raise _incomplete(f"x-amz-decoded-content-length: expected {len(data)}, found {expected!r}")
    _check_trailer(body[position:], data, headers.get("x-amz-trailer"), signer)
    return data


def _check_trailer(
    rest: bytes, data: bytes, announced: str | None, signer: ChunkSigner | None
) -> None:
    fields = {name.decode().lower(): value.decode() for name, value in _TRAILER.findall(rest)}
    signature = fields.pop("x-amz-trailer-signature", "")
    if set(fields) != ({announced.lower()} if announced else set()):
        raise AwsError(
            "MalformedTrailerError", f"trailer: expected {announced}, found {sorted(fields)}"
        )
    if announced is None:
        return
    name, value = announced.lower(), fields[announced.lower()].strip()
    if signer is not None:
        signer.check_trailer(f"{name}:{value}\n".encode(), signature)
    check_checksum(name, value, data)


def check_checksum(name: str, value: str, data: bytes) -> None:
    """Compare a checksum header such as x-amz-checksum-crc32 with the data; raises AwsError."""
    algorithm = _CHECKSUMS.get(name.removeprefix("x-amz-checksum-"))
    if algorithm is None:
        raise AwsError("InvalidRequest", f"{name}: expected one of {', '.join(sorted(_CHECKSUMS))}")
    if base64.b64encode(algorithm(data)).decode() != value:
        raise AwsError("BadDigest", f"The {name} you specified did not match what we received")


def _incomplete(message: str) -> AwsError:
    return AwsError("IncompleteBody", message)


def _reflected_crc(polynomial: int, width: int) -> Callable[[bytes], bytes]:
    """A CRC with reflected bits, all ones before and after, as an algorithm giving bytes."""
    table: list[int] = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        table.append(value)
    ones = (1 << width) - 1

    def algorithm(data: bytes) -> bytes:
        value = ones
        for byte in data:
            value = (value >> 8) ^ table[(value ^ byte) & 0xFF]
        return (value ^ ones).to_bytes(width // 8, "big")

    return algorithm


_CHECKSUMS: dict[str, Callable[[bytes], bytes]] = {
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "crc32c": _reflected_crc(0x82F63B78, 32),
    "crc64nvme": _reflected_crc(0x9A6C9329AC4BC9B5, 64),
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
}

DIGEST_SIZES = {name: len(algorithm(b"")) for name, algorithm in _CHECKSUMS.items()}
"""How many bytes a checksum of each algorithm has."""
