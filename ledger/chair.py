"""Who gives each ask its stamp and has it judged, one after the other."""

import os
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import structlog
from msgspec.structs import replace

from ledger.asks import Answer, Ask, Put, Question, Stamp
from ledger.clocks import Clocks
from ledger.codec import decode
from ledger.commands import positions_named
from ledger.decide.proposals import named_by
from ledger.events import Recorded
from ledger.intake import Waiting
from ledger.log import Log
from ledger.planning import planned
from ledger.refusals import ClockUnsure
from ledger.refused import no
from ledger.replies import BROKEN
from ledger.sitting import Sitting
from ledger.stamping import CHANCE_BYTES, Stamps
from ledger.state import State

P = TypeVar("P", Ask, Question)
Judge = Callable[[State, Ask, Stamp], Answer]

CHANCES: Final = 512
"""So many stamps' random bytes are drawn at once: each time alone, it is a tenth of a judgement."""
_log = structlog.get_logger()


class Chair:
    """Judges what waits on a state, which it changes, and notes it in a sitting."""

    def __init__(self, judge: Judge, clocks: Clocks, log: Log) -> None:
        self._judge: Final = judge
        self._log: Final = log
        self._clocks: Final = clocks
        self._stamps: Final = Stamps()
        self._chances: list[bytes] = []

    def follow(self, state: State) -> None:
        """Let what comes be later than what a state knows of."""
        self._stamps.follow(state.recorded_at)

    def hear(self, state: State, sitting: Sitting, waiting: Waiting) -> None:
        """Judge the next ask of a sitting. Whatever is raised, who waits is noted there."""
        sitting.waiting.append(waiting)
        ask = waiting.ask
        if isinstance(ask, Question):
            sitting.take(self._judged(state, ask, planned))
            return
        given = sitting.standing(ask, state.position)
        if given is None:
            named = positions_named(named_by(state, ask.command))
            if named:
                ask = replace(ask, facts=self._facts(named, sitting))
            given = self._judged(state, ask, self._judge)
            first = None
            if given.receipt is None and not ask.dry_run:
                first = sitting.first_answer(ask)
            # What is recorded finds out for itself, where it is stored.
            chosen = None if given.events else ask.command.decision
            if first is not None:
                given = first
            elif chosen is not None and self._log.is_decided(chosen):
                given = sitting.taken(ask, state.position)
        sitting.take(given)

    def _facts(self, positions: Iterable[int], sitting: Sitting) -> dict[int, Recorded]:
        """The events at these positions; those that are not recorded are left out."""
        found: dict[int, Recorded] = {}
        for position in positions:
            event = sitting.not_stored(position)
            if event is None:
                event = next(iter(self._log.read(position - 1, 1)), None)
            if event is not None and event.position == position:
                found[position] = decode(event.stored)
        return found

    def _judged(self, state: State, ask: P, judge: Callable[[State, P, Stamp], Answer]) -> Answer:
        head = state.position
        now = self._clocks.moment(self._log)
        if self._clocks.apart is not None:
            return no(ClockUnsure(self._clocks.apart), head)
        stamp = self._stamps.next(now, self._chance())
        try:
            given = judge(state, ask, stamp)
        except Exception:  # it is told, and fails this ask alone
            if state.position != head or state.journal.trying:
                raise
            _log.exception("an ask could not be judged", by=ask.by, key=_key(ask))
            return BROKEN.told(ask)
        if given.events:
            self._stamps.use()
        return given

    def _chance(self) -> bytes:
        if not self._chances:
            drawn = os.urandom(CHANCES * CHANCE_BYTES)
            places = range(0, len(drawn), CHANCE_BYTES)
            self._chances = [drawn[place : place + CHANCE_BYTES] for place in places]
        return self._chances.pop()


def _key(ask: Put) -> str | None:
    return ask.key if isinstance(ask, Ask) else None
