"""The event that invokes the controller: an operation, the API's parameters, our options."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from .aws import request_validation, service_model
from .aws.request_validation import found, member
from .aws.suggestions import did_you_mean
from .errors import ValidationException
from .evaluations import scope
from .settings import Settings

# These are ours alone and take no parameters.
OWN_OPERATIONS = frozenset({"CheckKey", "ExportBatchEvaluations"})

OPTIONS = {
    "CheckKey": ("name",),
    "ExportBatchEvaluations": ("retryNow",),
    "ListBatchEvaluations": ("name", "status"),
    "StartBatchEvaluation": ("queue",),
}

# Beside the service's own statuses: a start that is recorded and waits.
QUEUED = "QUEUED"

_MEMBERS = ("operation", "parameters", "options")


@dataclass(frozen=True)
class Event:
    """A request that fits the API's model and the environment's bounds."""

    operation: str
    parameters: dict[str, Any]
    options: dict[str, Any]


def parse(event: object, settings: Settings) -> Event:
    """Read the event; raises ValidationException, which names every fault at once.

    `options` of ListBatchEvaluations: `status`, one status or a list of them (QUEUED: starts that
    wait); `name`, a name or a prefix that ends in `*`. Of CheckKey: `name`, the name to check the
    key for. Of ExportBatchEvaluations: `retryNow`, true to try again what failed before. Of
    StartBatchEvaluation: `queue`, false to be refused when full.
    """
    if not isinstance(event, dict):
        raise ValidationException(f"event: expected an object, found {found(event)}")
    given = cast(dict[str, Any], event)
    operation = given.get("operation")
    known = service_model.operations() | OWN_OPERATIONS
    if not isinstance(operation, str) or operation not in known:
        expected = ", ".join(sorted(known))
        raise ValidationException(
            f"operation: expected one of {expected}, found {found(operation, 'operation')}"
            f"{did_you_mean(operation, known)}"
        )
    parameters, options = given.get("parameters", {}), given.get("options", {})
    faults = [
        f"event: expected {', '.join(_MEMBERS)}, found {member('', name)}"
        f"{did_you_mean(name, _MEMBERS)}"
        for name in given
        if name not in _MEMBERS
    ]
    if operation in service_model.operations():
        faults += request_validation.faults(operation, parameters)
    elif parameters != {}:
        faults.append(f"parameters: expected none for {operation}, found {found(parameters)}")
    if operation == "StartBatchEvaluation" and isinstance(parameters, dict):
        faults += scope.start_faults(settings, cast(dict[str, Any], parameters))
    faults += _option_faults(operation, options, settings)
    request_validation.require(faults)
    return Event(operation, cast(dict[str, Any], parameters), options)


def _option_faults(operation: str, options: object, settings: Settings) -> Iterator[str]:
    if not isinstance(options, dict):
        yield f"options: expected an object, found {found(options)}"
        return
    allowed = OPTIONS.get(operation, ())
    for name, value in cast(dict[str, object], options).items():
        if name not in allowed:
            expected = " or ".join(allowed) or "none"
            near = did_you_mean(name, allowed)
            yield f"options: expected {expected} for {operation}, found {member('', name)}{near}"
        elif name in ("queue", "retryNow"):
            if not isinstance(value, bool):
                yield f"options.{name}: expected true or false, found {found(value)}"
        elif name == "status":
            yield from _status_faults(value)
        elif operation == "CheckKey":
            yield from _name_faults(value)
            if isinstance(value, str) and not scope.name_in_scope(settings, value):
                yield scope.name_fault(settings, "options.name", value)
        elif value != "*":
            yield from _name_faults(value.removesuffix("*") if isinstance(value, str) else value)


def _name_faults(value: object) -> Iterator[str]:
    return request_validation.shape_faults("BatchEvaluationName", "options.name", value)


def _status_faults(value: object) -> Iterator[str]:
    statuses = [*service_model.statuses(), QUEUED]
    for status in cast(list[object], value) if isinstance(value, list) else [value]:
        if status not in statuses:
            shown = found(status, "options.status")
            near = did_you_mean(status, statuses)
            yield f"options.status: expected {', '.join(statuses)}, found {shown}{near}"
