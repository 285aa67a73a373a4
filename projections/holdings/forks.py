"""Where a period is kept, so that the periods around an instant are found by look-up.

A period belongs to the point of a virtual binary tree, over hours or positions, at which the ways
to its ends part. Whatever covers an instant belongs to one of the points on the way to it, about
thirty, however many periods lie before and after (Kriegel, Pötke, Seidl: Managing Intervals
Efficiently in Object-Relational Databases, VLDB 2000).
"""

from functools import lru_cache
from typing import Final

from ledger.periods import Instant, micros

LEVELS_OF_HOURS: Final = 27
"""Hours from 1970 to the year 9999."""
LEVELS_OF_POSITIONS: Final = 40

_HOUR_US: Final = 3_600_000_000


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


@lru_cache(maxsize=100_000)
def hour_of(hour: str) -> int:
    """The number of an hour, counted from 1970, that is written as `YYYY-MM-DDTHH`."""
    return micros(Instant(f"{hour}:00:00.000000Z")) // _HOUR_US


def fork_of_hours(start: Instant, end: Instant) -> int:
    """The point of a period of time; hours that it only touches are in it."""
    return fork(hour_of(start[:13]), hour_of(end[:13]))


def way_of_hours(instant: Instant) -> list[int]:
    """The points of the periods around an instant."""
    return way(hour_of(instant[:13]), LEVELS_OF_HOURS)


def way_of_positions(position: int) -> list[int]:
    """The points of what was believed at a position."""
    return way(position, LEVELS_OF_POSITIONS)
