"""The pure core that answers one ask after the other, and the log that it writes: no database.

What it tells and shows are the records that people keep of a service (`Told`, `Look`), with the
moments that the caller names, so that the judges of a running ledger can be judged themselves.
"""

from collections.abc import Sequence

import msgspec

from api.decisions.parsing import parse_command
from ledger.answers import answer
from ledger.asks import Answer, Ask, Stamp
from ledger.codec import decode, encode
from ledger.decide.founding import found
from ledger.evolve import evolve
from ledger.facts import Via
from ledger.log import StoredEvent
from ledger.periods import Instant
from ledger.state import State
from tests.support.books import Books
from tests.support.lab import POOL
from tests.support.looks import Look
from tests.support.people import Asked, Told

PERSON = "ada@lab"


def asked(do: str, fields: dict[str, object], key: str) -> Asked:
    """A command of the one person."""
    return Asked(by=PERSON, key=key, do=do, body=msgspec.json.encode(fields))


def stamp(number: int) -> Stamp:
    """A stamp for each ask, a second later than the one before."""
    return Stamp(
        recorded_at=Instant(f"2030-01-01T00:{number // 60:02}:{number % 60:02}.000000Z"),
        seed=f"0195f0c1-7a10-7c3e-8b54-{number:08x}0000",
    )


class Sequential:
    """A founded ledger. `told` and `looks` are what was answered so far, in its own order."""

    def __init__(self) -> None:
        self.state = State()
        self.log: list[StoredEvent] = []
        self.told: list[Told] = []
        self.looks: list[Look] = []
        self.number = 0
        for event in found(stamp(0), founder=PERSON, root="lab", via=Via(tool="test")):
            evolve(self.state, event)
            topic = str(event.__struct_config__.tag)
            self.log.append(StoredEvent(position=event.position, topic=topic, stored=encode(event)))

    def ask(self, one: Asked, sent: float, received: float, *, missing: int = 0) -> Told:
        """Answer; judged by what was known before the last `missing` events, as no service may."""
        self.number += 1
        given = self._answer(one, missing)
        self.log += given.events
        return self.tell(one, given, sent, received)

    def tell(self, one: Asked, given: Answer, sent: float, received: float) -> Told:
        """Keep an answer as the person who got it would."""
        self.told.append(
            Told(
                asked=one, status=given.status, body=given.body, position=given.position,
                replayed=False, sent=sent, received=received,
            )
        )  # fmt: skip
        return self.told[-1]

    def look(
        self, sent: float, received: float, *, min_position: int = 0, missing: int = 0
    ) -> Look:
        """Show who holds what as of now, or as it was before the last `missing` events."""
        self.number += 1
        books = Books()
        for event in self.log[: len(self.log) - missing]:
            books.take(event.stored)
        at = stamp(self.number).recorded_at
        rows = [
            {"unit": unit, "quantity": sum(held), "guaranteed": held[0], "borrowed": held[1]}
            for unit, held in books.holders(at).items()
        ]
        held = books.held.at(at)
        totals = [{"quantity": held, "deliverable": held}] if held else []
        page = {"position": books.position, "valid_at": at, "items": rows, "totals": totals}
        self.looks.append(
            Look(
                what="holdings", min_position=min_position, status=200,
                body=msgspec.json.encode(page), sent=sent, received=received,
            )
        )  # fmt: skip
        return self.looks[-1]

    def forget_last(self) -> None:
        """Lose the last event, after it was told: as no service may."""
        del self.log[-1]
        self.state = folded(self.log)

    def _answer(self, one: Asked, missing: int) -> Answer:
        parsed = parse_command(one.body, one.do)
        ask = Ask(
            command=parsed.command, by=one.by, via=Via(tool="http"), key=one.key,
            fingerprint=parsed.fingerprint,
        )  # fmt: skip
        if not missing:
            return answer(self.state, ask, stamp(self.number))
        old = folded(self.log[: len(self.log) - missing])
        old.position = self.state.position
        given = answer(old, ask, stamp(self.number))
        for event in given.events:
            evolve(self.state, decode(event.stored))
        return given


def folded(log: Sequence[StoredEvent]) -> State:
    """The state of a log."""
    state = State()
    for event in log:
        evolve(state, decode(event.stored))
    return state


def furnished(capacity: int, units: Sequence[str]) -> Sequential:
    """A ledger with a pool of so many units and these teams; `told` begins after that."""
    made = Sequential()
    asks: list[tuple[str, dict[str, object]]] = [
        ("open_pool", {"pool": POOL}),
        ("change_capacity", {"pool": POOL, "kind": "counted", "total": capacity}),
        *(("create_unit", {"unit": unit}) for unit in units),
    ]
    for number, (do, fields) in enumerate(asks):
        told = made.ask(asked(do, fields, f"furnish:{number}"), number, number)
        if told.status != 201:
            raise AssertionError(told.body)
    made.told.clear()
    return made
