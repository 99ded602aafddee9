"""Requests of every operation of a service, right and wrong, the same at each run."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import botocore.serialize
from moto.core.utils import get_service_model

from local.aws_api.request_context import PROTOCOLS

TEXTS = ["", "x", "-1", "9" * 30, "\N{LATIN SMALL LETTER E WITH ACUTE}", "\0", "a" * 5000, "1.5",
         "arn:aws:iam::x:role/y", "true", "{}"]  # fmt: skip
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    [],
    {},
    [None],
    [{}],
    {"a": {}},
    [[[]]],
    *TEXTS,
]
XML = [b"", b"<", b"<a/>", b"\xff\xfe", b"<a>" * 3000,
       b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"]  # fmt: skip
BODIES = [b"[" * 100_000, b'{"a":' * 500 + b"1" + b"}" * 500, b"\xff", b"[]", b"5", b'"\\ud800"',
          b'{"a":NaN}', b'{"a":' + b"9" * 5000 + b"}", b"{"]  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One request, not yet signed; header names are lower case."""

    action: str
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def requests(service: str, count: int) -> Iterator[Sent]:
    """Give for each operation a right request, and `count` wrong ones of each kind."""
    rng = random.Random(service)
    for right in right_requests(service):
        yield right
        yield from _wrong(PROTOCOLS[service], right, rng, count)


def right_requests(
    service: str, known: Mapping[str, Any] | None = None, protocol: str | None = None
) -> Iterator[Sent]:
    """Give for each operation the least request and one with every member, as botocore writes them.

    `known` gives the values of members by their names, None for one that is left out.
    """
    model: Any = get_service_model(service)
    serializer = botocore.serialize.create_serializer(
        protocol or model.resolved_protocol, include_validation=False
    )
    for action in sorted(model.operation_names):
        operation = model.operation_model(action)
        for every in (False, True):
            shape = operation.input_shape
            members = sample(shape, every) if shape else {}
            members |= {name: value for name, value in (known or {}).items() if name in members}
            members = {name: value for name, value in members.items() if value is not None}
            yield sent(action, serializer.serialize_to_request(members, operation))


def sample(shape: Any, every: bool, depth: int = 0) -> Any:
    """A value that a shape allows, but for its pattern; with `every`, all members are given."""
    kind, limits = shape.type_name, shape.metadata
    if kind == "structure":
        names = list(shape.members if every and depth < 5 else shape.required_members)
        if shape.is_tagged_union:
            names = list(shape.members)[:1]
        return {name: sample(shape.members[name], every, depth + 1) for name in names}
    if kind == "list":
        return [sample(shape.member, every, depth + 1)] if depth < 6 else []
    if kind == "map":
        key = sample(shape.key, every, depth + 1)
        return {key: sample(shape.value, every, depth + 1)}
    if kind == "string":
        least = max(4, limits.get("min", 4))
        return (limits.get("enum") or [("name" + "a" * 300)[:least]])[0]
    values = {"boolean": True, "timestamp": "2026-01-01T00:00:00Z", "blob": b"YQ==", "float": 1.5}
    return values.get(kind, limits.get("min", 1) or 1)


def sent(action: str, request: Any) -> Sent:
    target, query, body = request["url_path"], request.get("query_string") or {}, request["body"]
    if query:
        target += ("&" if "?" in target else "?") + urlencode(query, doseq=True)
    if isinstance(body, dict):
        body = urlencode(body)
    data = body if isinstance(body, bytes) else str(body or "").encode()
    headers = {name.lower(): str(value) for name, value in request["headers"].items()}
    return Sent(action, request["method"], target, headers, data)


def _wrong(protocol: str, right: Sent, rng: random.Random, count: int) -> Iterator[Sent]:
    for _ in range(count):
        if protocol.startswith("rest"):
            yield _with(right, target=_other_query(right.target, rng))
            yield _with(right, headers=_other_header(right.headers, rng))
        if protocol == "query":
            yield _with(right, body=_other_form(right.body, rng))
        elif protocol == "rest-xml":
            half = right.body[: len(right.body) // 2]
            fewer = right.body.replace(b"<Key>name</Key>", b"").replace(b"true", b"maybe")
            yield _with(right, body=rng.choice([*XML, half, fewer]))
        else:
            document = json.loads(right.body) if right.body.startswith(b"{") else {}
            yield _with(right, body=json.dumps(_other_value(document, rng)).encode())
    if protocol in ("json", "rest-json"):
        yield from (_with(right, body=body) for body in BODIES)


def _with(sent: Sent, **changes: Any) -> Sent:
    return Sent(**{**vars(sent), **changes})


def _other_query(target: str, rng: random.Random) -> str:
    path, _, query = target.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")]
    chosen = rng.randrange(len(pairs))
    name, sign, _ = pairs[chosen]
    changed = f"{name}={urlencode({'': rng.choice(TEXTS)})[1:]}" if sign else name
    others = ["".join(pair) for pair in pairs]
    return f"{path}?{'&'.join([*others[:chosen], changed, *others[chosen + 1 :]])}"


def _other_header(headers: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    name = rng.choice(sorted({*headers, "x-amz-acl", "content-type"}))
    return {**headers, name: rng.choice(TEXTS)}


def _other_form(body: bytes, rng: random.Random) -> bytes:
    form = dict(pair.split("=", 1) for pair in body.decode().split("&"))
    names = sorted(form.keys() - {"Action", "Version"})
    if names:
        name = rng.choice(names)
        kept = form.pop(name)
        if rng.random() < 0.7:
            form |= {name: urlencode({"": rng.choice(TEXTS)})[1:]}
        elif rng.random() < 0.5:
            form |= {f"{name}.member.x": kept}
    return "&".join(f"{name}={value}" for name, value in form.items()).encode()


def _other_value(value: Any, rng: random.Random, depth: int = 0) -> Any:
    """The value with one member left out, or changed for another somewhere inside."""
    if isinstance(value, dict) and value and (depth == 0 or rng.random() < 0.6):
        name = rng.choice(sorted(value))
        others = {other: member for other, member in value.items() if other != name}
        if rng.random() < 0.25:
            return others
        return {**others, name: _other_value(value[name], rng, depth + 1)}
    if isinstance(value, list) and value and rng.random() < 0.6:
        return [_other_value(value[0], rng, depth + 1), *value[1:]]
    return rng.choice(VALUES)
