"""OpenTelemetry's JSON encoding, turned into records as AgentCore Observability delivers them.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: ids are hex, 64-bit integers may
be texts, enumerations are numbers, attributes are lists of keys and typed values.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_CODES = ("UNSET", "OK", "ERROR")
_VALUES = ("stringValue", "boolValue", "doubleValue", "bytesValue")


class OtlpError(ValueError):
    """A member that is not of OTLP's form; the message names it."""


def spans(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the spans of a document with `resourceSpans`; raises OtlpError."""
    for resource, scope, span in _members(document, "resourceSpans", "scopeSpans", "spans"):
        record = resource | {"scope": scope} | span
        record["attributes"] = _attributes(span.get("attributes"), "attributes")
        record["events"] = [
            event | {"attributes": _attributes(event.get("attributes"), "events.attributes")}
            for event in _objects(span.get("events"), "events")
        ]
        record["kind"] = _named(span.get("kind"), _KINDS, "SPAN_KIND_")
        status = span.get("status") or {}
        record["status"] = status | {"code": _named(status.get("code"), _CODES, "STATUS_CODE_")}
        yield record


def log_records(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the log records of a document with `resourceLogs`; raises OtlpError."""
    for resource, scope, entry in _members(document, "resourceLogs", "scopeLogs", "logRecords"):
        record = resource | {"scope": scope} | entry
        record["attributes"] = _attributes(entry.get("attributes"), "attributes")
        record["body"] = _value(entry.get("body") or {}, "body")
        yield record


def _members(
    document: Mapping[str, Any], resources: str, scopes: str, members: str
) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    for outer in _objects(document.get(resources), resources):
        attributes = (outer.get("resource") or {}).get("attributes")
        resource = {"resource": {"attributes": _attributes(attributes, "resource.attributes")}}
        for inner in _objects(outer.get(scopes), scopes):
            for member in _objects(inner.get(members), members):
                yield resource, inner.get("scope") or {}, member


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise OtlpError(f"{name}: expected a list of objects, got {str(value)[:40]}")
    return value


def _attributes(value: Any, name: str) -> dict[str, Any]:
    entries = _objects(value, name)
    for entry in entries:
        if not isinstance(entry.get("key"), str) or not isinstance(entry.get("value"), dict):
            raise OtlpError(f"{name}: expected key and value, got {str(entry)[:40]}")
    return {entry["key"]: _value(entry["value"], name) for entry in entries}


def _value(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        raise OtlpError(f"{name}: expected a typed value, got {str(value)[:40]}")
    if "intValue" in value:
        return _integer(value["intValue"], name)
    if "arrayValue" in value:
        members = _objects((value["arrayValue"] or {}).get("values"), name)
        return [_value(one, name) for one in members]
    if "kvlistValue" in value:
        return _attributes((value["kvlistValue"] or {}).get("values"), name)
    found = [value[kind] for kind in _VALUES if kind in value]
    if value and not found:
        raise OtlpError(f"{name}: expected a typed value, got {str(value)[:40]}")
    return found[0] if found else None


def _integer(value: Any, name: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise OtlpError(f"{name}: expected an integer, got {str(value)[:40]}") from None


def _named(value: Any, names: tuple[str, ...], prefix: str) -> str:
    if isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    return str(value).removeprefix(prefix) if isinstance(value, str) else names[0]
