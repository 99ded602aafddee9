"""Texts to try for a key that is compared as a number, date, address, truth value or bytes.

The values in the policies cut each of these orders into intervals, and within one interval all
values are alike: one text for each is enough. A key may be compared with plain texts as well, each
of which a counterexample may have to avoid, so every interval gets `spare` more texts.
"""

import base64
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal, localcontext
from ipaddress import IPv4Address, IPv6Address
from itertools import islice, pairwise, product

from ..language.condition_values import Addresses
from ..language.conditions import Condition
from ..language.operators import TEXTS, Family
from ..language.patterns import ArnPattern, Pattern

_PLACES = 40  # digits on either side of the point, as read_number takes them
_BITS = {4: 32, 6: 128}
_DOCUMENTATION = (IPv4Address("203.0.113.7"), IPv6Address("2001:db8::7"))


def spellings(conditions: Iterable[Condition]) -> list[str]:
    """Texts of which one meets any demand on these conditions that some text meets."""
    by_family: dict[Family, list[object]] = {}
    for condition in conditions:
        by_family.setdefault(condition.operator.family, []).extend(condition.wanted)
    plain = [
        text
        for family in TEXTS
        for pattern in by_family.get(family, ())
        if (text := only_text(pattern)) is not None
    ]
    spare = len(plain) + 1
    found = [f"other{'x' * count}" for count in range(spare)]
    for text in plain:
        found += [text, *islice(_in_any_case(text), spare)]
    numbers = _decimals(by_family.get(Family.NUMBER, ()))
    dates = _decimals(by_family.get(Family.DATE, ()))
    if numbers or dates:
        for value in _between(numbers | dates):
            found += _numbers(value, spare)
    if dates:
        for value in _between(dates):
            found += _dates(value)
        found += _years(numbers | dates)
    if Family.BOOLEAN in by_family:
        found += [*_in_any_case("true"), *_in_any_case("false")]
    for wanted in by_family.get(Family.BINARY, ()):
        found += _in_base64(wanted) if isinstance(wanted, bytes) else ()
    found += _addresses(by_family.get(Family.ADDRESS, ()), spare)
    return list(dict.fromkeys(found))


def only_text(pattern: object) -> str | None:
    """The one text that a pattern matches (in some case), if there is one only."""
    if isinstance(pattern, ArnPattern):
        texts = [segment.literal for segment in pattern.segments]
        return None if None in texts else ":".join(text for text in texts if text is not None)
    return pattern.literal if isinstance(pattern, Pattern) else None


def _in_any_case(text: str) -> Iterator[str]:
    yield from (text.lower(), text.upper(), text.capitalize())
    for letters in product(*({letter.lower(), letter.upper()} for letter in text)):
        yield "".join(letters)


def _decimals(wanted: Iterable[object]) -> set[Decimal]:
    return {value for value in wanted if isinstance(value, Decimal)}


def _between(limits: set[Decimal]) -> Iterator[Decimal]:
    """Each limit, and the shortest number before, between and after them."""
    ordered = sorted(limits)
    yield from ordered
    with localcontext() as context:
        context.prec = 3 * _PLACES
        yield ordered[-1].to_integral_value(ROUND_FLOOR) + 1
        yield ordered[0].to_integral_value(ROUND_FLOOR) - 1
        for low, high in pairwise(ordered):
            for places in range(_PLACES + 1):
                unit = Decimal(1).scaleb(-places)
                candidate = low.quantize(unit, ROUND_FLOOR) + unit
                if low < candidate < high:
                    yield candidate
                    break


def _numbers(value: Decimal, spare: int) -> Iterator[str]:
    """Ways to write a number; none after the first is four digits long, which would be a year."""
    sign, digits = ("-" if value < 0 else ""), f"{abs(value):f}"
    yield sign + digits
    for count in range(spare + 1):
        yield f"{sign}{'0' * (count + 4)}{digits}"


def _dates(value: Decimal) -> Iterator[str]:
    with localcontext() as context:
        context.prec = 3 * _PLACES
        microseconds = value * 1_000_000
        if microseconds != microseconds.to_integral_value():
            return
        try:
            date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))
        except OverflowError:
            return
    yield date.isoformat().replace("+00:00", "Z")


def _years(limits: set[Decimal]) -> Iterator[str]:
    """Four digits are a year to dates and a number to numbers: the years about every limit."""
    for limit in limits:
        number = int(limit) if abs(limit) < 10_000 else 0
        year = 1970 + int(limit / 31_556_952) if abs(limit) < 10**12 else 0
        yield from (
            f"{each:04}" for about in (number, year) for each in range(about - 2, about + 3)
        )


def _in_base64(wanted: bytes) -> Iterator[str]:
    """Its usual form, and those that differ in the bits that padding leaves over."""
    text = base64.b64encode(wanted).decode()
    yield text
    stem = text.rstrip("=")
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/":
        other = stem[:-1] + letter + "=" * (len(text) - len(stem))
        if stem and base64.b64decode(other) == wanted:
            yield other


def _addresses(wanted: Iterable[object], spare: int) -> Iterator[str]:
    """The first addresses of each interval, and a documentation address for what is outside."""
    ranges = [each for each in wanted if isinstance(each, Addresses)]
    if not ranges:
        return
    yield from map(str, _DOCUMENTATION)
    for version, make in ((4, IPv4Address), (6, IPv6Address)):
        edges = {0}
        for each in ranges:
            if each.version == version:
                edges |= {each.first, each.last + 1}
        starts = sorted(edge for edge in edges if edge < 1 << _BITS[version])
        ends = [*starts[1:], 1 << _BITS[version]]
        for start, end in zip(starts, ends, strict=True):
            yield from (str(make(each)) for each in range(start, min(start + spare + 1, end)))
