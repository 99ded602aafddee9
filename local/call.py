"""One call of an AWS operation: who makes it, which operation it is, with what input."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from moto.core.request import Request as MotoRequest
from moto.core.routing import ServiceOperationRouter
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder

from local.faults import AwsError
from local.json_text import parse_json
from local.members import declared
from local.principals import Acting, Forwarded, Place
from local.readings import read_names
from local.wire import Request, Response
from policies.access import Decision

# What the product touches. A service that is not here is refused: each one more is code of moto's
# that any signed request reaches, and some of it starts containers or calls other hosts.
PROTOCOLS = {
    "bedrock-agentcore": "rest-json",
    "cloudtrail": "json",
    "iam": "query",
    "kms": "json",
    "lambda": "rest-json",
    "logs": "json",
    "s3": "rest-xml",
    "scheduler": "rest-json",
    "sqs": "json",
    "sts": "query",
}


@dataclass(frozen=True)
class Call:
    """A request after its signer is known.

    `target` is path and query as they were sent (percent-encoded). `parameters` are the members
    sent in the JSON body or the form, and those in the path of a REST operation (S3: `Bucket` and
    `Key`). `account` owns the resources that the call names. `secure` is False for what came over
    the listener that stands for plain HTTP. `decisions` grows while policies are asked.
    """

    acting: Acting
    service: str
    action: str
    region: str
    account: str
    protocol: str
    request: Request
    target: str
    parameters: dict[str, Any] = field(default_factory=dict)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    secure: bool = True
    decisions: list[Decision] = field(default_factory=list[Decision], compare=False)

    def header(self, name: str) -> str | None:
        """The value of a header, None when it was not sent."""
        return self.request.headers.get(name)

    def query(self, name: str) -> str | None:
        """The value of a query parameter, None when it was not sent."""
        return dict(self.request.query).get(name)


# What answers a call: moto, one of our own services, or a layer in front of either.
Answer = Callable[[Call], Response]


class Layer(Protocol):
    """Stands in front of an answer: lets a call through, changes it, or answers by itself."""

    def __call__(self, call: Call, onward: Answer) -> Response: ...


def protocol_of(service: str, headers: Mapping[str, str]) -> str:
    """The wire protocol of a request; SQS speaks JSON or, with older SDKs, the query protocol."""
    if service == "sqs" and "x-amz-target" not in headers:
        return "query"
    return PROTOCOLS.get(service, "rest-xml")


def read_call(
    acting: Acting,
    service: str,
    place: Place,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Call:
    """The call that a request makes; raises AwsError when it names no operation of the service.

    Header names are lower case; `body` is free of aws-chunked framing.
    """
    if service not in PROTOCOLS:
        raise AwsError("UnknownService", f"The local endpoint has no service {service!r}", 501)
    parts = urlsplit(f"http://local{target}")
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    request = Request(method, unquote(parts.path), query, headers, body)
    protocol = protocol_of(service, headers)
    if protocol == "json":
        action, parameters = _json_operation(request, service)
    elif protocol == "query":
        action, parameters = _form_operation(request, service)
    else:
        action, parameters, request = _rest_operation(request, target, service, protocol)
    signer = acting.principal.account if isinstance(acting, Forwarded) else acting.account
    parameters, request, account = read_names(service, action, parameters, request, place, signer)
    if protocol == "json":
        request = replace(request, body=json.dumps(parameters).encode())
    return Call(
        acting, service, action, place.region, account, protocol, request, target, parameters
    )


def _json_operation(request: Request, service: str) -> tuple[str, dict[str, Any]]:
    action = request.headers.get("x-amz-target", "").rpartition(".")[2]
    if request.method != "POST" or action not in _operations(service):
        raise AwsError("UnknownOperationException", f"{service} has no operation {action!r}")
    return action, declared(service, action, _json_object(request.body, service))


def _form_operation(request: Request, service: str) -> tuple[str, dict[str, Any]]:
    try:
        pairs = [*request.query, *parse_qsl(request.body.decode(), keep_blank_values=True)]
    except ValueError:
        raise AwsError("MalformedQueryString", "body: expected a form in UTF-8") from None
    parameters = dict(pairs)
    # Two values for one name could be read in two ways, by the gate and by what lies behind it.
    if len(parameters) != len(pairs):
        raise AwsError("InvalidParameterValue", "Each parameter: expected once, found repeated")
    action = parameters.get("Action", "")
    if action not in _operations(service):
        raise AwsError("InvalidAction", f"{service} has no operation {action!r}")
    return action, declared(service, action, parameters, form=True)


def _rest_operation(
    request: Request, target: str, service: str, protocol: str
) -> tuple[str, dict[str, Any], Request]:
    # Some operations of S3 are told from others by a header of theirs alone.
    told = {name: value for name, value in request.headers.items() if name.startswith("x-amz-")}
    environ = EnvironBuilder(
        method=request.method, query_string=dict(request.query), headers=[*told.items()]
    ).get_environ()
    environ["PATH_INFO"] = request.path.encode().decode("latin-1")
    environ["RAW_URI"] = environ["REQUEST_URI"] = target
    try:
        operation, found = _router(service).match(MotoRequest(environ))
    except (HTTPException, NotImplementedError):
        raise AwsError(
            "UnknownOperationException", f"{service} has no {request.method} {request.path}", 404
        ) from None
    action = str(operation.name)
    parameters: dict[str, Any] = dict(found)
    # A function's event is anybody's JSON, and the evaluation service reads its body by itself.
    if protocol == "rest-json" and action != "Invoke" and service != "bedrock-agentcore":
        members = declared(service, action, _json_object(request.body, service))
        request = replace(request, body=json.dumps(members).encode() if request.body else b"")
        # What is in the path cannot be overruled by a member of the same name.
        parameters = members | parameters
    if "x-amz-copy-source" in request.headers:
        action = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}.get(action, action)
    return action, parameters, request


def _json_object(body: bytes, service: str) -> dict[str, Any]:
    code = "InvalidRequestContentException" if service == "lambda" else "SerializationException"
    try:
        value = parse_json(body or b"{}")
    except ValueError as error:
        raise AwsError(code, f"body: expected JSON: {error}") from None
    if not isinstance(value, dict):
        raise AwsError(code, "body: expected a JSON object")
    return value


@cache
def query_members(service: str, action: str) -> frozenset[str]:
    """The query parameters that an operation declares."""
    if protocol_of(service, {"x-amz-target": ""}) != "rest-json":
        return frozenset()
    shape: Any = get_service_model(service).operation_model(action).input_shape
    members: Iterable[Any] = shape.members.values() if shape else ()
    return frozenset(
        member.serialization["name"]
        for member in members
        if member.serialization.get("location") == "querystring"
    )


@cache
def _operations(service: str) -> frozenset[str]:
    return frozenset(cast(Iterable[str], get_service_model(service).operation_names))


@cache
def _router(service: str) -> ServiceOperationRouter:
    return ServiceOperationRouter(get_service_model(service))


def layered(answer: Answer, *layers: Layer) -> Answer:
    """`answer` behind layers, the first of which sees a call first."""
    for layer in reversed(layers):
        answer = partial(layer, onward=answer)
    return answer
