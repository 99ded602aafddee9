"""The wire protocol of services that the local endpoint does not have, read from the request.

Their errors must be readable too: an SDK that cannot parse an answer hides what is wrong.
https://smithy.io/2.0/aws/protocols/index.html
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

# Requests of both kinds of REST protocol look alike. These are the services with XML.
_REST_XML = frozenset({"cloudfront", "route53", "s3"})
_FORM = "application/x-www-form-urlencoded"


def protocol_of_unserved(service: str, target: str, headers: Mapping[str, str]) -> str:
    """The protocol of a request, by its headers and the service's name in its signature."""
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "smithy-rpc-v2-cbor"
    if "x-amz-target" in headers:
        return "json"
    path, _, query = target.partition("?")
    form = headers.get("content-type", "").startswith(_FORM)
    if path == "/" and (form or "Action" in dict(parse_qsl(query))):
        return "ec2" if service == "ec2" else "query"
    return "rest-xml" if service in _REST_XML else "rest-json"


def cbor_error(code: str, message: str) -> bytes:
    """A map of two texts in CBOR (RFC 8949), which is all that an error needs."""
    pairs = (("__type", code), ("message", message))
    return b"\xa2" + b"".join(_cbor_text(text) for pair in pairs for text in pair)


def _cbor_text(text: str) -> bytes:
    body = text.encode("utf-8", "replace")
    return b"\x7a" + len(body).to_bytes(4, "big") + body
