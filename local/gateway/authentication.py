"""The way in: who may speak to the local AWS at all, and who signed what is said.

The endpoint runs uploaded code, so that a web page in the user's browser must not reach it: only
loopback addresses, only our own Host, no Origin, no CORS, and every request signed with a key that
was issued here.
"""

import hashlib
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget
from local.aws_api.request_context import RequestContext, protocol_of, read_request
from local.aws_api.unserved_services import protocol_of_unserved
from local.gateway import aws_chunked
from local.gateway.aws_chunked import ChunkSigner
from local.gateway.signature_v4 import (
    BadSignature,
    Credential,
    Signed,
    read_signature,
    signing_key,
    verify,
)

_UNSIGNED = "UNSIGNED-PAYLOAD"
_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_SIGNATURE_PARAMETERS = tuple(
    f"x-amz-{name}="
    for name in (
        "algorithm",
        "credential",
        "date",
        "expires",
        "security-token",
        "signature",
        "signedheaders",
    )
)

# The codes by protocol: query (IAM, STS), JSON, S3. S3's are in
# docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, the others in
# docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
_CODES = {
    "missing": (
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "AccessDenied",
    ),
    "incomplete": (
        "IncompleteSignature",
        "IncompleteSignatureException",
        "AuthorizationHeaderMalformed",
    ),
    "unknown": ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"),
    "token": ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidToken"),
    "expired": ("ExpiredToken", "ExpiredTokenException", "ExpiredToken"),
    "mismatch": ("SignatureDoesNotMatch", "InvalidSignatureException", "SignatureDoesNotMatch"),
    "unsigned": ("SignatureDoesNotMatch", "InvalidSignatureException", "AccessDenied"),
    "region": (
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "AuthorizationHeaderMalformed",
    ),
    "skew": ("RequestExpired", "InvalidSignatureException", "RequestTimeTooSkewed"),
    "stale": ("RequestExpired", "RequestExpired", "AccessDenied"),
}
_STATUS_400 = {"incomplete", "region"}
# IAM has one endpoint a partition, and its signatures name that endpoint's Region.
# docs.aws.amazon.com/general/latest/gr/iam-service.html
_IAM_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


@dataclass(frozen=True)
class IncomingRequest:
    """An HTTP request as it came in; header names are lower case, `target` is percent-encoded.

    `secure` is False on the listener that stands for plain HTTP.
    """

    peer: str
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    secure: bool = True


class Authenticator:
    """Turns HTTP requests into calls of a known signer, or refuses them with AwsError.

    `credential` finds what was issued under an access key id; `port` is the server's own.
    Signatures are judged by the real time, because that is what clients sign with.
    """

    def __init__(
        self,
        place: DeploymentTarget,
        port: int,
        credential: Callable[[str], Credential | None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._place = place
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        self._credential = credential
        self._now = now

    def admit(self, arrival: IncomingRequest) -> RequestContext:
        """The call that a request makes."""
        self._refuse_foreigners(arrival)
        try:
            signed = read_signature(arrival.target, arrival.headers)
            self._check_region(signed)
            credential = self._credential(signed.access_key_id)
            hashed = _payload_hash(signed, arrival)
            verify(
                signed,
                credential,
                arrival.method,
                arrival.target,
                arrival.headers,
                hashed,
                self._now(),
            )
        except BadSignature as bad:
            raise _refusal(bad, protocol_guessed(arrival)) from None
        assert credential is not None  # noqa: S101 - verify refuses an unknown key
        target = arrival.target if signed.lifetime is None else _unsigned(arrival.target)
        call = read_request(
            credential.principal,
            signed.service,
            self._place,
            arrival.method,
            target,
            arrival.headers,
            _checked_body(signed, credential, hashed, arrival),
        )
        return replace(call, secure=arrival.secure)

    def _refuse_foreigners(self, arrival: IncomingRequest) -> None:
        if not _is_loopback(arrival.peer):
            raise _denied(f"peer: expected a loopback address, found {arrival.peer!r}")
        host = arrival.headers.get("host", "")
        # A foreign page whose own name was made to resolve to 127.0.0.1 sends that name.
        if host.lower() not in self._hosts:
            raise _denied(f"Host: expected one of {sorted(self._hosts)}, found {host!r}")
        if "origin" in arrival.headers or arrival.method == "OPTIONS":
            raise _denied("Origin: expected none, because web pages may not use this endpoint")
        if not arrival.target.startswith("/"):
            raise _denied(f"request target: expected a path, found {arrival.target!r}")

    def _check_region(self, signed: Signed) -> None:
        wanted = self._place.region
        if signed.service == "iam":
            wanted = _IAM_REGIONS.get(self._place.partition, wanted)
        if signed.region != wanted:
            raise BadSignature(
                "region",
                f"Credential should be scoped to a valid region: expected {wanted}, "
                f"found {signed.region}",
            )


def protocol_guessed(arrival: IncomingRequest) -> str:
    """The protocol in which to answer a request, whether it is signed or not."""
    try:
        service = read_signature(arrival.target, arrival.headers).service
    except BadSignature:
        is_json = arrival.headers.get("content-type", "").startswith("application/json")
        return protocol_of_unserved("" if is_json else "s3", arrival.target, arrival.headers)
    return protocol_of(service, arrival.target, arrival.headers)


def _denied(message: str) -> AwsError:
    return AwsError("AccessDenied", message, 403)


def _refusal(bad: BadSignature, protocol: str) -> AwsError:
    column = {"query": 0, "rest-xml": 2}.get(protocol, 1)
    code = _CODES[bad.reason][column]
    json_status = 403 if protocol == "rest-json" else 400
    status = json_status if column == 1 else 400 if bad.reason in _STATUS_400 else 403
    if code == "InvalidToken":
        status = 400
    return AwsError(code, bad.message, status)


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False


def _payload_hash(signed: Signed, arrival: IncomingRequest) -> str:
    """What stands for the body in the canonical request.

    Services other than S3 take no unsigned and no framed body over plain HTTP: for them the
    body's own hash is put in, so that any other claim ends as a signature that does not match.
    """
    claimed = arrival.headers.get("x-amz-content-sha256")
    if signed.service == "s3":
        if claimed is None and signed.lifetime is not None:
            return _UNSIGNED
        if claimed is None:
            raise AwsError(
                "InvalidRequest",
                "Missing required header for this request: x-amz-content-sha256",
            )
        if claimed == _UNSIGNED or claimed in aws_chunked.PAYLOADS:
            return claimed
        if not _HASH.fullmatch(claimed):
            raise AwsError(
                "InvalidArgument",
                f"x-amz-content-sha256 must be {', '.join([_UNSIGNED, *aws_chunked.PAYLOADS])}, or "
                "a valid sha256 value.",
            )
    actual = hashlib.sha256(arrival.body).hexdigest()
    if signed.service == "s3" and claimed != actual:
        raise AwsError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    return actual


def _checked_body(
    signed: Signed, credential: Credential, hashed: str, arrival: IncomingRequest
) -> bytes:
    if hashed not in aws_chunked.PAYLOADS:
        return arrival.body
    signer = None
    if aws_chunked.PAYLOADS[hashed]:
        key = signing_key(signed, credential.secret)
        signer = ChunkSigner(key, signed.moment, signed.scope, signed.signature)
    return aws_chunked.decode(arrival.body, arrival.headers, signer)


def _unsigned(target: str) -> str:
    """A presigned target without the parameters of its signature."""
    path, _, query = target.partition("?")
    kept = [pair for pair in query.split("&") if not pair.lower().startswith(_SIGNATURE_PARAMETERS)]
    return f"{path}?{'&'.join(kept)}" if kept else path
