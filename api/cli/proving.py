"""The events of an export are read, and each is held against all that stands before it."""

import hashlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import IO, Final, NoReturn

import msgspec
from msgspec import Struct

from api.cli.bundle import Decided, Told, Untrue
from api.cli.rereading import Rereading
from ledger.answers import Waits
from ledger.codec import EVENT_BYTES_MAX, decode, decode_lines, encode, encode_lines
from ledger.events import TOPICS, Corrected, Event, Proposed, UnitCreated, UnitMoved
from ledger.facts import Correction
from ledger.gathering import Gathering
from ledger.log import StoredEvent
from ledger.mentions import demand_made, demand_retold, demand_rooted
from ledger.sayings import Saying, fact_of, saying
from ledger.soundness import look_at, look_through

READ_BYTES: Final = 64 * 1024
"""Of events at a time: with their answers, what a socket takes at once."""
_SHAPE: Final = (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError)
_TOPICS: Final = {kind: topic for topic, kind in TOPICS.items()}
_NAMES: Final = tuple(TOPICS)
_RETOLD: Final = frozenset({_TOPICS[UnitMoved], _TOPICS[Corrected]})
"""What changes what was said, or where a unit stands."""
_NUMBERS: Final = {topic: number for number, topic in enumerate(TOPICS)}


class Stretch(Struct, frozen=True):
    """Events that follow one another, and the decisions that end with one of them."""

    events: Sequence[StoredEvent]
    decisions: Sequence[Decided]


def check_events(file: IO[bytes], name: str) -> Generator[Stretch, None, Told]:
    """Check every event of a file; yields them by the stretch, returns what they tell.

    Each is an event in its canonical bytes, positions count from 1, decisions are whole and rise
    in recorded time, the first founds the ledger, and the core can fold them. Raises Untrue.
    """
    digest = hashlib.sha256()
    lines_again = Rereading(file)
    following = _Following(name, lines_again)
    count = 0
    lines_again.begin(1)
    while lines := file.readlines(READ_BYTES):
        text = b"".join(lines)
        digest.update(text)
        stored = [line[:-1] for line in lines]
        topics = following.take(count + 1, _events(text, lines, name, count), stored)
        yield Stretch(
            [
                StoredEvent(position=position, topic=topic, stored=one)
                for position, (topic, one) in enumerate(zip(topics, stored, strict=True), count + 1)
            ],
            following.ended(),
        )
        count += len(lines)
        lines_again.begin(count + 1)
    following.end(count)
    return Told(events=count, sha256=digest.hexdigest())


def _events(text: bytes, lines: list[bytes], name: str, before: int) -> Iterable[Event]:
    """The events of some lines at once, or one by one up to the line that is none."""
    try:
        events = decode_lines(text)
    except _SHAPE:
        return _one_by_one(lines, name, before)
    if encode_lines(events) != text or max(map(len, lines)) > EVENT_BYTES_MAX + 1:
        return _one_by_one(lines, name, before)
    try:
        look_through(events)
    except ValueError:
        return _one_by_one(lines, name, before)
    return events


def _one_by_one(lines: list[bytes], name: str, before: int) -> Iterable[Event]:
    for number, line in enumerate(lines, start=before + 1):
        where = f"{name}, line {number}"
        if not line.endswith(b"\n"):
            raise Untrue(f"{where}: the file is cut off")
        stored = line[:-1]
        try:
            event = decode(stored)
        except _SHAPE as wrong:
            raise Untrue(f"{where}: no event: {wrong}") from wrong
        if encode(event) != stored or len(stored) > EVENT_BYTES_MAX:
            raise Untrue(f"{where}: not the canonical bytes of an event")
        try:
            look_at(event)
        except ValueError as wrong:
            raise Untrue(f"{where}: {wrong}") from wrong
        yield event


class _Following:
    """Takes in one event after the other and holds each against those before it."""

    def __init__(self, name: str, lines_again: Rereading) -> None:
        self._name = name
        self._lines_again = lines_again
        self._state = Gathering()
        self._last: Event | None = None
        self._seen: set[str] = set()
        self._decided: set[str] = set()
        self._decisions: list[Decided] = []
        self._said: list[bytes] = []
        self._topics = bytearray()
        self._retold: dict[int, Saying | None] = {}

    def take(self, first: int, events: Iterable[Event], stored: Sequence[bytes]) -> list[str]:
        """Take in the events of lines from the first on; returns their topics.

        Raises Untrue for the first that does not follow.
        """
        topics: list[str] = []
        try:
            self._state.take_in(self._sound(first, events, stored, topics))
        except (LookupError, ValueError, TypeError) as wrong:
            where = f"{self._name}, line {self._state.position + 1}"
            raise Untrue(f"{where}: it does not follow from what stands before it") from wrong
        return topics

    def _sound(
        self, first: int, events: Iterable[Event], stored: Sequence[bytes], topics: list[str]
    ) -> Iterator[Event]:
        """The events, each held against those before it just before it is folded."""
        seen, state, kinds = self._seen, self._state, self._topics
        for number, (event, text) in enumerate(zip(events, stored, strict=True), start=first):
            if event.position != number:
                self._refuse(number, f"position {event.position} stands where {number} belongs")
            leg, legs = event.leg
            last = self._last
            if last is None or last.leg[0] == last.leg[1] - 1:
                self._begin(number, event, last)
            elif not _goes_on(last, event):
                self._refuse(number, "the decision before it is cut off")
            if event.id in seen:
                self._refuse(number, f"the id {event.id} stands twice")
            seen.add(event.id)
            try:
                demand_made(state, event)
            except ValueError as wrong:
                self._refuse(number, str(wrong))
            topic = _TOPICS[type(event)]
            topics.append(topic)
            kinds.append(_NUMBERS[topic])
            if isinstance(event, Corrected):
                self._demand_retold(number, event.data)
            yield event
            if topic in _RETOLD:
                self._demand_rooted(number, event)
            self._last = event
            self._said.append(text)
            if leg == legs - 1:
                said, self._said = self._said, []
                self._decisions.append(_decided(event, said))

    def _demand_retold(self, number: int, fact: Correction) -> None:
        """See that what is corrected stands before it, and that it said what it is told to."""
        at, topic = fact.corrects, fact.topic
        if at >= number or _NAMES[self._topics[at - 1]] != topic:
            self._refuse(number, f"no {topic} stands before it at position {at}")
        original = decode(self._lines_again.line(at)[:-1])
        until_now = Saying(original.effective_at, fact_of(original))
        try:
            demand_retold(fact, until_now.fact, self._retold.get(at, until_now))
        except ValueError as wrong:
            self._refuse(number, str(wrong))
        self._retold[at] = saying(topic, fact.replacement)

    def _demand_rooted(self, number: int, event: Event) -> None:
        """See that the tree has a root still."""
        try:
            demand_rooted(self._state, event)
        except ValueError as wrong:
            self._refuse(number, str(wrong))

    def _begin(self, number: int, event: Event, last: Event | None) -> None:
        leg, legs = event.leg
        if leg != 0 or legs < 1:
            self._refuse(number, f"a decision begins with its leg {leg}")
        if last is None:
            if not isinstance(event, UnitCreated) or event.data.parent is not None:
                self._refuse(number, "it does not found a ledger")
        elif event.recorded_at <= last.recorded_at:
            self._refuse(number, "recorded before the decision that stands before it")
        if event.decision in self._decided:
            self._refuse(number, f"the decision {event.decision} stands twice")
        self._decided.add(event.decision)

    def _refuse(self, number: int, why: str) -> NoReturn:
        raise Untrue(f"{self._name}, line {number}: {why}")

    def ended(self) -> list[Decided]:
        """The decisions that ended since this was asked last."""
        ended, self._decisions = self._decisions, []
        return ended

    def end(self, count: int) -> None:
        """All events are taken in. Raises Untrue when a decision lacks its end."""
        if self._last is None:
            raise Untrue(f"{self._name}: it holds no event")
        if self._last.leg[0] != self._last.leg[1] - 1:
            raise Untrue(f"{self._name}: it ends after position {count}, within a decision")


def _goes_on(last: Event, event: Event) -> bool:
    """Whether an event is the next leg of the decision that the one before it is of."""
    leg, legs = last.leg
    due = (last.decision, last.recorded_at, last.by, last.key, (leg + 1, legs))
    return due == (event.decision, event.recorded_at, event.by, event.key, event.leg)


def _decided(event: Event, events: Sequence[bytes]) -> Decided:
    """The decision that ends with an event, with the bytes of all its events."""
    return Decided(
        by=event.confirmed_by or event.by,
        key=event.key,
        decision=event.decision,
        end=event.position,
        events=b",".join(events),
        waits=_waits(event) if isinstance(event, Proposed) else None,
    )


def _waits(event: Proposed) -> Waits:
    """The answer to a command that has to be confirmed."""
    return Waits(
        proposal=event.data.proposal,
        needs=event.data.needs,
        position=event.position,
        expires_at=event.data.expires_at,
    )
