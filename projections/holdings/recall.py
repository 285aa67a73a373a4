"""Reads back from the model's own tables what the fold builds on, after a restart."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from msgspec import Struct

from ledger.periods import Instant
from ledger.vocabulary import GrantClass
from projections.holdings import effects
from projections.holdings.effects import Effects
from projections.holdings.levels import Level
from projections.holdings.standing import MOVED_IN, Draw, Standing
from projections.sheets import micros_2000
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.holdings", "recall.sql")

Place = tuple[str, str]
Levels = Callable[[str, str], Level]
"""The level of a pool and unit."""


class _Row(Struct, frozen=True):
    grant: str
    row: int
    kind: int
    quantity: int
    start: Instant
    end: Instant
    end_at: Instant
    ended: bool
    made: int
    pool: str
    unit: str
    grant_class: GrantClass
    to_unit: str | None


class _Run(Struct, frozen=True):
    pool: str
    unit: str
    start: Instant
    end: Instant
    quantity: int


class _Block(Struct, frozen=True):
    told: bytes


def recalled_grants(
    connection: Connection, grants: Sequence[str], levels: Levels
) -> dict[str, Standing]:
    """Grants with what leaves them, by id; those that are not there are left out."""
    found: dict[str, Standing] = {}
    if not grants:
        return found
    for one in fetch(connection, SQL["grants_standing"], {"grants": grants}, _Row):
        start, until = micros_2000(one.start), micros_2000(one.end)
        if one.kind > MOVED_IN:
            found[one.grant].draws.append(
                Draw(one.row, one.kind, one.quantity, start, until, one.made, one.to_unit)
            )
            continue
        found[one.grant] = Standing(
            one.grant, levels(one.pool, one.unit), one.grant_class, one.kind, start, one.start,
            micros_2000(one.end_at), one.end_at, one.quantity, one.quantity, one.made, one.row,
            until, one.ended, [],
        )  # fmt: skip
    for grant in found.values():
        grant.weigh()
    return found


def recalled_levels(connection: Connection, places: AbstractSet[Place], levels: Levels) -> None:
    """Fill the levels of units with what they have in hand of pools."""
    if not places:
        return
    units = sorted({unit for _, unit in places})
    for run in fetch(connection, SQL["levels_standing"], {"units": units}, _Run):
        if (run.pool, run.unit) in places:
            level = levels(run.pool, run.unit)
            level.change(micros_2000(run.start), run.quantity)
            level.change(micros_2000(run.end), -run.quantity)


def recalled_effects(connection: Connection, told: Effects, position: int) -> None:
    """Go on with the block that a position is in, if it is begun."""
    block = effects.block_of(position)
    for one in fetch(connection, SQL["block_begun"], {"block": block}, _Block):
        told.begin(block, effects.read(one.told))
