"""What is believed of an instant and was not before: the page that compares two positions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from api.problems import invalid
from api.web.clocks import read_clocks
from api.web.facts import EventRow
from api.web.record import Record
from ledger.periods import Instant, shifted

USUAL: Final = timedelta(days=7)
SPANS: Final = (1, 7, 30, 90)


class Difference(Struct, frozen=True, kw_only=True):
    """A grant of which something else is believed, and the events that changed it."""

    pool: str
    unit: str
    name: str
    grant: str
    before: int
    after: int
    events: tuple[EventRow, ...]


class Total(Struct, frozen=True, kw_only=True):
    """What the grants that differ add up to, before and after."""

    pool: str
    before: int
    after: int


class Compared(Struct, frozen=True, kw_only=True):
    """What is chosen on the page: what is compared with, and of which pool and units."""

    known_from: str
    pool: str | None
    under: str | None


def differences_page(record: Record, chosen: Compared) -> dict[str, object]:
    """The page at the record's clocks. Problem 404 UnknownPool, UnknownUnit; 422."""
    last = record.recorded_at or record.now
    since = _since(chosen.known_from) or shifted(last, -USUAL)
    found, more = record.reads.differences(since, chosen.pool, chosen.under)
    events = record.events.at({one for row in found.items for one in row.positions})
    totals: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in found.items:
        before, after = totals[row.pool]
        totals[row.pool] = before + row.before, after + row.after
    return {
        "title": "Differences",
        "chosen": chosen,
        "pools": [pool.pool for pool in record.pools],
        "known_from": found.known_from,
        "known_to": found.known_to,
        "since": since if isinstance(since, str) else None,
        "spans": [(days, shifted(last, timedelta(days=-days))) for days in SPANS],
        "rows": [
            Difference(
                pool=row.pool,
                unit=row.unit,
                name=record.names.get(row.unit, row.unit),
                grant=row.grant,
                before=row.before,
                after=row.after,
                events=_told(events, row.positions),
            )
            for row in found.items
        ],
        "totals": [
            Total(pool=pool, before=before, after=after)
            for pool, (before, after) in sorted(totals.items())
        ],
        "more": more,
    }


def _told(events: Mapping[int, EventRow], positions: Sequence[int]) -> tuple[EventRow, ...]:
    return tuple(events[position] for position in positions if position in events)


def _since(text: str) -> int | Instant | None:
    try:
        return read_clocks("", text).known_at
    except ValueError as wrong:
        raise invalid(f"known_from: {wrong}.", parameter="known_from") from wrong
