"""Budgets on the page of a unit: what it may hold against what it holds, and the parts inside."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from api.reads.shapes_of_deciding import BudgetRow
from api.web.charts import Bar, Layer, Run, bar
from api.web.record import Record
from api.web.rendering import quantity
from api.web.tree import Node
from ledger.budgets import ShareRecord, runs
from ledger.periods import Instant

LINES: Final = (("cap", "cap"), ("amount", "ink"), ("floor", "floor"))
"""The limits of a budget as lines of a chart, by their colours."""


class BudgetOf(Struct, frozen=True, kw_only=True):
    """The budget of one unit in one pool, with a bar of what it owns and has against it."""

    row: BudgetRow
    name: str
    bar: Bar
    says: str


class SplitOf(Struct, frozen=True, kw_only=True):
    """What is split of a pool at a unit: its own budget, if any, and those right below it.

    `left` is what of its amount is not promised to those below.
    """

    pool: str
    unit_label: str
    own: BudgetOf | None
    inside: tuple[BudgetOf, ...]
    left: int | None
    can_split: bool


def budgets_of(record: Record, node: Node) -> tuple[SplitOf, ...]:
    """The budgets of a unit and of those right below it, by pool; pools without any are left out.

    A pool that could be split there is not left out.
    """
    rows: Sequence[BudgetRow] = ()
    if node.unit in record.tree.nodes:
        rows = record.reads.budgets(under=node.unit).items
    by_place = {(row.pool, row.unit): row for row in rows}
    below = [one for one, depth in record.tree.subtree(node.unit) if depth == 1]
    found: list[SplitOf] = []
    for pool in record.pools:
        own = by_place.get((pool.pool, node.unit))
        inside = [
            (row, one.name)
            for one in below
            if (row := by_place.get((pool.pool, one.unit))) is not None
        ]
        can_split = bool(below) and pool.closed_at is None
        if own is None and not inside and not can_split:
            continue
        found.append(
            SplitOf(
                pool=pool.pool,
                unit_label=pool.unit_label,
                own=None if own is None else _budget(own, node.name),
                inside=tuple(_budget(row, name) for row, name in inside),
                left=None if own is None or own.amount is None else own.amount - own.promised,
                can_split=can_split,
            )
        )
    return tuple(found)


def lines(record: Record, pool: str, unit: str, window: tuple[Instant, Instant]) -> list[Layer]:
    """The limits of a unit over time as lines of its chart; none where it never had any."""
    start, end = window
    spans = [
        (since, until, share)
        for since, until, share in runs(record.reads.shares(pool, unit), start, end)
        if share is not None
    ]
    return [
        Layer(
            label=name if name != "amount" else "budget",
            colour=colour,
            runs=tuple(
                Run(start=since, end=until, quantity=limit)
                for since, until, share in spans
                if (limit := _limits(share)[name]) is not None
            ),
            fill=False,
            has_gaps=True,
        )
        for name, colour in LINES
        if any(_limits(share)[name] is not None for _, _, share in spans)
    ]


def _limits(share: ShareRecord) -> Mapping[str, int | None]:
    return {"floor": share.floor, "amount": share.amount, "cap": share.cap}


def _budget(row: BudgetRow, name: str) -> BudgetOf:
    """The bar: what is in hand guaranteed, then what is borrowed beyond it, against the most."""
    most = max(row.amount or 0, row.cap or 0, row.title, row.inhand)
    guaranteed = row.inhand - row.borrowed
    owned = "" if guaranteed == row.title else f"; {quantity(row.title)} owned"
    return BudgetOf(
        row=row,
        name=name,
        bar=bar(most, [("s1", guaranteed), ("s2", row.borrowed)]),
        says=f"{quantity(row.inhand)} in hand, {quantity(guaranteed)} of it guaranteed{owned}",
    )
