"""When a schedule fires: rate, cron and at expressions.

docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LAST_YEAR = 2199
_LONGEST_PERIOD = 365 * 86400 * 100

# Gives the first moment after the first argument; the second is when the schedule began.
Next = Callable[[float, float], float | None]


def read_expression(text: str, timezone: str) -> Next:
    """The moments of an expression, in seconds since the epoch.

    The function gives the first moment at which to fire after a given one, for a schedule that
    began at another; None when there is none. Raises ValueError for an expression not understood.
    """
    zone = _zone(timezone)
    if match := _RATE.fullmatch(text):
        period = int(match[1]) * _SECONDS[match[2]]
        if period == 0:
            raise ValueError(f"ScheduleExpression: expected a rate of 1 or more, found {text!r}")
        # AWS states no longest rate. One that fires after the last year of cron expressions never
        # fires again, and its next moment is no date any more.
        if period > _LONGEST_PERIOD:
            raise ValueError(
                f"ScheduleExpression: expected a rate of at most {_LONGEST_PERIOD // 86400} days, "
                f"found {text!r}"
            )
        return lambda after, began: _rate(period, after, began)
    if match := _AT.fullmatch(text):
        moment = datetime.fromisoformat(match[1]).replace(tzinfo=zone).timestamp()
        return lambda after, began: moment if moment > after else None
    if match := _CRON.fullmatch(text):
        cron = _Cron(*_cron_fields(match.groups()))
        return lambda after, began: cron.next(after, zone)
    raise ValueError(f"ScheduleExpression: expected rate, cron or at, found {text!r}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(
            f"ScheduleExpressionTimezone: expected an IANA time zone, found {name!r}"
        ) from None


def _rate(period: int, after: float, began: float) -> float:
    """The first firing is at the beginning itself."""
    if after < began:
        return began
    return began + (int((after - began) // period) + 1) * period


@dataclass(frozen=True)
class _Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    days: Callable[[datetime], bool]
    months: frozenset[int]
    years: frozenset[int]

    def next(self, after: float, zone: ZoneInfo) -> float | None:
        """The first matching minute after a moment."""
        local = datetime.fromtimestamp(after, UTC).astimezone(zone)
        day = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        last = max(self.years)
        while day.year <= last:
            if day.year not in self.years or day.month not in self.months:
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
                continue
            if self.days(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        found = day.replace(hour=hour, minute=minute, tzinfo=zone)
                        # A time that a change of clocks leaves out does not come back the same.
                        same = found.astimezone(UTC).astimezone(zone).hour == hour
                        if same and found.timestamp() > after:
                            return found.timestamp()
            day += timedelta(days=1)
        return None


def _cron_fields(
    fields: tuple[str, ...],
) -> tuple[
    frozenset[int], frozenset[int], Callable[[datetime], bool], frozenset[int], frozenset[int]
]:
    minutes, hours, month_days, months, week_days, years = fields
    if (month_days == "?") == (week_days == "?"):
        raise ValueError(
            "ScheduleExpression: expected ? in exactly one of day-of-month and day-of-week"
        )
    by_day = _month_days(month_days) if week_days == "?" else _week_days(week_days)
    return (
        _numbers(minutes, 0, 59),
        _numbers(hours, 0, 23),
        by_day,
        _numbers(months, 1, 12, _MONTHS),
        _numbers(years, 1970, _LAST_YEAR),
    )


def _numbers(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The values of one field: lists, ranges, steps, names."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = low, high
        else:
            start = _number(first, low, names)
            end = _number(last, low, names) if dash else (high if step else start)
        if not (low <= start <= end <= high) or (step and not (step.isdigit() and int(step))):
            raise ValueError(f"ScheduleExpression: expected {low} to {high}, found {part!r}")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + low
    if not text.isdigit():
        raise ValueError(f"ScheduleExpression: expected a number, found {text!r}")
    return int(text)


def _month_days(text: str) -> Callable[[datetime], bool]:
    if text == "L":
        return lambda day: (day + timedelta(days=1)).day == 1
    if text.endswith("W"):
        raise ValueError(f"ScheduleExpression: W is not supported by the local endpoint: {text!r}")
    days = _numbers(text, 1, 31)
    return lambda day: day.day in days


def _week_days(text: str) -> Callable[[datetime], bool]:
    if match := re.fullmatch(r"(\w+)#([1-5])", text):
        weekday, count = _number(match[1], 1, _DAYS), int(match[2])
        return lambda day: _weekday(day) == weekday and (day.day - 1) // 7 + 1 == count
    if match := re.fullmatch(r"(\w+)L", text):
        weekday = _number(match[1], 1, _DAYS)
        return lambda day: _weekday(day) == weekday and (day + timedelta(days=7)).month != day.month
    days = _numbers(text, 1, 7, _DAYS)
    return lambda day: _weekday(day) in days


def _weekday(day: datetime) -> int:
    """1 is Sunday, as in the expressions."""
    return day.isoweekday() % 7 + 1
