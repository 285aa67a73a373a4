"""Reads requests as recorded by a position; whether one has lapsed is told for an instant."""

from collections.abc import Sequence
from typing import Final

from projections.requests.asked import Asked, Row
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.requests")


def requests(
    connection: Connection,
    *,
    known_at: int,
    pool: str | None = None,
    units: Sequence[str] | None = None,
    request: str | None = None,
    is_waiting: bool = False,
) -> list[Asked]:
    """Requests by id: that may take a pool, of some units, of one id, or that somebody waits for.

    One that waits may have lapsed by the instant asked about: `Asked.status` says so.
    """
    given = {
        "known_at": known_at, "pool": pool, "units": None if units is None else list(units),
        "request": request, "waiting": is_waiting,
    }  # fmt: skip
    # Planned each time: what is asked for decides by which index it is found.
    found = fetch(connection, SQL["requests"], given, Row, prepare=False)
    return [row.asked() for row in found]
