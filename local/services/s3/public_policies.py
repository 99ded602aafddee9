"""Detects bucket policies that Amazon S3 calls public.

S3 takes a policy for public until each of its Allow statements is bound to fixed values: it reads
the policy's text and does not ask who could really get in.
docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html, The meaning
of "public"
"""

import ipaddress
import json
from collections.abc import Iterator, Mapping
from typing import Any

# Condition keys that bind a statement when their values are fixed. The page says "an AWS principal,
# user, role, or service principal (e.g. aws:PrincipalOrgID)": the other keys of a principal that
# name it whole are assumed to count too.
_BINDING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
# Operators that let nothing in but the values. With `IfExists` or `ForAllValues:` a request
# without the key is let in too.
_EXACT = frozenset(
    {
        "arnequals",
        "arnlike",
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
    }
)
_LEAST_PREFIX = {4: 8, 6: 32}
_PRIVATE = tuple(
    ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)


def is_public(document: str) -> bool:
    """Tell whether S3 calls a bucket policy public; what cannot be read allows nobody."""
    return any(
        statement.get("Effect") == "Allow" and not _names(statement) and not _is_bound(statement)
        for statement in _statements(document)
    )


def _statements(document: str) -> Iterator[Mapping[str, Any]]:
    try:
        read: Any = json.loads(document)
    except (ValueError, RecursionError):
        return
    found: Any = read.get("Statement") if isinstance(read, dict) else None
    yield from (one for one in _several(found) if isinstance(one, dict))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _names(statement: Mapping[str, Any]) -> bool:
    """Whether a statement names each principal that it lets in."""
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return False
    values = [one for value in principal.values() for one in _several(value)]
    return bool(values) and all(_is_fixed(one) for one in values)


def _is_bound(statement: Mapping[str, Any]) -> bool:
    """Whether one condition of a statement holds for fixed values only."""
    condition = statement.get("Condition")
    if not isinstance(condition, dict):
        return False
    for operator, tests in condition.items():
        name = str(operator).lower().removeprefix("foranyvalue:")
        for key, value in tests.items() if isinstance(tests, dict) else ():
            values = _several(value)
            if name == "ipaddress" and str(key).lower() == "aws:sourceip":
                if values and all(_is_narrow(one) for one in values):
                    return True
            elif name in _EXACT and str(key).lower() in _BINDING:
                fixed = _fixes_account if str(key).lower() == "s3:dataaccesspointarn" else _is_fixed
                if values and all(fixed(one) for one in values):
                    return True
    return False


def _is_fixed(value: Any) -> bool:
    """Whether a value has no wildcard and no policy variable."""
    return not any(mark in str(value) for mark in ("*", "?", "${"))


def _fixes_account(value: Any) -> bool:
    """An access point's name may have a wildcard, as long as its account is fixed."""
    parts = str(value).split(":", 5)
    return len(parts) == 6 and bool(parts[4]) and _is_fixed(parts[4])


def _is_narrow(value: Any) -> bool:
    """Whether a range of addresses is no broader than /8, or /32 of IPv6, or private."""
    try:
        network = ipaddress.ip_network(str(value), strict=False)
    except ValueError:
        return False
    if isinstance(network, ipaddress.IPv4Network) and any(map(network.subnet_of, _PRIVATE)):
        return True
    return network.prefixlen >= _LEAST_PREFIX[network.version]
