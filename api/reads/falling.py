"""What falls due between two looks, for those who follow the feed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec
from psycopg_pool import ConnectionPool

from api.feed.falling import Fallen
from api.reads.ahead import Window
from api.reads.dates import Step, at, position
from api.reads.dates_told import rows
from api.reads.due import Chosen, due
from api.reads.look import Look, glance
from ledger.codec import decode
from ledger.periods import shifted
from ledger.store.reading import head, read_at

SOON: Final = timedelta(minutes=1)
"""The first look comes sooner after it was asked for."""


def fallen(pool: ConnectionPool, last: Fallen) -> Fallen:
    """What fell due since the last look, as items of the calendar.

    A step counts that was recorded before it fell due: what takes effect when it is recorded is
    told by its event. While the read models lack something nothing is told: it may be a
    cancellation. When the first look finds the record ahead of the clock that it began by, nothing
    has fallen due since: it begins with what is recorded.
    """
    with glance(pool) as seen:
        if seen.reflected < head(seen.connection) or seen.now <= last.upto:
            return Fallen(last.upto, last.known_at)
        if last.is_first and shifted(last.upto, SOON) < seen.now:
            return Fallen(seen.now, seen.reflected)
        window = Window(last.upto, seen.now, True)
        steps = due(seen, Chosen(None, None, seen.reflected), window)
        planned = _planned(seen, [step for step in steps if at(step) >= last.upto], last.known_at)
        told = rows(seen, seen.reflected, planned)
        return Fallen(seen.now, seen.reflected, [msgspec.json.encode(one) for one in told])


def _planned(seen: Look, steps: Sequence[Step], known_at: int) -> list[Step]:
    """Those that were recorded before they fell due."""
    newer = sorted({position(step) for step in steps if position(step) > known_at})
    recorded = {
        one.position: decode(one.stored).recorded_at
        for one in (read_at(seen.connection, newer) if newer else ())
    }
    return [step for step in steps if recorded.get(position(step), "") < at(step)]
