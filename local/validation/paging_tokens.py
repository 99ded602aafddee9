"""The layer that knows the tokens of paginated answers: any other is refused as the service does.

moto reads a token that it did not make as a number, as a name to begin behind, or not at all, and
answers with a first page, an empty one or an error of its own. A client that loops over pages then
never ends, or ends too early.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from xml.etree import ElementTree

from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError
from local.aws_api.http_messages import Response
from local.aws_api.request_context import Answer, RequestContext
from local.aws_api.request_input import members

_SENT = frozenset({"Marker", "NextToken", "nextToken"})
_SENT_TO_S3 = frozenset({"ContinuationToken"})
_RETURNED = _SENT | {
    *("NextContinuationToken", "NextMarker", "nextBackwardToken", "nextForwardToken"),
}
# Each service's error for a token that it did not give: the Errors of each operation's page, such
# as docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html and
# docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html. AWS does
# not print the sentences of all. S3's markers are names that a client chooses, and no tokens.
_ERRORS: Mapping[str, tuple[str, str]] = {
    "cloudtrail": ("InvalidNextTokenException", "Invalid token."),
    "cloudwatch": ("InvalidNextToken", "Invalid token."),
    "iam": ("ValidationError", "Invalid Marker."),
    "kms": ("InvalidMarkerException", "Invalid marker."),
    "lambda": ("InvalidParameterValueException", "Invalid Marker."),
    "logs": ("InvalidParameterException", "The specified nextToken is invalid."),
    "s3": ("InvalidArgument", "The continuation token provided is incorrect"),
    "scheduler": ("ValidationException", "Invalid NextToken."),
    "sqs": ("InvalidParameterValue", "Invalid or expired next token."),
}
_MOST_KEPT = 100_000

_Token = tuple[str, str, str, str]


class PagingTokens:
    """Remembers the tokens that each operation gave."""

    def __init__(self) -> None:
        self._given: dict[_Token, None] = {}
        self._lock = threading.Lock()

    def __call__(self, call: RequestContext, next_handler: Answer) -> Response:
        """Let a call through; raises AwsError for a token that its operation did not give."""
        if call.service not in _ERRORS or not _is_paginated(call.service, call.action):
            return next_handler(call)
        for token in _sent(call):
            if (call.service, call.action, call.account, token) not in self._given:
                raise AwsError(*_ERRORS[call.service])
        response = next_handler(call)
        if response.status < 300:
            self._keep(call, response)
        return response

    def _keep(self, call: RequestContext, response: Response) -> None:
        with self._lock:
            for token in _returned(response):
                self._given[call.service, call.action, call.account, token] = None
            while len(self._given) > _MOST_KEPT:
                del self._given[next(iter(self._given))]


@cache
def _is_paginated(service: str, action: str) -> bool:
    shape: Any = get_service_model(service).operation_model(action).input_shape
    return shape is not None and bool(_names(service) & shape.members.keys())


def _names(service: str) -> frozenset[str]:
    return _SENT_TO_S3 if service == "s3" else _SENT


def _sent(call: RequestContext) -> Iterator[str]:
    shape: Any = get_service_model(call.service).operation_model(call.action).input_shape
    given = members(call, shape)
    yield from (str(given[name]) for name in _names(call.service) & given.keys())


def _returned(response: Response) -> Iterator[str]:
    if response.body.lstrip()[:1] != b"<":
        answer: dict[str, Any] = json.loads(response.body or b"{}")
        yield from (str(answer[name]) for name in _RETURNED & answer.keys() if answer[name])
        return
    for element in ElementTree.fromstring(response.body).iter():  # noqa: S314 - our own answer
        if element.tag.rpartition("}")[2] in _RETURNED and element.text:
            yield element.text
