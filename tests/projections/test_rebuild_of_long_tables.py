"""A rebuild of a long log finds by an index what it reads back from the tables that it fills."""

from collections.abc import Sequence
from functools import partial

import psycopg
import pytest
from msgspec import structs

from ledger.events import Event
from projections.holdings.model import HOLDINGS
from projections.holdings.project import HoldingsFold
from projections.rebuild import rebuild
from projections.statements import Connection
from tests.projections.conftest import EVERY, Log
from tests.projections.histories import Author


def indexes(connection: Connection, schema: str) -> dict[str, str]:
    found = connection.execute(
        "SELECT indexname, replace(indexdef, schemaname, '') FROM pg_indexes WHERE schemaname = %s",
        (schema,),
    )
    return dict(found.fetchall())


def test_what_is_recalled_from_a_long_table_is_found_by_an_index(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write(Author(2).write(150))
    log.follow()
    long, found = 28, list[tuple[int, set[str]]]()
    monkeypatch.setattr("projections.filling.BATCH", 7)
    monkeypatch.setattr("projections.building.LONG", long)

    class Watched(HoldingsFold):
        def recall(self, connection: Connection, events: Sequence[Event]) -> None:
            found.append((events[0].position - 1, {*indexes(connection, HOLDINGS.next_schema)}))
            super().recall(connection, events)

    watched = structs.replace(HOLDINGS, begin=partial(Watched, kept=3, every=EVERY))
    with psycopg.connect(log.url, autocommit=True) as connection:
        served = indexes(connection, HOLDINGS.schema)
        (built,) = rebuild(log.url, models=(watched,), processes=1)
        assert indexes(connection, HOLDINGS.schema) == served

    assert built.differences == ()
    assert min(found)[0] < long <= max(found)[0]
    for position, names in found:
        assert (names >= {*HOLDINGS.recalled_by}) == (position >= long), position
