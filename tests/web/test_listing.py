"""The grants that end first are the first of all, however few are looked at together."""

from collections.abc import Iterator

import psycopg
import pytest

from api.reads.look import Look
from api.web import listing
from api.web.listing import Listing, ending_first
from api.web.record import Record
from tests.projections.conftest import Log
from tests.projections.histories import Author
from tests.support.facts import day


@pytest.fixture(params=[90, 91])
def log(migrated_database: str, request: pytest.FixtureRequest) -> Iterator[Log]:
    """A log of a random history, followed to its end."""
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        found = Log(migrated_database, connection)
        found.write(Author(request.param).write(160))
        found.follow(9)
        yield found


def test_those_that_end_first_are_the_first_of_all(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "AT_ONCE", 3)
    states: set[str] = set()
    for at in (day(10), day(40), day(90)):
        look = Look(connection=log.connection, reflected=log.head(), head=log.head(), now=at)
        record = Record(look, position=log.head(), valid_at=at)
        for unit in ("lab", "vision", "atlas"):
            in_hand = record.in_hand(record.below(unit))
            now = {one.grant: one.quantity for one in in_hand}
            every = Listing(record.grants(unit, ended=False), now, record)
            rows = every.rows(every.live)
            for count in (1, 4, 30):
                assert list(ending_first(record, unit, count)) == rows[:count]
            states |= {row.state for row in every.rows(len(every.grants))}
    assert states == {"live", "ahead", "ended"}
