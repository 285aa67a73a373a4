"""The first decision of a ledger, in a transaction of its own."""

import os
from collections.abc import Callable, Sequence

from ledger.asks import Stamp
from ledger.clocks import Clock, Clocks, system_clock
from ledger.events import Recorded
from ledger.log import Log
from ledger.refusals import ClockUnsure
from ledger.replies import key_alone, stored
from ledger.seal.sealing import Sealing
from ledger.stamping import CHANCE_BYTES, Stamps


class AlreadyFounded(Exception):
    """The log is not empty: it is founded once."""


def found(
    log: Log,
    founding: Callable[[Stamp], Sequence[Recorded]],
    *,
    clock: Clock = system_clock,
    compares_clock: bool | None = None,
) -> int:
    """Record the founding decision, in one transaction; returns the head.

    What comes is dated after it: so the system's clock is held against the database's first.
    Raises AlreadyFounded when anything is recorded, ClockUnsure, and LogUnavailable.
    """
    clocks = Clocks(clock, compares=compares_clock)
    clocks.compare(log)
    if clocks.apart is not None:
        raise ClockUnsure(clocks.apart)
    events = founding(Stamps().next(clock(), os.urandom(CHANCE_BYTES)))
    with log.batch(0) as batch:
        if batch.catch_up(0):
            raise AlreadyFounded("the ledger is founded already")
        kept = [stored(event) for event in events]
        batch.append(kept, [key_alone(events[0])], Sealing().seal(kept))
    return events[-1].position
