"""GET /v1/capacity: what each pool has, who takes it up, and what is free."""

from collections import defaultdict

from api.reads.asked import Asked
from api.reads.look import Look
from api.reads.reading import Found, paged
from api.reads.shapes import CapacityPage, CapacityRow
from api.reads.tree import refuse_unknown
from projections.capacity import read as record
from projections.capacity.read import Level
from projections.holdings.read import held_sums


def find(look: Look, asked: Asked) -> Found:
    """What pools have. 404 UnknownPool."""
    clocks = look.clocks(asked)
    pool = asked.pool()
    refuse_unknown(look, clocks.known_at, pool=pool)
    at, known_at = clocks.valid_at, clocks.known_at
    held: defaultdict[str, int] = defaultdict(int)
    for one in held_sums(look.connection, pool=pool, valid_at=at, known_at=known_at):
        held[one.pool] += one.quantity
    found = record.levels(look.connection, pool=pool, valid_at=at, known_at=known_at)
    levels = sorted(found, key=lambda one: one.pool)
    rows = [numbers(level, held[level.pool]) for level in levels]
    items, after = paged(rows, lambda row: (row.pool,), asked)
    answer = CapacityPage(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        items=items,
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed, after=after)


def numbers(level: Level, held: int) -> CapacityRow:
    """The numbers of a pool (domain, rules 1 and 3)."""
    if level.installed is None or level.lost is None or level.allocatable is None:
        return CapacityRow(
            pool=level.pool, unit_label=level.unit_label, granule=level.granule, unknown=True
        )
    return CapacityRow(
        pool=level.pool,
        unit_label=level.unit_label,
        granule=level.granule,
        installed=level.installed,
        lost=level.lost,
        headroom=level.headroom or 0,
        allocatable=level.allocatable,
        held=held,
        free=max(0, level.allocatable - held),
        overcommitted=max(0, held - level.allocatable),
        shortfall=max(0, held - (level.installed - level.lost)),
    )
