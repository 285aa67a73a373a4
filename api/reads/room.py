"""What pools have free from an instant on, of many at once, without what changes it."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from msgspec import Struct

from api.reads.expecting import expected, to_the_pool
from api.reads.look import Clocks, Look
from ledger.periods import MICROSECOND, Instant, shifted
from ledger.steps import Steps
from projections.capacity.read import dated, levels
from projections.holdings.over_time import turns_of_pools

_Turns = defaultdict[str, list[tuple[Instant, int]]]


class Room(Struct, frozen=True):
    """What is free over time of each pool: as recorded, and as forecasts let one expect."""

    certain: dict[str, Steps]
    likely: dict[str, Steps]


def room(look: Look, pools: Collection[str], start: Instant, until: Instant, known_at: int) -> Room:
    """What is free of some pools from an instant on, as it changes before another."""
    pool = next(iter(pools)) if len(pools) == 1 else None
    turns: _Turns = defaultdict(list)
    for changes in (
        _capacity(look, pool, start, until, known_at),
        _held(look, pool, start, until, known_at),
    ):
        for of, at, more in changes:
            turns[of].append((at, more))
    hoped: _Turns = defaultdict(list)
    for of, at, more in _forecast(look, pool, start, until, known_at):
        hoped[of].append((at, more))
    return Room(
        {one: Steps.of(turns[one]) for one in pools},
        {one: Steps.of([*turns[one], *hoped[one]]) for one in pools},
    )


_Changes = Iterator[tuple[str, Instant, int]]
"""Pools, instants, and how much more is free from then on."""


def _capacity(
    look: Look, pool: str | None, start: Instant, until: Instant, known_at: int
) -> _Changes:
    for level in levels(look.connection, pool=pool, valid_at=start, known_at=known_at):
        yield level.pool, start, level.allocatable or 0
    after = shifted(start, MICROSECOND)
    for fact in dated(look.connection, pool=pool, start=after, end=until, known_at=known_at):
        yield fact.pool, fact.at, fact.allocatable


def _held(look: Look, pool: str | None, start: Instant, until: Instant, known_at: int) -> _Changes:
    found = turns_of_pools(look.connection, pool=pool, start=start, end=until, known_at=known_at)
    for of, at, more in found:
        yield of, at, -more


def _forecast(
    look: Look, pool: str | None, start: Instant, until: Instant, known_at: int
) -> _Changes:
    clocks = Clocks(valid_at=start, known_at=known_at, is_fixed=False)
    for one in to_the_pool(look, clocks, expected(look, clocks, pool=pool, units=None)):
        if one.forecast.confidence != "low":
            for turn in one.turns(start, until):
                yield one.forecast.pool, turn.at, turn.cause.quantity
