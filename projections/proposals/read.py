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
