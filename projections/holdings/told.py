"""What events say of grants, and how it turned from one position to another."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from ledger.codec import decode
from ledger.events import Corrected, Event
from ledger.periods import Instant
from ledger.sayings import Saying, saying
from ledger.store.reading import read_at
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.holdings", "changes.sql")


class Turn(Struct, frozen=True):
    """What the event at a position added to what is believed of a grant at an instant."""

    grant: str
    unit: str
    position: int
    quantity: int


class Told(Struct, frozen=True):
    """What an event says as believed: the correction that stands, and what it says then.

    `saying` is None when it never happened.
    """

    saying: Saying | None
    corrected_by: int | None


class _Place(Struct, frozen=True):
    position: int


def told(connection: Connection, grants: Sequence[str], known_at: int) -> dict[int, Told]:
    """What the events about some grants say, as recorded by a position."""
    given = {"grants": list(grants), "known_at": known_at}
    found = fetch(connection, SQL["positions_told"], given, _Place, prepare=False)
    stored = read_at(connection, [one.position for one in found])
    return as_believed(decode(one.stored) for one in stored)


def as_believed(events: Iterable[Event]) -> dict[int, Told]:
    """What events say, in the order of the log, by the corrections among them."""
    found: dict[int, Told] = {}
    for event in events:
        if isinstance(event, Corrected):
            fact = event.data
            found[fact.corrects] = Told(saying(fact.topic, fact.replacement), event.position)
        else:
            found[event.position] = Told(Saying(event.effective_at, event.data), None)
    return found


def turns(
    connection: Connection,
    grants: Sequence[str],
    *,
    valid_at: Instant,
    known_from: int,
    known_to: int,
) -> list[Turn]:
    """What changed the belief about grants at an instant, after a position up to another."""
    given = {
        "grants": list(grants), "valid_at": valid_at, "known_from": known_from,
        "known_to": known_to,
    }  # fmt: skip
    return fetch(connection, SQL["turns_of_grants"], given, Turn, prepare=False)
