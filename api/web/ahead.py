"""What comes free in the days ahead, by what is recorded (domain: Supply)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from api.reads.curves import Turn
from ledger.periods import Instant, shifted
from projections.holdings.ahead import Ahead

DAYS: Final = (14, 30, 90)
"""So far after the instant asked each horizon reaches."""


class Horizon(Struct, frozen=True, kw_only=True):
    """free = free now (less short) + back - promised + capacity, and nothing else.

    `promised`: grants of the pool that start; `back`: what comes back of these and of all that is
    held; what a move or a loan takes from one holder and gives to another cancels out. `likely` is
    what is free then with the forecasts of high and medium confidence.
    """

    days: int
    until: Instant
    back: int
    promised: int
    capacity: int
    free: int
    short: int
    likely: int


class Outlook(Struct, frozen=True, kw_only=True):
    """What a pool has at the instant asked, and what changes that by each horizon after it.

    `later` is how much of it can be given out then; `expected` is what forecasts of high and medium
    confidence change.
    """

    allocatable: int
    held: int
    later: Sequence[int]
    ahead: Sequence[Ahead]
    expected: Sequence[Turn]


def horizons(outlook: Outlook, at: Instant) -> tuple[Horizon, ...]:
    """A pool's horizons after an instant."""
    return tuple(
        _horizon(outlook, place, days, until)
        for place, (days, until) in enumerate(zip(DAYS, reaches(at), strict=True))
    )


def reaches(at: Instant) -> Sequence[Instant]:
    """The instants up to which the horizons after an instant reach."""
    return [shifted(at, timedelta(days=days)) for days in DAYS]


def _horizon(outlook: Outlook, place: int, days: int, until: Instant) -> Horizon:
    ahead, allocatable = outlook.ahead[place], outlook.later[place]
    free = allocatable - outlook.held - ahead.more
    return Horizon(
        days=days,
        until=until,
        back=ahead.started - ahead.more,
        promised=ahead.started,
        capacity=allocatable - outlook.allocatable,
        free=max(0, free),
        short=max(0, -free),
        likely=free + sum(turn.cause.quantity for turn in outlook.expected if turn.at <= until),
    )
