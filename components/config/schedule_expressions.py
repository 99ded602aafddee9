"""Validator of the rate and cron expressions that EventBridge Scheduler takes.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from typing import Any

from .validators import PredicateValidator

_RATE = re.compile(r"rate\([1-9][0-9]* (minutes?|hours?|days?)\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
_LONGEST = 256


def _number(text: str, low: int, high: int, names: tuple[str, ...]) -> int | None:
    """Return the number that a text or a name stands for, None outside of the range."""
    if text in names:
        return names.index(text) + low
    value = int(text) if re.fullmatch(r"[0-9]{1,4}", text) else -1
    return value if low <= value <= high else None


def _is_field(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> bool:
    """Tell whether a field lists `*`, numbers, ranges, and either with an increment."""
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if slash and not re.fullmatch(r"[1-9][0-9]{0,3}", step):
            return False
        if span == "*":
            continue
        ends = [_number(end, low, high, names) for end in span.split("-")]
        known = [end for end in ends if end is not None]
        if len(ends) > 2 or len(known) < len(ends) or known != sorted(known):
            return False
    return True


def _is_day_of_month(text: str) -> bool:
    if match := re.fullmatch(r"([0-9]{1,2})W", text):
        return _number(match[1], 1, 31, ()) is not None
    return text == "L" or _is_field(text, 1, 31)


def _is_day_of_week(text: str) -> bool:
    """Tell whether a field names weekdays, as `6L` the last or as `6#3` the third one of a month.

    Increments are not among the wildcards of this field.
    """
    if match := re.fullmatch(r"(\w+)(L|#[1-5])", text, re.ASCII):
        return _number(match[1], 1, 7, _DAYS) is not None
    return text == "L" or ("/" not in text and _is_field(text, 1, 7, _DAYS))


def _is_cron(text: str) -> bool:
    match = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", text)
    if match is None:
        return False
    minutes, hours, month_day, month, week_day, year = match.groups()
    # A value or * in one of the two day fields demands ? in the other.
    if (month_day == "?") == (week_day == "?"):
        return False
    return (
        _is_field(minutes, 0, 59)
        and _is_field(hours, 0, 23)
        and (month_day == "?" or _is_day_of_month(month_day))
        and _is_field(month, 1, 12, _MONTHS)
        and (week_day == "?" or _is_day_of_week(week_day))
        and _is_field(year, 1970, 2199)
    )


def _is_recurring(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    return bool(_RATE.fullmatch(value)) or _is_cron(value)


SCHEDULE = PredicateValidator(
    "rate(N minutes|hours|days) with N of 1 or more, or cron(minutes hours day-of-month month "
    "day-of-week year) with ? in exactly one of the day fields",
    _is_recurring,
)
