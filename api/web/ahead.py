"""What is recorded to start and end after an instant, and what that leaves free (domain: Due)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from ledger.periods import Instant, shifted
from projections.holdings.changes import Change

DAYS: Final = (14, 30, 90)
JUST: Final = timedelta(microseconds=1)
"""What happens at the instant asked has happened: what is ahead begins right after it."""


class Horizon(Struct, frozen=True, kw_only=True):
    """free = free now (less short) + back - promised + capacity, and nothing else.

    `back`: recorded ends and scheduled releases; `promised`: grants that start; what a move or a
    loan takes from one holder and gives to another cancels out, and so does what a loan gives back
    to its lender.
    """

    days: int
    until: Instant
    back: int
    promised: int
    capacity: int
    free: int
    short: int


def dates(at: Instant) -> tuple[Instant, ...]:
    """The instants at which the horizons end."""
    return tuple(shifted(at, timedelta(days=days)) for days in DAYS)


def horizons(
    at: Instant,
    ahead: Iterable[Change],
    allocatable_now: int,
    then: Sequence[tuple[int, int, int]],
) -> tuple[Horizon, ...]:
    """One pool's horizons; `then` holds (allocatable, free, short) at each of `dates`."""
    mine = tuple(ahead)
    return tuple(
        Horizon(
            days=days,
            until=until,
            back=_back(mine, until),
            promised=_promised(mine, until),
            capacity=allocatable - allocatable_now,
            free=free,
            short=short,
        )
        for days, until, (allocatable, free, short) in zip(DAYS, dates(at), then, strict=True)
    )


def _back(ahead: Iterable[Change], until: Instant) -> int:
    kinds = {"ends", "released", "loan_ends", "loan_back"}
    return -sum(change.quantity for change in ahead if change.at <= until and change.kind in kinds)


def _promised(ahead: Iterable[Change], until: Instant) -> int:
    # A move may give more than its sources would have held by then: the rest is a promise too.
    kinds = {"starts", "moved_in", "moved_out", "lent", "borrowed_in"}
    return sum(change.quantity for change in ahead if change.at <= until and change.kind in kinds)


def sources(ahead: Iterable[Change]) -> dict[int, tuple[str, ...]]:
    """The units that the moves recorded at positions take from."""
    found: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for change in ahead:
        if change.kind == "moved_out":
            found[change.position][change.unit] = None
    return {position: tuple(units) for position, units in found.items()}
