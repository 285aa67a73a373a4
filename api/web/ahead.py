"""What comes free in the days ahead, by what is recorded (domain: Supply)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from msgspec import Struct

from api.reads.shapes_of_outlook import CauseKind, SupplyAnswer, SupplyStep
from api.web.supply import level
from ledger.periods import Instant, shifted

DAYS: Final = (14, 30, 90)
JUST: Final = timedelta(microseconds=1)
"""What happens at the instant asked has happened: what is ahead begins right after it."""

_BACK: Final[tuple[CauseKind, ...]] = ("end", "scheduled_release", "loan_end", "loan_return")
_PROMISED: Final[tuple[CauseKind, ...]] = ("start", "move", "loan_start")


class Horizon(Struct, frozen=True, kw_only=True):
    """free = free now (less short) + back - promised + capacity, and nothing else.

    `back`: recorded ends and scheduled releases; `promised`: grants that start; what a move or a
    loan takes from one holder and gives to another cancels out. `likely` is what is free then with
    the forecasts of high and medium confidence.
    """

    days: int
    until: Instant
    back: int
    promised: int
    capacity: int
    free: int
    short: int
    likely: int


def horizons(supply: SupplyAnswer) -> tuple[Horizon, ...]:
    """A pool's horizons from its supply, which has to reach as far as the last of them."""
    return tuple(_horizon(supply, days) for days in DAYS)


def _horizon(supply: SupplyAnswer, days: int) -> Horizon:
    until = shifted(supply.start, timedelta(days=days))
    then, likely = level(supply.certain, until), level(supply.likely, until)
    passed = [step for step in supply.certain if step.at <= until]
    return Horizon(
        days=days,
        until=until,
        back=_sum(passed, _BACK),
        promised=-_sum(passed, _PROMISED),
        capacity=_sum(passed, ("capacity",)),
        free=then.free,
        short=then.short,
        likely=likely.free - likely.short,
    )


def _sum(steps: Iterable[SupplyStep], kinds: tuple[CauseKind, ...]) -> int:
    return sum(cause.quantity for step in steps for cause in step.causes if cause.kind in kinds)
