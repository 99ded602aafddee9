"""EventBridge Scheduler: what a schedule's expression, dates and target must be, by the clock."""

import re
from datetime import datetime
from typing import Any

from local.aws_api.aws_error import AwsError
from local.services.scheduler.expressions import read_expression

# docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html says that StartDate is
# "the date after which the schedule can begin"; the five minutes are in AWS's own refusal.
_PAST_START = 300
_FUNCTION = re.compile(
    r"arn:[a-z-]+:lambda:(?P<region>[a-z0-9-]+):[0-9]{12}:function:[A-Za-z0-9_-]+(:[^:]+)?"
)


def check_schedule(parameters: dict[str, Any], now: float) -> None:
    """Raise ValidationException for a schedule that AWS refuses or that cannot fire here."""
    _check_expression(parameters, now)
    _check_dates(parameters, now)
    arn = (parameters.get("Target") or {}).get("Arn")
    if not _FUNCTION.fullmatch(str(arn)):
        raise _invalid(
            f"Target.Arn: expected a Lambda function, found {arn}; the local endpoint invokes "
            "nothing else"
        )
    if parameters.get("ActionAfterCompletion", "NONE") != "NONE":
        raise _invalid("ActionAfterCompletion: the local endpoint supports NONE only")


def _check_expression(parameters: dict[str, Any], now: float) -> None:
    text = str(parameters.get("ScheduleExpression"))
    try:
        fires = read_expression(text, parameters.get("ScheduleExpressionTimezone") or "UTC")
        fires(now, now)  # a moment that cannot be calculated would stop all schedules
    except (ValueError, OverflowError) as error:
        raise _invalid(f"Invalid Schedule Expression. {error}") from None
    if text.startswith("cron(") and fires(0.0, 0.0) is None:
        raise _invalid(
            "Invalid Schedule Expression. ScheduleExpression: expected a date that exists, found "
            f"{text!r}"
        )


def _check_dates(parameters: dict[str, Any], now: float) -> None:
    """A one-time schedule ignores both dates.

    docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html. AWS documents no
    sentence for an EndDate in the past: such a schedule never fires, and is refused.
    """
    if str(parameters.get("ScheduleExpression")).startswith("at("):
        return
    start, end = (moment_of(parameters.get(name)) for name in ("StartDate", "EndDate"))
    if start is not None and start < now - _PAST_START:
        raise _invalid("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if end is not None and end <= now:
        raise _invalid("The EndDate you specify must be in the future.")


def moment_of(value: Any) -> float | None:
    """A date as the API takes it: seconds since the epoch, or ISO 8601."""
    if value is None or isinstance(value, int | float):
        return value
    return datetime.fromisoformat(str(value)).timestamp()


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
