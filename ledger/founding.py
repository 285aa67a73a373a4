"""The first decision of a ledger, in a transaction of its own."""

import os
from collections.abc import Callable, Sequence

from ledger.asks import Stamp
from ledger.clocks import Clock, system_clock
from ledger.events import Recorded
from ledger.log import Log
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
) -> int:
    """Record the founding decision, in one transaction; returns the head.

    Raises AlreadyFounded when anything is recorded, and LogUnavailable.
    """
    events = founding(Stamps().next(clock(), os.urandom(CHANCE_BYTES)))
    with log.batch(0) as batch:
        if batch.catch_up(0):
            raise AlreadyFounded("the ledger is founded already")
        kept = [stored(event) for event in events]
        batch.append(kept, [key_alone(events[0])], Sealing().seal(kept))
    return events[-1].position
