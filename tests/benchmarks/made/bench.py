"""A bench at which the pure core judges one command after the other, with no queue or database.

Time and ids come from a seed, so that the same log is made again wherever it is made.
"""

import random
from datetime import datetime, timedelta
from hashlib import sha256

from ledger.answers import answer
from ledger.asks import Answer, Ask, Stamp
from ledger.commands import AnyCommand, Correct, Grant, Instead
from ledger.decide.founding import found
from ledger.events import Granted, Recorded
from ledger.evolve import evolve
from ledger.log import Receipt, StoredEvent
from ledger.periods import FOREVER, Instant, from_datetime
from ledger.replies import key_alone, stored
from ledger.stamping import CHANCE_BYTES, uuid7
from ledger.state import State
from ledger.sweeping import Sweep
from tests.benchmarks.moving import FOUNDER, ROOT, VIA

SWEEP_EVERY = 256
"""So many commands lie between two times at which some grants are looked at, this many each."""
SWEEP_LOOKS = 1024
Made = tuple[tuple[StoredEvent, ...], Receipt]
"""What one decision leaves in the log."""


class Bench:
    """A ledger in memory, founded at a moment, that goes on by a step with each command."""

    def __init__(self, begin: datetime, step: timedelta, seed: int) -> None:
        """Stand before the founding."""
        self.state = State()
        self._sweep = Sweep(self.state)
        self.rng = random.Random(seed)
        self.now = begin
        self.instant = from_datetime(begin)
        self._step = step
        self._asked = 0

    def found(self) -> Made:
        """Found the ledger."""
        events = found(self.stamp(), founder=FOUNDER, root=ROOT, via=VIA)
        for event in events:
            evolve(self.state, event)
        return tuple(stored(event) for event in events), key_alone(events[0])

    def judge(self, command: AnyCommand, *named: Recorded, spares: bool = False) -> Answer | None:
        """Have a command judged a step later; what it decides is in the state from then on.

        `named` are the events that it names by position. With `spares` None for more than a pool
        has: it would be refused, and who holds the pool, which nobody reads, takes longest of all.
        """
        self._asked += 1
        self.now += self._step
        self.instant = from_datetime(self.now)
        stamp = self.stamp()
        if self._asked % SWEEP_EVERY == 0 and self._sweep.is_due:
            self._sweep.go_on(self.state.position, SWEEP_LOOKS)
        if spares and self._is_too_much(command, *named):
            return None
        key = f"made:{self._asked}"
        digest = sha256(key.encode()).digest()
        ask = Ask(
            command=command, by=FOUNDER, via=VIA, key=key, fingerprint=digest,
            facts={event.position: event for event in named},
        )  # fmt: skip
        return answer(self.state, ask, stamp)

    def _is_too_much(self, command: AnyCommand, *named: Recorded) -> bool:
        """Whether a pool lacks what a grant asks for, or what a correction adds until its end."""
        match command, named:
            case Grant(), ():
                start = Instant(command.starts_at or self.instant)
                end = Instant(command.ends_at or FOREVER)
                return self.state.free[command.pool].lowest(start, end) < command.quantity
            case Correct(replacement=Instead() as now), (Granted() as was,):
                more = now.data["quantity"] - was.data.quantity
                grant = self.state.grants[was.data.grant]
                free = self.state.free[grant.pool]
                return not grant.ended and free.lowest(was.effective_at, grant.end) < more
            case _:
                return False

    def uuid(self) -> str:
        """A new id, of now."""
        return uuid7(self.now, self.rng.randbytes(CHANCE_BYTES))

    def stamp(self) -> Stamp:
        return Stamp(recorded_at=self.instant, seed=self.uuid())


def made(given: Answer | None) -> Made:
    """What an answer leaves in the log; RuntimeError when it was no."""
    if given is None or given.receipt is None or not given.events:
        raise RuntimeError(f"it was refused: {given.body.decode() if given else 'too little'}")
    return given.events, given.receipt


def ahead(moment: datetime, days: int) -> Instant:
    """The instant so many days later."""
    return from_datetime(moment + timedelta(days=days))
