"""The page of a unit stays one that can be read, however many pools and members there are."""

from collections.abc import Iterator

import psycopg
import pytest

from api.reads.look import Look
from api.web import unit
from api.web.record import Record
from api.web.unit import Chosen, PoolOfUnit, unit_page
from tests.projections.conftest import Log
from tests.projections.histories import Author
from tests.support.facts import day


@pytest.fixture
def record(migrated_database: str) -> Iterator[Record]:
    """What a random history left."""
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        log = Log(migrated_database, connection)
        log.write(Author(90).write(160))
        log.follow(9)
        at = day(61)
        look = Look(connection=connection, reflected=log.head(), head=log.head(), now=at)
        yield Record(look, position=log.head(), valid_at=at)


def page(record: Record, pool: str | None = None) -> dict[str, object]:
    asked = Chosen(span=None, shows="soon", pool=pool, start="", end="")
    return unit_page(record, record.unit("lab"), asked, lambda path, **_: path)


def pools(record: Record, pool: str | None = None) -> dict[str, PoolOfUnit]:
    """The pools of the page, by id."""
    found = page(record, pool)["pools"]
    assert isinstance(found, tuple)
    return {one.pool: one for one in found if isinstance(one, PoolOfUnit)}


def test_pools_that_most_is_held_of_are_drawn_and_the_one_chosen(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = pools(record)
    assert len(every) > 1
    assert all(one.figure is not None for one in every.values())
    monkeypatch.setattr(unit, "CHARTED", 1)
    (most,) = (name for name, one in pools(record).items() if one.figure is not None)
    assert every[most].quantity == max(one.quantity for one in every.values())
    for chosen in every:
        found = pools(record, chosen)
        assert found.keys() == every.keys()
        drawn = [name for name, one in found.items() if one.figure]
        assert set(drawn) == {most, chosen}
        assert list(found)[: len(drawn)] == sorted(drawn)
        assert found[chosen].figure == every[chosen].figure


def test_members_that_do_not_fit_are_counted(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = page(record)
    assert whole["deeper"] == 0
    monkeypatch.setattr(unit, "MEMBERS_MAX", 0)
    short = page(record)
    every, listed = whole["members"], short["members"]
    assert isinstance(every, tuple)
    assert isinstance(listed, tuple)
    assert listed == tuple(one for one in every if one.depth <= 1)
    assert short["deeper"] == len(every) - len(listed) > 0
