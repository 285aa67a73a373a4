"""Where rows stand in the tree of periods: by hours that hold, or by positions that believe."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from ledger.forks import HOUR_US, LEVELS_OF_HOURS, fork, way
from ledger.periods import Instant, micros
from projections.sheets import EPOCH_2000_US
from projections.statements import numbers

LEVELS_OF_POSITIONS: Final = 40


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
