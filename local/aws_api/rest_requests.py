"""A REST request read once: its operation, and each member from the place that the model declares.

moto reads paths, queries and bodies in ways of its own: the function's name is the last path
segment but one, a member of the body overrules one of the path, an empty `uploadId` is none. So
the request is written anew from what was read, and moto gets nothing else to read.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from moto.core.request import Request as MotoRequest
from moto.core.routing import ServiceOperationRouter
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Request
from local.aws_api.json_text import parse_json
from local.aws_api.members import Members, declared

Pairs = tuple[tuple[str, str], ...]
# The codes for arguments in path and query that an operation does not have.
# docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
# docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
_INVALID = {"lambda": "InvalidParameterValueException", "s3": "InvalidArgument"}
# SDKs name the operation in `x-id`, for readers of logs. An operation has no say by it.
_IGNORED = frozenset({"x-id"})
_LABEL = re.compile(r"\{(?P<name>[^}+]+)(?P<greedy>\+?)\}")


@dataclass(frozen=True)
class RestCall:
    """A REST request as its operation declares it.

    `members` are those of path and body. `request` and `target` (path and query, percent-encoded)
    are written from what was read; a function's event and an object stay as they were sent.
    """

    action: str
    members: Members
    request: Request
    target: str


def read_rest(request: Request, target: str, service: str) -> RestCall:
    """Read a request; raises AwsError when it names no operation of the service, or two."""
    operation, labels = _match(request, target, service)
    action = str(operation.name)
    if "x-amz-copy-source" in request.headers:
        action = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}.get(action, action)
    query = _query(request.query, operation, service)
    path = _path(operation.http_trait.path, labels)
    told = replace(request, path=_decoded(operation.http_trait.path, labels), query=query)
    members: Members = dict(labels)
    # A function's event is anybody's JSON, and the evaluation service reads its body by itself.
    if service not in ("s3", "bedrock-agentcore") and not _has_payload(operation):
        sent = declared(service, action, json_object(request.body, service))
        told = replace(told, body=json.dumps(sent).encode() if request.body else b"")
        members = {**sent, **labels}
    text = urlencode(query)
    return RestCall(action, members, told, f"{path}?{text}" if text else path)


def json_object(body: bytes, service: str) -> Members:
    """The JSON object of a body, empty without one; raises AwsError as the service does."""
    code = "InvalidRequestContentException" if service == "lambda" else "SerializationException"
    try:
        value = parse_json(body or b"{}")
    except ValueError as error:
        raise AwsError(code, f"body: expected JSON: {error}") from None
    if not isinstance(value, dict):
        raise AwsError(code, "body: expected a JSON object")
    return value


def _match(request: Request, target: str, service: str) -> tuple[Any, Mapping[str, str]]:
    # Some operations of S3 are told from others by a header of theirs alone.
    told = {
        name: value
        for name, value in request.headers.items()
        if name.startswith(("x-amz-", "x-amzn-"))
    }
    environ = EnvironBuilder(
        method=request.method, query_string=dict(request.query), headers=[*told.items()]
    ).get_environ()
    environ["PATH_INFO"] = request.path.encode().decode("latin-1")
    environ["RAW_URI"] = environ["REQUEST_URI"] = target
    try:
        return _router(service).match(MotoRequest(environ))
    except (HTTPException, NotImplementedError):
        pass
    if service == "s3":
        raise AwsError(
            "MethodNotAllowed", "The specified method is not allowed against this resource.", 405
        )
    raise AwsError(
        "UnknownOperationException", f"{service} has no {request.method} {request.path}", 404
    )


def _query(sent: Pairs, operation: Any, service: str) -> Pairs:
    """The query that an operation declares, as it was sent."""
    fixed: Mapping[str, str] = operation.http_trait.query_args
    members = _query_members(operation)
    names = [name for name, _ in sent]
    repeated = {name for name in names if names.count(name) > 1} - {
        name for name, shape in members.items() if shape.type_name in ("list", "map")
    }
    if repeated:
        raise _invalid(service, f"{', '.join(sorted(repeated))}: expected once, found repeated")
    kept = [(name, value or "") for name, value in fixed.items() if name not in _IGNORED]
    for name, value in sent:
        if name in members:
            kept.append((name, value))
        elif name not in fixed and service == "s3":
            _refuse_selector(name, value, fixed)
    given = dict(kept)
    shape: Any = operation.input_shape
    for name in shape.required_query_args if shape else ():
        if not given.get(name):
            raise _invalid(service, f"{name}: expected a value, found none")
    return tuple(kept)


def _refuse_selector(name: str, value: str, fixed: Mapping[str, str]) -> None:
    """Raise for a parameter that would choose another operation of S3; others S3 ignores.

    docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    if name in _IGNORED:
        return
    if name in _selectors("s3"):
        other = ", ".join(sorted({name, *fixed}))
        raise _invalid("s3", f"Conflicting query string parameters: {other}")
    if not value or name.lower().startswith("x-amz-"):
        # A sub-resource that came to S3 later, or a header in the query.
        raise AwsError(
            "NotImplemented", f"{name}: the local endpoint knows no such query parameter", 501
        )


@cache
def _selectors(service: str) -> frozenset[str]:
    """The query parameters by which a service tells operations on one path apart."""
    model: Any = get_service_model(service)
    found: set[str] = set()
    for name in model.operation_names:
        operation = model.operation_model(name)
        found |= set(operation.http_trait.query_args)
        if operation.input_shape is not None:
            found |= set(operation.input_shape.required_query_args)
    return frozenset(found)


def _query_members(operation: Any) -> dict[str, Any]:
    shape: Any = operation.input_shape
    members: Mapping[str, Any] = shape.members if shape else {}
    return {
        member.serialization["name"]: member
        for member in members.values()
        if member.serialization.get("location") == "querystring"
    }


def _has_payload(operation: Any) -> bool:
    shape: Any = operation.input_shape
    return bool(shape and shape.serialization.get("payload"))


def _path(template: str, labels: Mapping[str, str]) -> str:
    """The path of an operation, percent-encoded; only a greedy label keeps its slashes."""
    return _LABEL.sub(
        lambda found: quote(labels[found["name"]], safe="/~" if found["greedy"] else "~"), template
    )


def _decoded(template: str, labels: Mapping[str, str]) -> str:
    return _LABEL.sub(lambda found: labels[found["name"]], template)


def _invalid(service: str, message: str) -> AwsError:
    return AwsError(_INVALID.get(service, "ValidationException"), message)


@cache
def _router(service: str) -> ServiceOperationRouter:
    return ServiceOperationRouter(get_service_model(service))
