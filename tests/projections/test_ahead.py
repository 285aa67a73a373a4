"""What all will have at instants ahead is what is read there, and what starts is counted once."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from ledger.periods import shifted
from projections.holdings import changes
from projections.holdings.ahead import Ahead, ahead
from projections.holdings.read import held_of_pools
from tests.projections.conftest import Log
from tests.projections.histories import POOLS, Author
from tests.support.facts import day

JUST = timedelta(microseconds=1)


@pytest.mark.parametrize("seed", range(40, 46))
def test_what_comes_is_what_is_read_then(log: Log, seed: int) -> None:
    book = Author(seed).write(60)
    log.write(book)
    log.follow(9)
    random = Random(seed)
    for known_at in (book.head, *random.choices(range(1, book.head), k=5)):
        since = day(random.randint(0, 60))
        later = [shifted(since, timedelta(days=days)) for days in (1, random.randint(2, 20), 40)]
        found = ahead(log.connection, since=since, later=later, known_at=known_at)
        before = held_of_pools(log.connection, valid_at=since, known_at=known_at)
        for place, at in enumerate(later):
            then = held_of_pools(log.connection, valid_at=at, known_at=known_at)
            starts = Counter[str]()
            for one in changes.between(
                log.connection, pool=None, units=None, start=shifted(since, JUST),
                end=shifted(at, JUST), known_at=known_at,
            ):  # fmt: skip
                starts[one.pool] += one.quantity if one.kind == "starts" else 0
            for pool in POOLS:
                expected = Ahead(then.get(pool, 0) - before.get(pool, 0), starts[pool])
                assert found.get(pool, [Ahead(0, 0)] * len(later))[place] == expected
