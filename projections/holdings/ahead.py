"""What all will have of each pool at some instants ahead, and what of that the pools give out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from ledger.periods import MICROSECOND, Instant, shifted
from projections.holdings.over_time import turns_by
from projections.statements import Connection, rows, statements, texts

SQL: Final = statements("projections.holdings", "ahead.sql")


class Ahead(Struct, frozen=True):
    """By an instant: so much `more` in hand than now (below zero: less), `started` by then.

    `started` is what grants begin with that the pool gives out, whatever becomes of them.
    """

    more: int
    started: int


def ahead(
    connection: Connection, *, since: Instant, later: Sequence[Instant], known_at: int
) -> Mapping[str, Sequence[Ahead]]:
    """For each pool in which anything changes after an instant, what it is by each of some later.

    What happens at one of these has happened by then.
    """
    just_after = [shifted(at, MICROSECOND) for at in later]
    given = {
        "since": since, "later": texts(just_after), "last": just_after[-1], "known_at": known_at,
    }  # fmt: skip
    shifted_by = [0] * len(later)
    more: defaultdict[str, list[int]] = defaultdict(shifted_by.copy)
    started: defaultdict[str, list[int]] = defaultdict(shifted_by.copy)
    place_of = {at: just_after.index(at) for at in just_after}
    for pool, at, quantity in turns_by(
        connection, since=since, steps=just_after, known_at=known_at
    ):  # fmt: skip
        more[pool][place_of[at]] += quantity
    # Planned each time: how much lies between two instants, no plan for all knows.
    for pool, place, quantity in rows(connection, SQL["started_later"], given, prepare=False):
        started[pool][place] += quantity
    return {
        pool: [
            Ahead(sum(more[pool][: place + 1]), sum(started[pool][: place + 1]))
            for place in range(len(later))
        ]
        for pool in more.keys() | started.keys()
    }
