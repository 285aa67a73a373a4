"""The first page: every pool at a glance, what comes free, what starts and ends, what was done."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from msgspec import Struct

from api.web.ahead import DAYS, dates, horizons, sources
from api.web.charts import Bar, Run
from api.web.facts import PoolFacts
from api.web.pools import Card, Link, bar_says, capacity_bar, shares, spare
from api.web.record import Record
from ledger.periods import Instant, shifted
from projections.holdings.changes import Change

SOON_DAYS: Final = 30
SOON_ROWS: Final = 12
RECENT: Final = 10


class Soon(Struct, frozen=True, kw_only=True):
    """One dated change, as a row; a change of capacity has no unit and no grant."""

    at: Instant
    pool: str
    quantity: int
    what: str
    unit: str | None = None
    name: str | None = None
    grant: str | None = None


def overview(record: Record, link: Link) -> dict[str, object]:
    """The page at the record's clocks."""
    until = shifted(record.valid_at, timedelta(days=DAYS[-1]))
    ahead = record.ahead(until)
    names = record.names
    cards = [
        card
        for card in cards_of(record, record.pools, ahead, link)
        if card.closed_at is None or (card.capacity and card.capacity.held)
    ]
    near = shifted(record.valid_at, timedelta(days=SOON_DAYS))
    rows = soon(
        [change for change in ahead if change.at <= near],
        {card.pool: record.allocatable(card.pool, (record.valid_at, near)) for card in cards},
        names,
    )
    return {
        "title": "Overview",
        "cards": cards,
        "soon": rows[:SOON_ROWS],
        "soon_more": max(0, len(rows) - SOON_ROWS),
        "recent": record.events.recent(RECENT),
    }


def cards_of(
    record: Record, pools: Sequence[PoolFacts], ahead: Sequence[Change], link: Link
) -> tuple[Card, ...]:
    """A card for each pool that exists at the instant."""
    names = record.names
    now = record.numbers(record.valid_at)
    then = [record.numbers(at) for at in dates(record.valid_at)]
    held: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for hold in record.in_hand:
        held[hold.pool][hold.unit] += hold.quantity
    cards: list[Card] = []
    for pool in pools:
        numbers = now.get(pool.pool)
        entries = shares(held[pool.pool], names, link)
        later = [at.get(pool.pool) or numbers for at in then]
        coming = (
            ()
            if numbers is None
            else horizons(
                record.valid_at,
                (change for change in ahead if change.pool == pool.pool),
                numbers.allocatable,
                [(at.allocatable, at.free, at.overcommitted) for at in later if at is not None],
            )
        )
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
                horizons=coming,
            )
        )
    return tuple(cards)


def soon(
    ahead: Sequence[Change],
    allocatable: Mapping[str, Sequence[Run]],
    names: Mapping[str, str],
) -> tuple[Soon, ...]:
    """Changes of grants and of capacity in order of time."""
    origins = sources(ahead)
    rows = [
        Soon(
            at=change.at,
            pool=change.pool,
            quantity=change.quantity,
            what=_words(change, origins.get(change.position, ()), names),
            unit=change.unit,
            name=names.get(change.unit, change.unit),
            grant=change.grant,
        )
        for change in ahead
    ]
    rows += [
        Soon(
            at=after.start,
            pool=pool,
            quantity=after.quantity - before.quantity,
            what="allocatable changes",
        )
        for pool, runs in allocatable.items()
        for before, after in pairwise(runs)
        if after.quantity != before.quantity
    ]
    return tuple(sorted(rows, key=lambda row: row.at))


def _words(change: Change, origins: Sequence[str], names: Mapping[str, str]) -> str:
    match change.kind:
        case "starts":
            return "grant starts"
        case "moved_in":
            return f"comes from {_listed(origins, names)}"
        case "ends":
            return "grant ends"
        case "released":
            return "release"
        case "moved_out":
            return f"goes to {_listed([change.other or change.unit], names)}"
        case "lent":
            return f"lent to {_listed([change.other or change.unit], names)}"
        case "borrowed_in":
            return f"borrowed from {_listed([change.other or change.unit], names)}"
        case "loan_back":
            return f"comes back from {_listed([change.other or change.unit], names)}"
        case "loan_ends":
            return f"loan ends, back to {_listed([change.other or change.unit], names)}"


def _listed(units: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(unit, unit) for unit in units)
