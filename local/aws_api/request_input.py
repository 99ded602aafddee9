"""An operation's input by the names of its model, wherever and however it was sent."""

import re
from collections.abc import Mapping
from typing import Any

from local.aws_api.request_context import RequestContext
from local.aws_api.service_model import Strictness
from local.aws_api.timestamps import moment

STRICT = Strictness(patterns=True)
_CONVERTED = ("integer", "long", "float", "double", "boolean", "timestamp")


def members(call: RequestContext, shape: Any) -> dict[str, Any]:
    """Return an operation's input by the model's names, wherever it was sent."""
    if call.protocol == "query" and call.service != "sqs":
        return _structure(shape, "", call.parameters)
    if call.protocol == "json" or call.service == "sqs":
        return call.parameters
    values: dict[str, Any] = {}
    for name, member in shape.members.items():
        sent = member.serialization.get("name", name)
        location = member.serialization.get("location")
        if location == "querystring":
            given = [value for key, value in call.request.query if key == sent]
            if given:
                is_list = member.type_name == "list"
                values[name] = given if is_list else converted(member, given[-1])
        elif location == "headers":
            headers = call.request.headers
            values[name] = {
                key.removeprefix(sent): value
                for key, value in headers.items()
                if key.startswith(sent.lower())
            }
        elif location == "header":
            if (value := call.header(sent.lower())) is not None:
                values[name] = converted(member, value)
        elif sent in call.parameters:
            given = call.parameters[sent]
            values[name] = converted(member, given) if location == "uri" else given
    return values


def _structure(shape: Any, prefix: str, form: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, member in shape.members.items():
        key = prefix + member.serialization.get("name", name)
        nested = member.type_name in ("list", "structure")
        if key in form or (nested and any(sent.startswith(f"{key}.") for sent in form)):
            values[name] = _value(member, key, form)
    return values


def _value(shape: Any, key: str, form: Mapping[str, str]) -> Any:
    """Return what a form says under a key: a text, or a structure of the keys that begin with it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html shows `Tags.member.N`.
    """
    if shape.type_name == "structure":
        return _structure(shape, f"{key}.", form)
    if shape.type_name != "list":
        return converted(shape, form.get(key, ""))
    if form.get(key) == "":
        return []
    prefix = f"{key}.{shape.member.serialization.get('name', 'member')}."
    rests = {
        sent.removeprefix(prefix).partition(".")[0] for sent in form if sent.startswith(prefix)
    }
    if not rests or not all(re.fullmatch(r"[1-9][0-9]{0,3}", rest) for rest in rests):
        return form.get(key, "")  # no list of members
    return [_value(shape.member, f"{prefix}{n}", form) for n in sorted(rests, key=int)]


def converted(shape: Any, text: str) -> Any:
    """Return a text in the type of its shape, unchanged when it does not spell one."""
    kind = shape.type_name
    if kind not in _CONVERTED:
        return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        if kind == "timestamp":
            return float(text) if re.fullmatch(r"[0-9.]+", text) else moment(text)
        pattern = r"-?[0-9]{1,20}" if kind in ("integer", "long") else r"-?[0-9]{1,20}(\.[0-9]+)?"
        if re.fullmatch(pattern, text, re.ASCII):
            return int(text) if kind in ("integer", "long") else float(text)
    except (ValueError, OverflowError):
        pass
    return text
