"""Property values between the wire (google.protobuf.Struct) and plain Python.

In plain form an unknown value stays the string `UNKNOWN`, an asset or archive stays the dict that
carries the signature and, from the engine, its hash; whole numbers are `int`, nulls are left out.
Signatures: https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/providers/index.html
"""

from collections.abc import Container, Mapping
from typing import Any, cast

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.rpc import UNKNOWN

SIGNATURE = "4dabf18193072939515e22adb298388d"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (the wire's mark of a secret, not one)


def to_plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return the Struct as a dict."""
    return cast("dict[str, Any]", _plain(json_format.MessageToDict(struct)))


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return the dict as a Struct."""
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct


def signature(value: object) -> str | None:
    """Return the signature that marks an asset, archive or secret; None for any other value."""
    return cast("dict[str, str]", value).get(SIGNATURE) if isinstance(value, dict) else None


def has_unknowns(value: object) -> bool:
    """Tell whether `value` is unknown or holds an unknown value."""
    if isinstance(value, dict):
        return any(has_unknowns(inner) for inner in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(has_unknowns(inner) for inner in cast("list[object]", value))
    return value == UNKNOWN


def reveal(value: Any) -> tuple[Any, bool]:
    """Return `value` without the marks of secrets, and whether there was one."""
    if signature(value) == SECRET:
        return reveal(value.get("value"))[0], True
    if isinstance(value, dict):
        pairs = {key: reveal(inner) for key, inner in cast("dict[str, Any]", value).items()}
        revealed = {key: inner for key, (inner, _) in pairs.items()}
        return revealed, any(secret for _, secret in pairs.values())
    if isinstance(value, list):
        items = [reveal(inner) for inner in cast("list[Any]", value)]
        return [inner for inner, _ in items], any(secret for _, secret in items)
    return value, False


def reveal_all(struct: struct_pb2.Struct) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the Struct as a dict without marks, and which of its values are or hold a secret.

    `tagsAll` is no input but repeats `tags`, so it is as secret as those.
    """
    pairs = {key: reveal(value) for key, value in to_plain(struct).items()}
    names = {key for key, (_, secret) in pairs.items() if secret}
    names |= {"tagsAll"} if "tags" in names else set()
    return {key: value for key, (value, _) in pairs.items()}, frozenset(names)


def conceal(value: Any) -> dict[str, Any]:
    """Return `value` marked as a secret."""
    return {SIGNATURE: SECRET, "value": value}


def conceal_all(values: Mapping[str, Any], names: Container[str]) -> struct_pb2.Struct:
    """Return the values as a Struct, with those that `names` has marked as secrets."""
    return to_struct({k: conceal(v) if k in names else v for k, v in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {key: _plain(inner) for key, inner in members if inner is not None}
    if isinstance(value, list):
        return [_plain(inner) for inner in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
