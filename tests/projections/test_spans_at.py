"""What grants have in hand at an instant is told with since when and until when, loans included."""

import pytest

from ledger.periods import BEGINNING, FOREVER
from projections.holdings import runs
from tests.projections.conftest import Log
from tests.projections.histories import POOLS, UNITS, Author
from tests.support.facts import day


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_what_is_had_at_an_instant_is_the_part_of_all_time_around_it(log: Log, seed: int) -> None:
    book = Author(seed).write(90)
    log.write(book)
    log.follow()
    wanted: tuple[tuple[str | None, tuple[str, ...] | None], ...]
    wanted = ((None, None), (POOLS[0], None), (None, UNITS[:2]))
    for pool, units in wanted:
        ever = runs.spans(
            log.connection, pool=pool, units=units, start=BEGINNING, end=FOREVER,
            known_at=book.head,
        )  # fmt: skip
        for at in map(day, range(0, 100, 7)):
            there = runs.spans_at(
                log.connection, pool=pool, units=units, valid_at=at, known_at=book.head
            )
            assert there == [one for one in ever if one.start <= at < one.end]
