"""The story of the demo told to the pure core, as the committer would have it judged."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from api.demo.author import Spoken
from api.demo.cast import OPERATOR, ROOT
from ledger.answers import answer
from ledger.asks import Ask, Stamp
from ledger.codec import decode
from ledger.commands import positions_named
from ledger.decide.founding import found
from ledger.decide.proposals import named_by
from ledger.events import Event
from ledger.evolve import evolve
from ledger.facts import Via
from ledger.organising import Confirm
from ledger.periods import Instant, shifted, to_datetime
from ledger.state import State

VIA = Via(tool="test")


class Unexpected(AssertionError):
    """The ledger answered otherwise than the story says."""


def tell(spoken: Iterable[Spoken], begins: Instant) -> tuple[State, list[Event]]:
    """Have the ledger answer all of it; returns its state and its events."""
    state = State()
    events: list[Event] = []
    waiting: dict[str, str] = {}
    for event in found(_stamp(state, begins, 0), founder=OPERATOR, root=ROOT, via=VIA):
        evolve(state, event)
        events.append(event)
    for number, one in enumerate(spoken, start=1):
        command = one.command
        if one.confirms is not None:
            command = Confirm(proposal=waiting[one.confirms])
        facts = {at: events[at - 1] for at in positions_named(named_by(state, command))}
        ask = Ask(command=command, by=one.by, via=VIA, key=one.key, fingerprint=b"", facts=facts)
        given = answer(state, ask, _stamp(state, one.at, number))
        if given.status != one.status:
            raise Unexpected(f"{one.key} of {one.at}: {given.body.decode()}")
        if one.waits:
            waiting[one.key] = msgspec.json.decode(given.body)["proposal"]
        events += [decode(event.stored) for event in given.events]
    return state, events


def _stamp(state: State, at: Instant, number: int) -> Stamp:
    at = max(at, shifted(state.recorded_at, timedelta(microseconds=1)))
    millis = int(to_datetime(at).timestamp() * 1000)
    seed = f"{millis >> 16:08x}-{millis & 0xFFFF:04x}-7000-8000-{number:08x}0000"
    return Stamp(recorded_at=at, seed=seed)
