"""GET /v1/supply: what a pool has free from an instant on, and why: certain, likely, possible."""

from typing import Final

from msgspec import Struct

from api.problems import invalid
from api.reads.ahead import window
from api.reads.asked import Asked
from api.reads.curves import Turn, curve, of_capacity, of_grants, sum_of
from api.reads.expecting import expected, to_the_pool
from api.reads.look import Clocks, Look
from api.reads.reading import Found
from api.reads.shapes_of_outlook import SupplyAnswer
from api.reads.statement import Unreconciled
from api.reads.tree import refuse_unknown
from ledger.periods import MICROSECOND, Instant, shifted
from projections.capacity.read import dated, levels
from projections.holdings.changes import between
from projections.holdings.read import held_of_pools
from projections.holdings.told import settled
from projections.organisation import read as organisation

DAYS: Final = 90
CHANGES_MAX: Final = 100_000
"""An answer tells no more changes than these, each with its cause: some 36 MB."""


class Known(Struct, frozen=True):
    """What a pool has free at first, and what changes it: surely, likely, possibly."""

    free: int
    granule: int
    certain: list[Turn]
    likely: list[Turn]
    possible: list[Turn]


def find(look: Look, asked: Asked) -> Found:
    """The three curves of a pool. 404 UnknownPool; 422 without a pool."""
    known_at, is_known = look.known_at(asked)
    asked_for = window(look, asked, DAYS)
    pool = asked.pool()
    if pool is None:
        raise invalid("Supply is of one pool: name it.", parameter="pool")
    refuse_unknown(look, known_at, pool=pool)
    start, until, _ = asked_for
    known = known_of(look, pool, start, until, known_at)
    if len(known.possible) > CHANGES_MAX:
        raise invalid(
            f"{len(known.possible):,} changes of {pool} from {start} to {until}, and an answer "
            f"tells at most {CHANGES_MAX:,}: ask for a shorter period.",
            parameter="until",
        )
    granule = known.granule if _is_open(look, pool, until, known_at) else None
    certain = curve(start, known.free, known.certain, granule)
    likely = certain
    if len(known.likely) > len(known.certain):
        likely = curve(start, known.free, known.likely, granule)
    possible = likely
    if len(known.possible) > len(known.likely):
        possible = curve(start, known.free, known.possible, granule)
    answer = SupplyAnswer(
        position=known_at,
        known_at=known_at,
        pool=pool,
        start=start,
        until=until,
        certain=certain,
        likely=likely,
        possible=possible,
    )
    return Found(answer=answer, is_fixed=is_known and asked_for.is_fixed)


def known_of(look: Look, pool: str, start: Instant, until: Instant, known_at: int) -> Known:
    """What is free when it starts, and what changes that until an instant, that one included."""
    free, _ = _free(look, pool, start, known_at)
    turns = _certain(look, pool, start, until, known_at)
    # A pool that opens meanwhile has its granule by then.
    in_the_end, granule = _free(look, pool, until, known_at)
    if free + sum_of(turns) != in_the_end:
        raise Unreconciled(f"the supply of {pool} from {start} to {until} as known at {known_at}")
    clocks = Clocks(valid_at=start, known_at=known_at, is_fixed=False)
    live = to_the_pool(look, clocks, expected(look, clocks, pool=pool, units=None))
    sure = [one for one in live if one.forecast.confidence != "low"]
    likely = [*turns, *(turn for one in sure for turn in one.turns(start, until))]
    possible = [*turns, *(turn for one in live for turn in one.turns(start, until))]
    return Known(free, granule, turns, likely, possible)


def _is_open(look: Look, pool: str, until: Instant, known_at: int) -> bool:
    """Whether what is free of a pool may be promised until an instant: nothing outlasts it."""
    found = organisation.pools(look.connection, valid_at=until, known_at=known_at, pool=pool)
    return all(one.closed_at > until for one in found)


def _free(look: Look, pool: str, at: Instant, known_at: int) -> tuple[int, int]:
    """What can be given out less what is held, and the granule; an unknown capacity is none."""
    found = levels(look.connection, pool=pool, valid_at=at, known_at=known_at)
    held = held_of_pools(look.connection, valid_at=at, known_at=known_at)
    allocatable = (found[0].allocatable or 0) if found else 0
    return allocatable - held.get(pool, 0), found[0].granule if found else 1


def _certain(
    look: Look, pool: str, start: Instant, until: Instant, known_at: int
) -> list[Turn]:  # fmt: skip
    """What is recorded to change after an instant until another, that one included."""
    first, last = shifted(start, MICROSECOND), shifted(until, MICROSECOND)
    changes = between(
        look.connection, pool=pool, units=None, start=first, end=last, known_at=known_at
    )
    facts = dated(look.connection, pool=pool, start=first, end=last, known_at=known_at)
    return [
        *of_grants(settled(look.connection, changes, known_at)),
        *of_capacity(facts),
    ]
