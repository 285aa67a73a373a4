"""The page of flows: who passed how much of a pool to whom over a period, drawn and as a table."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from api.reads.flows import GROUPS
from api.web.record import Record
from api.web.rendering import address
from api.web.sankey import End, Passed, sankey
from api.web.statement import Period, period, usual

SHOWN: Final = 200
"""Rows of the table; a file has all."""


class Chosen(Struct, frozen=True, kw_only=True):
    """What is chosen on the page."""

    pool: str | None
    start: str
    end: str
    group: str

    @property
    def is_dated(self) -> bool:
        """Whether a period was typed; else the instant of the time bar chooses one."""
        return bool(self.start or self.end)


class FlowLine(Struct, frozen=True, kw_only=True):
    """How much passed from one unit to another, with their names; None is the pool."""

    source: End
    source_name: str
    target: End
    target_name: str
    quantity: int


def flows_page(record: Record, chosen: Chosen) -> dict[str, object]:
    """The page at the record's clocks. Problem 404 UnknownPool; 422."""
    step = "month" if chosen.is_dated else usual(record, None, record.valid_at)
    asked = period(chosen.start, chosen.end, record.valid_at, step=step)
    pools = [one.pool for one in record.pools]
    view: dict[str, object] = {
        "title": "Flows", "pools": pools, "period": asked, "group": chosen.group,
        "groups": GROUPS, "pool": None,
    }  # fmt: skip
    if chosen.pool is None and not pools:
        return view
    pool = record.pool(chosen.pool or pools[0])
    found, more = record.reads.flows(pool.pool, asked.start, asked.end, chosen.group)
    flows = [
        Passed(source=row.from_unit, target=row.to_unit, quantity=row.quantity)
        for row in found.items
    ]
    says = f"Who passed how much of {pool.pool} to whom from {asked.start_text} to {asked.end_text}"
    names = record.names
    lines = sorted((_line(one, names) for one in flows), key=_largest)
    return view | {
        "pool": pool,
        "says": says,
        "drawing": sankey(says, flows, lambda unit: names.get(unit, unit))
        if flows and not more
        else None,
        "lines": lines[:SHOWN],
        "unlisted": len(lines) - min(len(lines), SHOWN),
        "total": sum(one.quantity for one in flows),
        "more": more,
        "file": _file(record, pool.pool, asked, chosen.group),
    }


def _line(one: Passed, names: Mapping[str, str]) -> FlowLine:
    return FlowLine(
        source=one.source,
        source_name=_name(one.source, names),
        target=one.target,
        target_name=_name(one.target, names),
        quantity=one.quantity,
    )


def _name(end: End, names: Mapping[str, str]) -> str:
    return "the pool" if end is None else names.get(end, end)


def _largest(line: FlowLine) -> tuple[int, str, str]:
    return (-line.quantity, line.source or "", line.target or "")


def _file(record: Record, pool: str, asked: Period, group: str) -> str:
    question = {
        "pool": pool, "from": asked.start, "to": asked.end, "group": group,
        "known_at": record.position, "limit": 1000, "format": "csv",
    }  # fmt: skip
    return address("/v1/flows", question)
