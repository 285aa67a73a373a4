"""Periods cut into steps, and quantities summed over them: exact, in microseconds."""

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from itertools import pairwise
from typing import Final

from msgspec import Struct

from ledger.periods import Instant, from_datetime, micros, to_datetime

STEPS_MAX: Final = 10_000
_EVERY = re.compile(r"([1-9][0-9]{0,3})(h|d|w|mo)\Z", re.ASCII)
_HOURS: Final = {"h": 1, "d": 24, "w": 168}
_HOUR_US: Final = 3_600_000_000
_DIGITS: Final = Decimal("1e-12")
_PRECISE: Final = 60


class Piece(Struct, frozen=True):
    """A quantity over `[start, end)`."""

    start: Instant
    end: Instant
    quantity: int


class Stretch(Struct, frozen=True):
    """A step: the quantity at its start, and the quantity times the microseconds it was held."""

    start: Instant
    end: Instant
    quantity: int
    unit_us: int


def edges(start: Instant, end: Instant, every: str) -> list[Instant]:
    """The instants at which steps of a length begin from `start` on, and the end.

    Months are calendar months: the same day and time, or the last day of a shorter month.
    ValueError says what is wrong, also when there would be too many.
    """
    found = _EVERY.match(every)
    if found is None:
        raise ValueError("every is a number from 1 to 9999 and h, d, w or mo, such as 1d")
    count = int(found[1])
    first, last = to_datetime(start), to_datetime(end)
    instants: list[Instant] = []
    for number in range(STEPS_MAX + 1):
        moment = _later(first, number * count, found[2])
        if moment is None or moment >= last:
            return [*instants, end]
        instants.append(from_datetime(moment))
    raise ValueError(f"there are at most {STEPS_MAX:,} steps: ask for longer ones")


def _later(first: datetime, count: int, unit: str) -> datetime | None:
    """So much later; None beyond the calendar's end."""
    try:
        if unit != "mo":
            return first + timedelta(hours=count * _HOURS[unit])
        years, month = divmod(first.month - 1 + count, 12)
        year = first.year + years
        day = min(first.day, monthrange(year, month + 1)[1])
        return first.replace(year=year, month=month + 1, day=day)
    except (OverflowError, ValueError):
        return None


def level(pieces: Iterable[Piece]) -> list[Piece]:
    """The sum of pieces as steps from change to change; where it is zero there is none."""
    changes: dict[Instant, int] = {}
    for one in pieces:
        changes[one.start] = changes.get(one.start, 0) + one.quantity
        changes[one.end] = changes.get(one.end, 0) - one.quantity
    found: list[Piece] = []
    quantity = 0
    since: Instant | None = None
    for instant in sorted(changes):
        if not changes[instant]:
            continue
        if since is not None and quantity:
            found.append(Piece(since, instant, quantity))
        quantity += changes[instant]
        since = instant
    return found


def from_change_to_change(steps: Iterable[Piece]) -> Iterator[Stretch]:
    """Each step with the time held in it."""
    for one in steps:
        span = micros(one.end) - micros(one.start)
        yield Stretch(one.start, one.end, one.quantity, one.quantity * span)


def in_steps(steps: Sequence[Piece], at: Sequence[Instant]) -> Iterator[Stretch]:
    """Steps summed into others that begin `at`; those in which nothing is held are left out."""
    starts = [one.start for one in steps]
    for start, end in pairwise(at):
        place = max(bisect_right(starts, start) - 1, 0)
        quantity = unit_us = 0
        while place < len(steps) and steps[place].start < end:
            one = steps[place]
            if one.end > start:
                span = micros(min(one.end, end)) - micros(max(one.start, start))
                unit_us += one.quantity * span
                if one.start <= start:
                    quantity = one.quantity
            place += 1
        if unit_us:
            yield Stretch(start, end, quantity, unit_us)


def in_seconds(unit_us: int, *, digits: int = 0) -> str:
    """Unit-seconds as a decimal without trailing zeros: exact.

    The last `digits` of what is given are a decimal fraction.
    """
    with localcontext() as context:
        context.prec = _PRECISE
        return _plain(Decimal(unit_us).scaleb(-6 - digits))


def in_hours(unit_us: int) -> str:
    """Unit-hours as a decimal: exact where it ends within 12 digits, else rounded to them."""
    with localcontext() as context:
        context.prec = _PRECISE
        hours = Decimal(unit_us) / _HOUR_US
        return _plain(hours.quantize(_DIGITS, ROUND_HALF_EVEN))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
