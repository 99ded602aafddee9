"""One call of an AWS operation: who makes it, which operation it is, with what input."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, unquote, urlencode

from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import Caller, DeploymentTarget, ForwardAccessSession
from local.aws_api.http_messages import Request, Response
from local.aws_api.members import declared
from local.aws_api.request_parsing import read_names
from local.aws_api.rest_requests import json_object, read_rest
from local.aws_api.sqs_query_protocol import read_form
from local.aws_api.unserved_services import protocol_of_unserved
from policies.iam import Decision

# What the product touches. A service that is not here is refused: each one more is code of moto's
# that any signed request reaches, and some of it starts containers or calls other hosts.
PROTOCOLS = {
    "bedrock-agentcore": "rest-json",
    "cloudtrail": "json",
    "cloudwatch": "json",
    "iam": "query",
    "kms": "json",
    "lambda": "rest-json",
    "logs": "json",
    "s3": "rest-xml",
    "scheduler": "rest-json",
    "sqs": "json",
    "sts": "query",
}


# Names in signatures that differ from those of models and permissions.
_SIGNED_AS = {"monitoring": "cloudwatch"}


@dataclass(frozen=True)
class RequestContext:
    """A request after its signer is known.

    `target` is path and query, percent-encoded; of a REST operation they are what was read and
    nothing else. `parameters` are the members sent in the JSON body or the form, and those in the
    path of a REST operation (S3: `Bucket` and `Key`). `account` owns the resources that the call
    names. `secure` is False for what came over the listener that stands for plain HTTP.
    `decisions` grows while policies are asked.
    """

    acting: Caller
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
Answer = Callable[[RequestContext], Response]


class Handler(Protocol):
    """Stands in front of an answer: lets a call through, changes it, or answers by itself."""

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response: ...


def protocol_of(service: str, target: str, headers: Mapping[str, str]) -> str:
    """The wire protocol in which a request is answered.

    SQS speaks JSON or, with older SDKs, the query protocol. What comes in a protocol that is not
    served, or to a service that is not, is answered in that protocol.
    """
    served = PROTOCOLS.get(_SIGNED_AS.get(service, service))
    if served is not None and served.startswith("rest"):
        return served
    found = protocol_of_unserved(service, target, headers)
    if served is None or not found.startswith("rest"):
        return found
    # Queries of SQS may go to the path of a queue.
    return "query" if service == "sqs" else served


def read_request(
    acting: Caller,
    service: str,
    place: DeploymentTarget,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
) -> RequestContext:
    """The call that a request makes; raises AwsError when it names no operation of the service.

    Header names are lower case; `body` is free of aws-chunked framing.
    """
    service = _SIGNED_AS.get(service, service)
    if service not in PROTOCOLS:
        raise AwsError(
            "NotImplemented",
            f"The local endpoint has no service {service!r}, only {', '.join(sorted(PROTOCOLS))}",
            501,
        )
    protocol = protocol_of(service, target, headers)
    if protocol not in (PROTOCOLS[service], "query" if service == "sqs" else ""):
        raise AwsError(
            "NotImplemented",
            f"The local endpoint speaks {PROTOCOLS[service]} for {service}, found {protocol}",
            501,
        )
    path, _, sent = target.partition("?")
    query = tuple(parse_qsl(sent, keep_blank_values=True))
    request = Request(method, unquote(path), query, headers, body)
    form: dict[str, str] = {}
    if protocol == "json":
        action, parameters = _json_operation(request, service)
    elif protocol == "query":
        action, parameters, form = _form_operation(request, service)
    else:
        rest = read_rest(request, target, service)
        action, parameters, request, target = rest.action, rest.members, rest.request, rest.target
    signer = (
        acting.principal.account if isinstance(acting, ForwardAccessSession) else acting.account
    )
    parameters, request, account = read_names(service, action, parameters, request, place, signer)
    if protocol == "json":
        request = replace(request, body=json.dumps(parameters).encode())
    elif protocol == "query":
        named = {name: parameters[name] for name in ("QueueUrl",) if name in parameters}
        request = replace(request, body=urlencode({**form, **named}).encode())
    return RequestContext(
        acting, service, action, place.region, account, protocol, request, target, parameters
    )


def _json_operation(request: Request, service: str) -> tuple[str, dict[str, Any]]:
    target = request.headers.get("x-amz-target", "")
    prefix, _, action = target.rpartition(".")
    known = str(get_service_model(service).metadata["targetPrefix"])
    # Some SDKs send the last label of CloudTrail's long prefix only.
    if prefix not in (known, known.rpartition(".")[2]) or action not in _operations(service):
        raise AwsError("UnknownOperationException", f"{service} has no operation {target!r}")
    if request.method != "POST":
        raise AwsError("UnknownOperationException", f"expected POST, found {request.method}", 404)
    return action, declared(service, action, json_object(request.body, service))


def _form_operation(request: Request, service: str) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The operation, its members and the form that has nothing else."""
    try:
        pairs = [*request.query, *parse_qsl(request.body.decode(), keep_blank_values=True)]
    except ValueError:
        raise AwsError("MalformedQueryString", "body: expected a form in UTF-8") from None
    form = dict(pairs)
    # Two values for one name could be read in two ways, by the gate and by what lies behind it.
    if len(form) != len(pairs):
        raise AwsError("InvalidParameterValue", "Each parameter: expected once, found repeated")
    action = form.get("Action", "")
    if action not in _operations(service):
        raise AwsError("InvalidAction", f"{service} has no operation {action!r}")
    if service == "sqs":
        form.pop("ContentType", None)  # asks moto for JSON, which a form is never answered with
        return action, read_form(action, form), form
    form = declared(service, action, form, form=True)
    return action, form, form


@cache
def _operations(service: str) -> frozenset[str]:
    return frozenset(cast(Iterable[str], get_service_model(service).operation_names))


def handler_chain(answer: Answer, *layers: Handler) -> Answer:
    """`answer` behind layers, the first of which sees a call first."""
    for layer in reversed(layers):
        answer = partial(layer, next_handler=answer)
    return answer
