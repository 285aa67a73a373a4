"""What can be had of pools from an instant on, of many at once, without what changes it."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from msgspec import Struct

from api.reads.expecting import expected, to_the_pool
from api.reads.look import Clocks, Look
from api.reads.measured import UNLIMITED
from ledger.periods import MICROSECOND, Instant, shifted
from ledger.steps import Steps
from projections.capacity.read import dated, levels
from projections.holdings.over_time import turns_of_pools
from projections.organisation import read as organisation

_Changes = Iterator[tuple[str, Instant, int]]
"""Pools, instants, and how much more is free from then on."""


class Room(Struct, frozen=True):
    """What is free over time of each pool: as recorded, and as forecasts let one expect.

    Less than nothing from when on a pool is closed: what is free of it cannot be given out.
    """

    certain: dict[str, Steps]
    likely: dict[str, Steps]


def room(look: Look, pools: Collection[str], start: Instant, until: Instant, known_at: int) -> Room:
    """What is free of some pools from an instant on, as it changes before another."""
    pool = next(iter(pools)) if len(pools) == 1 else None
    recorded = _by_pool(_recorded(look, pool, start, until, known_at))
    forecast = _by_pool(_forecast(look, pool, start, until, known_at))
    return Room(
        certain={one: Steps.of(recorded[one]) for one in pools},
        likely={one: Steps.of([*recorded[one], *forecast[one]]) for one in pools},
    )


def _by_pool(changes: _Changes) -> defaultdict[str, list[tuple[Instant, int]]]:
    found: defaultdict[str, list[tuple[Instant, int]]] = defaultdict(list)
    for pool, at, more in changes:
        found[pool].append((at, more))
    return found


def _recorded(
    look: Look, pool: str | None, start: Instant, until: Instant, known_at: int
) -> _Changes:
    """What there is of one pool or all, less what is held; no more of what is closed."""
    for level in levels(look.connection, pool=pool, valid_at=start, known_at=known_at):
        yield level.pool, start, level.allocatable or 0
    after = shifted(start, MICROSECOND)
    for fact in dated(look.connection, pool=pool, start=after, end=until, known_at=known_at):
        yield fact.pool, fact.at, fact.allocatable
    held = turns_of_pools(look.connection, pool=pool, start=start, end=until, known_at=known_at)
    for of, at, more in held:
        yield of, at, -more
    for one in organisation.pools(look.connection, valid_at=until, known_at=known_at, pool=pool):
        if one.closed_at < until:
            yield one.pool, max(start, one.closed_at), -UNLIMITED


def _forecast(
    look: Look, pool: str | None, start: Instant, until: Instant, known_at: int
) -> _Changes:
    """What is likely to come back to one pool or all, sooner than is recorded."""
    clocks = Clocks(valid_at=start, known_at=known_at, is_fixed=False)
    for one in to_the_pool(look, clocks, expected(look, clocks, pool=pool, units=None)):
        if one.forecast.confidence != "low":
            for turn in one.turns(start, until):
                yield one.forecast.pool, turn.at, turn.cause.quantity
