"""The page of a pool: its numbers, what comes free and why, its holders, its history."""

from collections import defaultdict
from datetime import timedelta

from msgspec import Struct

from api.web.ahead import DAYS
from api.web.due import due_rows, finishing
from api.web.facts import PoolFacts
from api.web.overview import cards_of
from api.web.pools import Link, holders, is_short, over_time, ranked
from api.web.record import Record
from api.web.rendering import address
from api.web.supply import supply_of
from ledger.periods import shifted

RECENT = 15
SOON = 40
"""Rows of what falls due; the calendar lists all."""


class Chosen(Struct, frozen=True):
    """What is chosen on the page: the chart's span, and how many days it looks ahead."""

    span: str | None
    ahead: str | None


def pool_page(record: Record, pool: PoolFacts, asked: Chosen, link: Link) -> dict[str, object]:
    """The page at the record's clocks."""
    names = record.names
    days = int(asked.ahead) if asked.ahead else record.graphs.ahead(record.valid_at, DAYS)
    until = shifted(record.valid_at, timedelta(days=days))
    loaned = [one for one in record.loaned if one.pool == pool.pool]
    held: defaultdict[str, int] = defaultdict(int)
    borrowed: defaultdict[str, int] = defaultdict(int)
    for hold in record.held:
        if hold.pool == pool.pool:
            held[hold.unit] += hold.quantity
            borrowed[hold.unit] += hold.quantity if hold.grant_class == "borrowed" else 0
    span, shown = record.shown(asked.span)
    first = ranked(held)
    graph = record.graphs.of_pool(pool.pool, shown, first)
    figure = over_time(
        f"What each unit holds of {pool.pool}, and what is allocatable, over time",
        graph.groups,
        first=first,
        entry=lambda unit: (names.get(unit, unit), link("/unit", unit=unit)),
        limit=record.allocatable(pool.pool, shown),
        window=shown,
        now=record.valid_at,
        is_sampled=graph.is_sampled,
    )
    short = is_short(record.numbers, pool.pool)
    deliverable = record.reads.deliverable(pool.pool) if short else None
    due, is_more = record.reads.due(until, pool=pool.pool, limit=SOON)
    supply = {"pool": pool.pool, "from": record.valid_at, "until": until}
    return {
        "title": pool.pool,
        "card": cards_of(record, [pool], link)[0],
        "supply": supply_of(record.reads.supply(pool.pool, until), names),
        "days": days,
        "horizons": DAYS,
        "supply_file": address("/v1/supply", supply | {"known_at": record.position}),
        "figure": figure,
        "span": span,
        "holders": holders(held, borrowed, loaned, names, deliverable),
        "is_short": short,
        "with_loans": bool(loaned),
        "soon": due_rows(due.items, names),
        "soon_more": is_more,
        "finishing": finishing(
            record.reads.forecasts(pool=pool.pool).items, names, record.valid_at
        ),
        "events": record.events.recent(RECENT, pool=pool.pool),
    }
