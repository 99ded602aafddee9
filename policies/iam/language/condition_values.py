"""Values of conditions: numbers, dates, addresses, booleans and bytes read from text.

Each reader returns None for text that is no such value; a value in the request that cannot be read
matches nothing.
Source:
docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_address, ip_network

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(?P<time>T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)?)?"
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """A range of IPv4 or IPv6 addresses, both ends included, as numbers."""

    version: int
    first: int
    last: int


def read_number(text: str) -> Decimal | None:
    """An integer or decimal number, such as `10` or `1.2`."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def read_boolean(text: str) -> bool | None:
    """`true` or `false`, in any case."""
    return {"true": True, "false": False}.get(text.lower())


def read_bytes(text: str) -> bytes | None:
    """The bytes that a Base64 text stands for."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


@lru_cache(maxsize=1024)
def read_date(text: str) -> Decimal | None:
    """Seconds since 1970 UTC, from an ISO 8601 date in one of W3C's forms or from epoch seconds.

    Four digits are a year; a date without a zone is UTC (AWS says neither).
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return read_number(text)
    day = f"{found['year']}-{found['month'] or '01'}-{found['day'] or '01'}"
    try:
        date = datetime.fromisoformat(
            f"{day}{found['time'] or 'T00:00'}{found['zone'] or '+00:00'}"
        )
        since = date - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return Decimal(since.days * 86400 + since.seconds) + Decimal(since.microseconds) / 1_000_000


@lru_cache(maxsize=1024)
def read_address(text: str) -> Addresses | None:
    """One address, as `aws:SourceIp` of a request holds it."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if "%" in text:  # a zone is known to its own machine only
        return None
    return Addresses(address.version, int(address), int(address))


def read_addresses(text: str) -> Addresses | None:
    """A range in CIDR form, whatever its host bits, or one address; no netmask and no zone."""
    if not re.fullmatch(r"[^/%]+(/[0-9]{1,3})?", text):
        return None
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return Addresses(network.version, int(network[0]), int(network[-1]))
