"""Reads proposals as recorded by a position; whether one has lapsed is told for an instant."""

from typing import Final, Literal

from msgspec import Struct

from ledger.periods import Instant
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.proposals")
Status = Literal["waiting", "confirmed", "rejected", "withdrawn", "lapsed"]
STATUSES: Final[tuple[Status, ...]] = ("waiting", "confirmed", "rejected", "withdrawn", "lapsed")


class Proposal(Struct, frozen=True):
    """A command, as canonical JSON, that waits until `expires_at`, or `ended` at a position."""

    proposal: str
    position: int
    recorded_at: Instant
    by: str
    command: str
    needs: list[str]
    expires_at: Instant
    status: Status
    ended: int | None
    ended_by: str | None


def proposals(
    connection: Connection,
    *,
    valid_at: Instant,
    known_at: int,
    status: Status | None = None,
    proposal: str | None = None,
    after: int = 0,
    limit: int,
) -> list[Proposal]:
    """Proposals in the order made, behind a position, so many at most; of a status, or all."""
    given = {
        "valid_at": valid_at, "known_at": known_at, "status": status, "proposal": proposal,
        "after": after, "limit": limit,
    }  # fmt: skip
    return fetch(connection, SQL["proposals"], given, Proposal)


class Lapsing(Struct, frozen=True):
    """A command, as canonical JSON, that lapses at `expires_at` unless a second person confirms."""

    proposal: str
    position: int
    by: str
    command: str
    expires_at: Instant


def lapsing(
    connection: Connection, *, start: Instant, end: Instant, known_at: int
) -> list[Lapsing]:
    """What waits and lapses in `[start, end)`, in order of time."""
    given = {"start": start, "end": end, "known_at": known_at}
    return fetch(connection, SQL["lapsing"], given, Lapsing)
