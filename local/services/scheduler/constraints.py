"""EventBridge Scheduler: limits of values that its model does not state."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from local.aws_api.constraint import Constraint, Members, refused_when
from local.aws_api.timestamps import moment

_WRITING = ("CreateSchedule", "UpdateSchedule")
_API = "scheduler/latest/APIReference/API_"
# The members of templated targets, and the service in the ARN of the target that takes each.
# docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
_PARAMETERS = {
    "EcsParameters": "ecs",
    "EventBridgeParameters": "events",
    "KinesisParameters": "kinesis",
    "SageMakerPipelineParameters": "sagemaker",
    "SqsParameters": "sqs",
}


def _no_window(members: Members) -> bool:
    window = members.get("FlexibleTimeWindow") or {}
    return window.get("Mode") == "FLEXIBLE" and not window.get("MaximumWindowInMinutes")


def _needless_window(members: Members) -> bool:
    window = members.get("FlexibleTimeWindow") or {}
    return window.get("Mode") == "OFF" and bool(window.get("MaximumWindowInMinutes"))


def _no_json(members: Members) -> bool:
    target = members.get("Target") or {}
    text = target.get("Input")
    if not text or str(target.get("Arn")).split(":")[2:3] != ["lambda"]:
        return False
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def _ends_first(members: Members) -> bool:
    start, end = (_time(members.get(name)) for name in ("StartDate", "EndDate"))
    return start is not None and end is not None and end <= start


def _other_parameters(members: Members) -> str | None:
    target = members.get("Target") or {}
    service = ":".join(str(target.get("Arn")).split(":")[2:3])
    for name, owner in _PARAMETERS.items():
        if target.get(name) is not None and service != owner:
            # AWS documents which target each parameter belongs to, and not this sentence.
            return f"Target.{name}: expected with a target of {owner} only, found {service}"
    return None


def _time(value: object) -> float | None:
    if isinstance(value, int | float) or value is None:
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).timestamp()
    return moment(str(value))


CONSTRAINTS: Sequence[Constraint] = (
    Constraint(
        "scheduler",
        _WRITING,
        "FlexibleTimeWindow.MaximumWindowInMinutes",
        "required of mode FLEXIBLE",
        "ValidationException",
        f"{_API}FlexibleTimeWindow.html",
        refused_when(
            _no_window, "A maximum window must be specified when the flexible time window is on."
        ),
    ),
    Constraint(
        "scheduler",
        _WRITING,
        "FlexibleTimeWindow.MaximumWindowInMinutes",
        "absent from mode OFF",
        "ValidationException",
        f"{_API}FlexibleTimeWindow.html",
        refused_when(
            _needless_window,
            "A maximum window cannot be specified when the flexible time window is off.",
        ),
    ),
    Constraint(
        "scheduler",
        _WRITING,
        "Target.Input",
        "JSON, for a function",
        "ValidationException",
        f"{_API}Target.html",
        refused_when(_no_json, "Target.Input: the input must be well-formed JSON."),
    ),
    Constraint(
        "scheduler",
        _WRITING,
        "StartDate, EndDate",
        "EndDate after StartDate",
        "ValidationException",
        f"{_API}CreateSchedule.html",
        refused_when(_ends_first, "The EndDate must be after the StartDate."),
    ),
    Constraint(
        "scheduler",
        _WRITING,
        f"Target.{', '.join(_PARAMETERS)}",
        "each with a target of its own service only",
        "ValidationException",
        f"{_API}Target.html",
        _other_parameters,
    ),
    Constraint(
        "scheduler",
        ("DeleteScheduleGroup",),
        "Name",
        "not `default`, which Scheduler itself makes",
        "ValidationException",
        "scheduler/latest/UserGuide/managing-schedule-group-delete.html",
        refused_when(
            lambda members: members.get("Name") == "default",
            "Name: the default schedule group cannot be deleted.",
        ),
    ),
)
