"""Where a period is kept, so that the periods around an instant are found by look-up.

A period belongs to the point of a virtual binary tree, over hours or positions, at which the ways
to its ends part. Whatever covers an instant belongs to one of the points on the way to it, about
thirty, however many periods lie before and after (Kriegel, Pötke, Seidl: Managing Intervals
Efficiently in Object-Relational Databases, VLDB 2000).
"""

from typing import Final

HOUR_US: Final = 3_600_000_000
LEVELS_OF_HOURS: Final = 27
"""Hours from 1970 to the year 9999."""


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
