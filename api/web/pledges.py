"""Pledges on the page of a unit: what it and those below were promised, ahead of it or behind."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from msgspec import Struct

from api.reads.shapes_of_pledges import PledgeRow, QuarterRow
from api.web.record import Record
from api.web.tree import Node
from ledger.periods import Instant, micros, shifted
from ledger.pledges import Promise
from projections.history.phrases import Background
from projections.history.pledging import promised

REMEMBERED: Final = timedelta(days=366)
"""So long after its end a pledge stays on the page."""
_SECOND_US: Final = 1_000_000


class Measured(Struct, frozen=True, kw_only=True):
    """How many units there were on average over a stretch of time, to a tenth."""

    label: str
    promised: str
    budgeted: str
    granted: str
    held: str
    kept: bool


class PledgeOf(Struct, frozen=True, kw_only=True):
    """One pledge in words, and what came of it: altogether, and by quarter."""

    row: PledgeRow
    name: str
    terms: str
    whole: Measured
    quarters: tuple[Measured, ...]
    difference: str


def pledges_of(record: Record, node: Node) -> tuple[PledgeOf, ...]:
    """The pledges to a unit and those below: behind first, none that ended long ago."""
    if node.unit not in record.tree.nodes:
        return ()
    rows = record.reads.pledges(under=node.unit)
    long_ago = shifted(record.valid_at, -REMEMBERED)
    labels = {pool.pool: pool.unit_label for pool in record.pools}
    found = [_of(row, record.names, labels) for row in rows if row.until > long_ago]
    return tuple(sorted(found, key=lambda one: (one.row.status != "running", one.row.kept)))


def _of(row: PledgeRow, names: Mapping[str, str], labels: Mapping[str, str]) -> PledgeOf:
    promise = Promise(
        row.position, row.start, row.until, row.pools, row.of_unit, row.share_bp, row.quantity
    )  # fmt: skip
    over = Decimal(row.ahead) - Decimal(row.behind)
    seconds = _seconds(row.start, row.measured_until)
    by = _tenth(abs(over), seconds)
    is_even = not seconds or not over
    return PledgeOf(
        row=row,
        name=names.get(row.to_unit, row.to_unit),
        terms=promised(promise, Background(labels, {})),
        whole=_measured("Altogether", row, row.start, row.measured_until),
        quarters=tuple(_measured(one.quarter, one, one.start, one.end) for one in row.quarters),
        difference="" if is_even else f"{by} {'ahead' if over > 0 else 'behind'}",
    )


def _measured(label: str, row: PledgeRow | QuarterRow, start: Instant, end: Instant) -> Measured:
    seconds = _seconds(start, end)
    sums: Sequence[str] = [
        _tenth(Decimal(one), seconds) for one in (row.promised, row.budgeted, row.granted, row.held)
    ]
    return Measured(
        label=label, promised=sums[0], budgeted=sums[1], granted=sums[2], held=sums[3],
        kept=row.kept,
    )  # fmt: skip


def _seconds(start: Instant, end: Instant) -> Decimal:
    return Decimal(micros(end) - micros(start)) / _SECOND_US


def _tenth(unit_seconds: Decimal, seconds: Decimal) -> str:
    """Units on average, to a tenth; nothing where no time has gone by."""
    return f"{unit_seconds / seconds:,.1f}".removesuffix(".0") if seconds else "\N{EN DASH}"
