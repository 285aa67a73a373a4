"""Where rows stand in a tree of periods, so that those around an instant are found by look-up.

A period belongs to the point of a virtual binary tree, over the hours that hold or the positions
that believe, at which the ways to its ends part. Whatever covers an instant belongs to one of the
points on the way to it, about thirty, however many periods lie before and after (Kriegel, Pötke,
Seidl: Managing Intervals Efficiently in Object-Relational Databases, VLDB 2000).
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from ledger.periods import Instant, micros
from projections.sheets import EPOCH_2000_US
from projections.statements import numbers

HOUR_US: Final = 3_600_000_000
LEVELS_OF_HOURS: Final = 27
"""Hours from 1970 to the year 9999."""
LEVELS_OF_POSITIONS: Final = 40


def fork(first: int, last: int) -> int:
    """The point of the period from `first` to `last`, both in it."""
    if first == last:
        return first
    level = (first ^ last).bit_length() - 1
    return last >> level << level


def way(point: int, levels: int) -> list[int]:
    """Every point that a period around this one may belong to; each such period is at one."""
    found = {(point >> level + 1 << 1 | 1) << level for level in range(levels)}
    return sorted(found | {point})


def fork_of_hours(start: int, end: int) -> int:
    """The point of a period, in microseconds since 2000; hours that it only touches are in it."""
    return fork((start + EPOCH_2000_US) // HOUR_US, (end + EPOCH_2000_US) // HOUR_US)


def sides_of_hours(instant: Instant) -> tuple[int, list[int], list[int]]:
    """The hour of an instant, and the points of the periods around it: up to it, and behind it."""
    hour = micros(instant) // HOUR_US
    points = way(hour, LEVELS_OF_HOURS)
    behind = bisect_right(points, hour)
    return hour, points[:behind], points[behind:]


def way_of_positions(position: int) -> list[int]:
    """The points of what was believed at a position."""
    return way(position, LEVELS_OF_POSITIONS)


def around(instant: Instant) -> dict[str, object]:
    """What queries are told of the periods around an instant: it, its hour, and their points."""
    hour, before, after = sides_of_hours(instant)
    return {
        "valid_at": instant,
        "hour": hour,
        "forks_before": numbers(before),
        "forks_after": numbers(after),
    }


def look_at(
    pool: str | None, units: Sequence[str] | None, valid_at: Instant, known_at: int
) -> dict[str, object]:
    """The parameters of a look at an instant, as recorded by a position, at some units or all."""
    _, before, after = sides_of_hours(valid_at)
    return {
        "pool": pool,
        "units": None if units is None else list(units),
        "valid_at": valid_at,
        "known_at": known_at,
        "forks": numbers((*before, *after)),
        "known_forks": numbers(way_of_positions(known_at)),
    }
