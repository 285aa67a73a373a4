"""The page of a pool: its numbers, what comes free and why, its holders, its history."""

from collections import defaultdict
from datetime import timedelta

from api.web.ahead import DAYS
from api.web.charts import Run
from api.web.due import due_rows, finishing
from api.web.facts import PoolFacts
from api.web.overview import cards_of
from api.web.pools import Link, holders, over_time, ranked
from api.web.record import Record
from api.web.spans import window
from api.web.supply import supply_of
from ledger.periods import shifted

RECENT = 15


def pool_page(record: Record, pool: PoolFacts, span: str, link: Link) -> dict[str, object]:
    """The page at the record's clocks."""
    names = record.names
    until = shifted(record.valid_at, timedelta(days=DAYS[-1]))
    loaned = [one for one in record.loaned if one.pool == pool.pool]
    held: defaultdict[str, int] = defaultdict(int)
    borrowed: defaultdict[str, int] = defaultdict(int)
    for hold in record.held:
        if hold.pool == pool.pool:
            held[hold.unit] += hold.quantity
            borrowed[hold.unit] += hold.quantity if hold.grant_class == "borrowed" else 0
    shown = window(span, record.valid_at, record.first_start())
    groups: defaultdict[str, list[Run]] = defaultdict(list)
    for hold in record.holds(shown, pool.pool):
        groups[hold.unit].append(Run(start=hold.start, end=hold.end, quantity=hold.quantity))
    figure = over_time(
        f"What each unit holds of {pool.pool}, and what is allocatable, over time",
        groups,
        first=ranked(held),
        entry=lambda unit: (names.get(unit, unit), link("/unit", unit=unit)),
        limit=record.allocatable(pool.pool, shown),
        window=shown,
        now=record.valid_at,
    )
    return {
        "title": pool.pool,
        "card": cards_of(record, [pool], link)[0],
        "supply": supply_of(record.reads.supply(pool.pool, until), names),
        "figure": figure,
        "span": span,
        "holders": holders(held, borrowed, loaned, names),
        "with_loans": bool(loaned),
        "soon": due_rows(record.reads.due(until, pool=pool.pool)[0].items, names),
        "finishing": finishing(
            record.reads.forecasts(pool=pool.pool).items, names, record.valid_at
        ),
        "events": record.events.recent(RECENT, pool=pool.pool),
    }
