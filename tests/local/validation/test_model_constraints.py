"""What service models state is held for every operation: a value beyond each bound is refused."""

import re
from collections.abc import Iterator
from typing import Any

import botocore.serialize
import pytest
from moto.core.utils import get_service_model

from local.aws_api.aws_error import AwsError
from local.aws_api.caller import DeploymentTarget, Principal
from local.aws_api.http_messages import Response
from local.aws_api.request_context import RequestContext, read_request
from local.validation.request_validation import check_request
from tests.local.requests import sample, sent

SERVICES = ["iam", "kms", "lambda", "logs", "s3", "scheduler", "sqs", "sts"]
USER = Principal("arn:aws:iam::111122223333:user/u", "111122223333", "AKIA")
# Operations of the models that the endpoint does not answer as such: moto has no AcquireRole, and
# directory buckets have another host name than ListBuckets, whose path they share.
UNANSWERED = {("iam", "AcquireRole"), ("s3", "ListDirectoryBuckets")}
EVENTS = {"Invoke", "InvokeAsync", "InvokeWithResponseStream"}
DEEPEST = 4
LONGEST = 20_000

Spot = tuple[str | int, ...]


class Passed(Exception):
    """The request got through the checks."""


def next_handler(_: RequestContext) -> Response:
    raise Passed


def beyond(shape: Any, value: Any, path: Spot = ()) -> Iterator[tuple[Spot, Any]]:
    """Give places in a value, and for each what the shape at that place does not allow."""
    kind, limits = shape.type_name, shape.metadata
    if path:
        yield from ((path, wrong) for wrong in wrongs(shape, value, kind, limits))
    if len(path) >= DEEPEST or isinstance(value, str | int | float | bytes):
        return
    if kind == "structure":
        for name in value:
            yield from beyond(shape.members[name], value[name], (*path, name))
    elif kind == "list" and value:
        yield from beyond(shape.member, value[0], (*path, 0))
    elif kind == "map" and value:
        key = next(iter(value))
        yield from beyond(shape.value, value[key], (*path, key))


def wrongs(shape: Any, value: Any, kind: str, limits: dict[str, Any]) -> Iterator[Any]:
    low, high = limits.get("min"), limits.get("max")
    if kind == "string":
        if limits.get("enum"):
            yield "no-such-choice"
        if high is not None and high < LONGEST:
            yield "a" * (high + 1)
        if low is not None and low > 1:
            yield "a" * (low - 1)
    elif kind in ("integer", "long"):
        yield from [low - 1] if low is not None else []
        yield from [high + 1] if high is not None and high < 2**31 - 1 else []
    elif kind == "list" and value and high is not None and high < 200:
        yield value * (high + 1)


def placed(value: Any, path: Spot, wrong: Any) -> Any:
    """A copy of a value with another one at a place."""
    if not path:
        return wrong
    if isinstance(value, list):
        return [placed(value[0], path[1:], wrong), *value[1:]]
    return {**value, path[0]: placed(value[path[0]], path[1:], wrong)}


def label(path: Spot) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def checked(service: str, action: str, members: Any) -> str:
    """The message with which the checks refuse members, empty when they let them through."""
    model: Any = get_service_model(service)
    serializer = botocore.serialize.create_serializer(
        model.resolved_protocol, include_validation=False
    )
    operation = model.operation_model(action)
    request = sent(action, serializer.serialize_to_request(members, operation))
    try:
        call = read_request(
            USER,
            service,
            DeploymentTarget(),
            request.method,
            request.target,
            request.headers,
            request.body,
        )
        check_request(call, next_handler)
    except AwsError as error:
        return f"{error.code}: {error.message}"
    except Passed:
        return ""
    raise AssertionError("expected a refusal or a request that passed")


@pytest.mark.parametrize("service", SERVICES)
def test_a_value_beyond_a_bound_of_the_model_is_refused(service: str) -> None:
    model: Any = get_service_model(service)
    taken: list[tuple[str, str, str]] = []
    tried = 0
    for action in model.operation_names:
        shape = model.operation_model(action).input_shape
        # A function's event is anybody's, and S3's documents have an error without names.
        if shape is None or action in EVENTS or (service, action) in UNANSWERED:
            continue
        whole = sample(shape, every=True)
        for path, wrong in beyond(shape, whole):
            tried += 1
            message = checked(service, action, placed(whole, path, wrong))
            named = f"Value at '{label(path)}'" in message
            if not named and not re.match(r"MalformedXML|Invalid|NotFound|Validation", message):
                taken.append((action, label(path), f"{wrong!r:.30} {message:.100}"))
    assert taken == []
    assert tried > 0
