"""What events say of grants, and how it turned from one position to another."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ledger.codec import decode
from ledger.events import Corrected, Event
from ledger.facts import Extension, Fact, GrantMaking, Reallocation, ReleaseOfGrants
from ledger.periods import Instant
from ledger.sayings import Saying, saying
from ledger.store.reading import read_at
from projections.holdings.changes import Change
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.holdings", "changes.sql")
CORRECTED_TOPIC: Final = "corrected.v1"


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


def settled(connection: Connection, changes: Sequence[Change], known_at: int) -> list[Change]:
    """The same changes, each end with the position of the fact that said when it is.

    Rows of a grant that was corrected do not tell it: that alone is looked up in the log.
    """
    ends = sorted({one.position for one in changes if one.is_end})
    anew = {one.position for one in read_at(connection, ends) if one.topic == CORRECTED_TOPIC}
    asked = {ending(one) for one in changes if one.is_end and one.position in anew}
    said = ends_said(told(connection, sorted(asked), known_at)) if asked else {}
    return [
        replace(one, position=said.get(ending(one), one.position))
        if one.is_end and one.position in anew
        else one
        for one in changes
    ]


def ending(change: Change) -> str:
    """The grant whose end a change is: of what comes back to a lender, the loan."""
    is_back = change.kind == "loan_back" and change.other_grant is not None
    return (change.other_grant or "") if is_back else change.grant


def ends_said(told: Mapping[int, Told]) -> dict[str, int]:
    """Grants, each with the last position, in the order of the log, that said when it ends."""
    last: dict[str, int] = {}
    for position, one in told.items():
        for grant in _ending_by(None if one.saying is None else one.saying.fact):
            last[grant] = max(position, last.get(grant, position))
    return last


def _ending_by(fact: Fact | None) -> Sequence[str]:
    """The grants of which a fact says when they end."""
    match fact:
        case GrantMaking(grant=grant) | Extension(grant=grant):
            return (grant,)
        case Reallocation(to_grant=made, legs=legs):
            return (made, *(leg.grant for leg in legs if leg.ends))
        case ReleaseOfGrants(legs=legs):
            return [leg.grant for leg in legs if leg.ends]
        case _:
            return ()


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
