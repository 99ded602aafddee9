"""Signature Version 4: whether a request was signed with the secret that was issued.

The canonical request is botocore's own; what is checked is written down in
docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and, for
presigned URLs, docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.aws_api.caller import Principal

ALGORITHM = "AWS4-HMAC-SHA256"
_SKEW = timedelta(minutes=15)
_WEEK = 604800
_HEADER = re.compile(
    rf"{ALGORITHM} Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{{64}})"
)


@dataclass(frozen=True)
class Credential:
    """What was issued under an access key id: to whom, its secret, token and end.

    `token` is None for a user's access key, which has none.
    """

    secret: str
    principal: Principal
    token: str | None = None
    expires: datetime | None = None


class BadSignature(Exception):
    """A request that is not proved to come from the holder of a secret.

    `reason` is one of missing, incomplete, unknown, token, expired, mismatch, skew, stale,
    unsigned, region.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True)
class Signed:
    """What a request claims about its own signature, before it is verified.

    `lifetime` is the number of seconds that a presigned URL is good for, None for a header.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    moment: str
    token: str | None
    lifetime: int | None

    @property
    def scope(self) -> str:
        """The credential scope, as it goes into keys and strings to sign."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def read_signature(target: str, headers: Mapping[str, str]) -> Signed:
    """The signature of a request, from its header or its query; raises BadSignature."""
    query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
    header = headers.get("authorization")
    presigned = "X-Amz-Signature" in query
    if header and presigned:
        raise BadSignature("incomplete", "Only one auth mechanism allowed")
    if "AWSAccessKeyId" in query or (header and header.startswith("AWS ")):
        raise BadSignature(
            "incomplete",
            "The authorization mechanism you have provided is not supported. "
            f"Please use {ALGORITHM}: for presigned URLs of the AWS CLI v1 "
            "`aws configure set default.s3.signature_version s3v4`, "
            'of boto3 Config(signature_version="s3v4").',
        )
    lifetime = None
    if header:
        match = _HEADER.fullmatch(header.strip())
        if match is None:
            raise BadSignature("incomplete", "Authorization: expected Signature Version 4")
        credential, names, signature = match.groups()
        moment, token = headers.get("x-amz-date", ""), headers.get("x-amz-security-token")
    elif presigned:
        credential, names = query.get("X-Amz-Credential", ""), query.get("X-Amz-SignedHeaders", "")
        signature, moment = query["X-Amz-Signature"], query.get("X-Amz-Date", "")
        token = query.get("X-Amz-Security-Token")
        expires = query.get("X-Amz-Expires", "")
        if query.get("X-Amz-Algorithm") != ALGORITHM or not re.fullmatch(r"\d{1,6}", expires):
            raise BadSignature("incomplete", "X-Amz-Algorithm, X-Amz-Expires: not understood")
        lifetime = int(expires)
        if not 1 <= lifetime <= _WEEK:
            raise BadSignature("incomplete", f"X-Amz-Expires: expected 1 to {_WEEK} seconds")
    else:
        raise BadSignature("missing", "Request is missing Authentication Token")
    scope = credential.split("/")
    if len(scope) != 5 or scope[4] != "aws4_request" or not re.fullmatch(r"\d{8}T\d{6}Z", moment):
        raise BadSignature("incomplete", "Credential, X-Amz-Date: not understood")
    key, date, region, service, _ = scope
    signed_headers = tuple(names.split(";"))
    return Signed(key, date, region, service, signed_headers, signature, moment, token, lifetime)


def verify(
    signed: Signed,
    credential: Credential | None,
    method: str,
    target: str,
    headers: Mapping[str, str],
    payload_hash: str,
    now: datetime,
) -> None:
    """Check a signature; raises BadSignature.

    `payload_hash` is what stands for the body in the canonical request.
    """
    if credential is None:
        raise BadSignature("unknown", "The security token included in the request is invalid.")
    given, issued = signed.token or "", credential.token or ""
    if not hmac.compare_digest(given.encode(), issued.encode()):
        raise BadSignature("token", "The security token included in the request is invalid.")
    _check_signed_headers(signed, headers)
    wanted = _signature(signed, credential, method, target, headers, payload_hash)
    if not hmac.compare_digest(wanted.encode(), signed.signature.encode()):
        raise BadSignature(
            "mismatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
        )
    _check_times(signed, credential, now)


def _check_times(signed: Signed, credential: Credential, now: datetime) -> None:
    if credential.expires is not None and now >= _aware(credential.expires):
        raise BadSignature("expired", "The security token included in the request is expired")
    try:
        moment = datetime.strptime(signed.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadSignature("incomplete", "X-Amz-Date: expected a moment") from None
    if not signed.moment.startswith(signed.date):
        raise BadSignature("mismatch", "Date in Credential scope does not match X-Amz-Date")
    end = moment + (_SKEW if signed.lifetime is None else timedelta(seconds=signed.lifetime))
    if now > end and signed.lifetime is not None:
        raise BadSignature("stale", "Request has expired")
    if now > end or now < moment - _SKEW:
        raise BadSignature("skew", f"Signature expired or not yet current: {signed.moment}")


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_signed_headers(signed: Signed, headers: Mapping[str, str]) -> None:
    # Whoever carries a signed request must not be able to add what changes its meaning.
    loose = [
        name
        for name in headers
        if name.startswith("x-amz-")
        and name not in signed.signed_headers
        # The hash is compared with the body, so that it proves itself.
        and name != "x-amz-content-sha256"
    ]
    if loose or "host" not in signed.signed_headers:
        found = ", ".join(sorted(loose)) or "host"
        raise BadSignature(
            "unsigned", f"There were headers present in the request which were not signed: {found}"
        )


class _Verifier(SigV4Auth):
    """Signs exactly the headers it is given; a botocore signer would choose them itself."""

    def headers_to_sign(self, request: Any) -> Any:
        return request.headers


class _S3Verifier(_Verifier, S3SigV4Auth):
    """The same, with a path that is encoded once only, as S3 demands."""


def _signature(
    signed: Signed,
    credential: Credential,
    method: str,
    target: str,
    headers: Mapping[str, str],
    payload_hash: str,
) -> str:
    path, _, query = target.partition("?")
    pairs = [
        (name, value)
        for name, value in parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
        if name != "X-Amz-Signature"
    ]
    canonical_query = urlencode(pairs, quote_via=quote, safe="-_.~")
    request = AWSRequest(method, f"http://local{path}?{canonical_query}")
    request.context["timestamp"] = signed.moment
    for name in signed.signed_headers:
        request.headers[name] = headers.get(name, "")
    kind = _S3Verifier if signed.service == "s3" else _Verifier
    keys = Credentials(signed.access_key_id, credential.secret)
    signer = kind(keys, signed.service, signed.region)
    # botocore takes the payload's hash from this header, and the header's line from there too.
    if "x-amz-content-sha256" in signed.signed_headers:
        request.headers.replace_header("x-amz-content-sha256", payload_hash)
        canonical = signer.canonical_request(request)
    else:
        canonical = signer.canonical_request(request).rpartition("\n")[0] + f"\n{payload_hash}"
    return str(signer.signature(signer.string_to_sign(request, canonical), request))


def signing_key(signed: Signed, secret: str) -> bytes:
    """The key of a day, Region and service that signs the chunks of a body."""
    key = f"AWS4{secret}".encode()
    for part in (signed.date, signed.region, signed.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
