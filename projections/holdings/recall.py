"""Reads back from the model's own tables what the fold builds on, after a restart."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from msgspec import Struct

from ledger.periods import Instant
from projections.holdings.levels import Level
from projections.holdings.standing import Draw, Standing
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.holdings", "recall.sql")

Place = tuple[str, str]


class _Grant(Struct, frozen=True):
    grant: str
    pool: str
    unit: str
    grant_class: str
    start: Instant
    end: Instant
    first: int
    moved: bool
    ended: bool
    made: int
    row: int


class _Draw(Struct, frozen=True):
    grant: str
    at: Instant
    quantity: int
    position: int
    to_unit: str | None
    row: int


class _Row(Struct, frozen=True):
    row: int
    pool: str
    unit: str
    grant: str
    grant_class: str
    quantity: int
    valid_from: Instant
    valid_to: Instant


class _Run(Struct, frozen=True):
    pool: str
    unit: str
    valid_from: Instant
    valid_to: Instant
    quantity: int


def recalled_grants(connection: Connection, grants: Sequence[str]) -> dict[str, Standing]:
    """Grants with their draws and rows, by id; those that are not there are left out."""
    if not grants:
        return {}
    given = {"grants": grants}
    found = {
        one.grant: Standing(
            grant=one.grant,
            pool=one.pool,
            unit=one.unit,
            grant_class=one.grant_class,
            start=one.start,
            end=one.end,
            first=one.first,
            moved=one.moved,
            made=one.made,
            ended=one.ended,
            grant_row=one.row,
        )
        for one in fetch(connection, SQL["grants_standing"], given, _Grant)
    }
    for draw in fetch(connection, SQL["draws_standing"], given, _Draw):
        found[draw.grant].draws.append(
            Draw(draw.at, draw.quantity, draw.position, draw.to_unit, draw.row)
        )
    for row in fetch(connection, SQL["rows_standing"], given, _Row):
        cells = (
            row.pool, row.unit, row.grant, row.grant_class, row.quantity, row.valid_from,
            row.valid_to,
        )  # fmt: skip
        found[row.grant].rows.append((row.row, cells))
    return found


def recalled_levels(connection: Connection, places: AbstractSet[Place]) -> dict[Place, Level]:
    """What units have in hand of pools, for each (pool, unit)."""
    found = {place: Level() for place in places}
    if not found:
        return found
    units = sorted({unit for _, unit in places})
    for run in fetch(connection, SQL["levels_standing"], {"units": units}, _Run):
        level = found.get((run.pool, run.unit))
        if level is not None:
            level.add(run.valid_from, run.valid_to, run.quantity)
    return found
