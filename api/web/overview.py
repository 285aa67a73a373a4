"""The first page: every pool at a glance, what comes free, what falls due, what was done."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from api.web import proposals, requests
from api.web.charts import Bar
from api.web.coming import coming_free
from api.web.due import due_rows, finishing
from api.web.facts import PoolFacts
from api.web.pools import Card, Link, bar_says, capacity_bar, shares, spare
from api.web.record import Record
from ledger.periods import shifted
from projections.history.search import Named, Search

SOON_DAYS: Final = 14
SOON_ROWS: Final = 12
SOON_COUNTED: Final = 100
"""So many of what falls due soon are counted, of which the first are shown."""
RECENT: Final = 10
WAITING: Final = 8


def overview(record: Record, link: Link) -> dict[str, object]:
    """The page at the record's clocks."""
    cards = [
        card
        for card in cards_of(record, record.pools, link)
        if card.closed_at is None or (card.capacity and card.capacity.held)
    ]
    until = shifted(record.valid_at, timedelta(days=SOON_DAYS))
    due, is_more = record.reads.due(until, limit=SOON_COUNTED)
    unseen = max(0, len(due.items) - SOON_ROWS)
    expected = record.reads.forecasts()
    return {
        "title": "Overview",
        "cards": cards,
        "soon": due_rows(due.items[:SOON_ROWS], record.names),
        "soon_more": f"over {unseen}" if is_more else unseen,
        "finishing": finishing(expected.items[:SOON_ROWS], record.names, record.valid_at),
        "finishing_more": max(0, len(expected.items) - SOON_ROWS),
        "recent": record.events.recent(RECENT),
        **_waiting(record),
    }


def _waiting(record: Record) -> dict[str, object]:
    """Who waits for compute, what waits for a second person, and reasons that are owed."""
    asked, more = record.reads.requests("waiting")
    proposed = record.reads.proposals("waiting")
    debts = record.events.found(Search((Named("flag", "reason_debt"),)), WAITING, None)
    return {
        "asked": requests.rows(asked.items[:WAITING], record.names),
        "asked_more": "1,000 and more" if more else max(0, len(asked.items) - WAITING),
        "proposed": [proposals.row(one) for one in proposed[:WAITING]],
        "proposed_more": max(0, len(proposed) - WAITING),
        "debts": debts.events,
    }


def cards_of(record: Record, pools: Sequence[PoolFacts], link: Link) -> tuple[Card, ...]:
    """A card for each pool that exists at the instant."""
    names = record.names
    now = record.numbers
    held: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for hold in record.held:
        held[hold.pool][hold.unit] += hold.quantity
    coming = coming_free(record)
    cards: list[Card] = []
    for pool in pools:
        numbers = now.get(pool.pool)
        entries = shares(held[pool.pool], names, link)
        cards.append(
            Card(
                pool=pool.pool,
                title=pool.title,
                unit_label=pool.unit_label,
                granule=pool.granule,
                closed_at=pool.closed_at,
                capacity=numbers,
                bar=Bar(whole=1, pieces=())
                if numbers is None
                else capacity_bar(held[pool.pool], numbers),
                bar_says="" if numbers is None else bar_says(entries, numbers),
                shares=() if numbers is None else (*entries, *spare(numbers)),
                horizons=coming.get(pool.pool, ()),
            )
        )
    return tuple(cards)
