"""Writers of one log without a database: each judges ahead on a state of its own, on trial."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ledger.answers import answer
from ledger.asks import Answer, Ask, Question, Stamp
from ledger.codec import decode, encode
from ledger.commands import AnyCommand, positions_named
from ledger.decide.founding import found
from ledger.decide.proposals import named_by
from ledger.events import Recorded
from ledger.evolve import evolve
from ledger.gathering import Gathering
from ledger.gists import gist
from ledger.planning import planned
from ledger.plans import Plan
from ledger.snapshot import opened, to_bytes
from ledger.stamping import Stamps
from ledger.state import State
from tests.support.any_asks import AnyAsk
from tests.support.in_memory import BEGIN, FOUNDER, ROOT, VIA, portrait

_command = msgspec.json.Decoder(AnyCommand)


@dataclass
class SharedLog:
    """What is stored, and what time it is, for every writer."""

    events: list[Recorded] = field(default_factory=list[Recorded])
    now: datetime = BEGIN
    drawn: int = 0

    def __post_init__(self) -> None:
        stamp = Stamps().next(self.now, self.chance())
        for event in found(stamp, founder=FOUNDER, root=ROOT, via=VIA, backdate_days=30):
            self.events.append(decode(encode(event)))

    def chance(self) -> bytes:
        """The bytes of the next stamp: each once."""
        self.drawn += 1
        return self.drawn.to_bytes(8, "big")


class Writer:
    """Keeps a state as a committer does, by a clock that is `ahead_by` seconds before the log's.

    Whatever it answers is compared with what a state answers that was folded, from nothing, of
    the same events.
    """

    def __init__(self, log: SharedLog, ahead_by: float = 0) -> None:
        self.log = log
        self.state = State()
        self.held: list[Recorded] = []
        """What was judged ahead, and is not stored."""
        self._stamps = Stamps()
        self._ahead_by = timedelta(seconds=ahead_by)
        self.catch_up()

    def events(self) -> list[Recorded]:
        """What it believes: what was stored when it began to judge ahead, and what it judged."""
        return self.log.events[: self.state.position - len(self.held)] + self.held

    def catch_up(self) -> None:
        """Take in, for good, what others have stored."""
        self.state.journal.release()
        for event in self.log.events[self.state.position :]:
            evolve(self.state, event)
        self._stamps.follow(self.state.recorded_at)

    def start_anew(self, snapshot_at: int, at_hand: timedelta | None) -> None:
        """Start from a snapshot of a position, and fold what came since.

        What was over for `at_hand` by then is put to rest; without it, nothing is.
        """
        gathering = Gathering()
        gathering.take_in(self.log.events[:snapshot_at])
        if at_hand is not None and snapshot_at:
            gathering.let_rest(at_hand)
        gathering = opened(to_bytes(gathering.gathered()))
        gathering.take_in([gist(encode(event)) for event in self.log.events[snapshot_at:]])
        self.state = gathering.gathered()
        self.held = []
        self._stamps.follow(self.state.recorded_at)

    def put(self, asked: AnyAsk, *, dry_run: bool = False) -> list[Recorded]:
        """Judge a command; returns what it would have recorded.

        Raises msgspec.ValidationError for what is none.
        """
        key = f"k{self.log.drawn}"
        command = _command.decode(msgspec.json.encode({"do": asked.do, **asked.fields}))
        events = self.events()
        named = positions_named(named_by(self.state, command))
        ask = Ask(
            command=command,
            by=asked.by,
            via=VIA,
            key="" if dry_run else key,
            fingerprint=hashlib.sha256(key.encode()).digest(),
            dry_run=dry_run,
            facts={at: events[at - 1] for at in named if at <= len(events)},
        )
        stamp = self._stamp()
        given = answer(self.state, ask, stamp)
        assert given == answer(self._folded(events), ask, stamp), asked
        if given.events:
            self._stamps.use()
        return [decode(event.stored) for event in given.events]

    def plan(self, by: str, fields: dict[str, Any]) -> Answer:
        """Answer a plan."""
        plan = msgspec.convert(fields, Plan)
        question = Question(plan=plan, by=by, via=VIA, foreseen=(), reflected=self.state.position)
        stamp, events = self._stamp(), self.events()
        given = planned(self.state, question, stamp)
        assert given == planned(self._folded(events), question, stamp), fields
        return given

    def is_as_folded(self) -> None:
        """Compare the state with one that was folded, from nothing, of the same events."""
        self.state.tick(self.state.ticked)
        assert _told(self.state) == _told(self._folded(self.events()))

    def _folded(self, events: list[Recorded]) -> State:
        state = State()
        for event in events:
            evolve(state, event)
        state.tick(self.state.ticked)
        return state

    def _stamp(self) -> Stamp:
        return self._stamps.next(self.log.now + self._ahead_by, self.log.chance())


def _told(state: State) -> dict[str, Any]:
    told = portrait(state)
    # Who is over lately is a list to look through, by which nothing is decided alone.
    del told["over"]
    return told
