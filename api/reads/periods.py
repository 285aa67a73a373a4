"""The period a read is asked about: `[from, to)`, with what is left out filled in."""

from typing import NamedTuple

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.look import Look
from ledger.periods import Instant
from projections.holdings.read import first_start


class Period(NamedTuple):
    """`[start, end)`; `is_fixed` when the caller named both ends."""

    start: Instant
    end: Instant
    is_fixed: bool


def period(look: Look, asked: Asked, known_at: int) -> Period:
    """The period; from the first grant's start and until now unless told otherwise.

    Problem 422 when it ends before it begins, or holds nothing.
    """
    start, end = asked.instant("from"), asked.instant("to")
    is_fixed = start is not None and end is not None
    if end is None:
        end = look.now
    if start is None:
        first = first_start(look.connection, known_at)
        start = end if first is None else min(first, end)
        return Period(start, end, is_fixed)
    if start >= end:
        raise invalid(f"from {start} is not before to {end}.", parameter="from")
    return Period(start, end, is_fixed)
