"""What the queue counts with is what supply tells, pool by pool, whichever pools are asked of."""

from datetime import timedelta
from random import Random

import pytest

from api.reads.look import Look
from api.reads.room import Room, room
from api.reads.supply import Known, known_of
from ledger.periods import FOREVER, MICROSECOND, Instant, shifted
from ledger.steps import Steps
from projections.holdings.over_time import turns_of_pools
from tests.projections.conftest import Log
from tests.projections.histories import POOLS, Author
from tests.support.facts import day

UNTIL = shifted(FOREVER, timedelta(days=-1))
BEFORE = shifted(UNTIL, -MICROSECOND)
"""Supply tells of changes at its last instant, too."""


def told(known: Known, start: Instant) -> tuple[Steps, Steps]:
    """What supply tells of a pool, surely and likely."""
    certain, likely = (
        Steps.of([(start, known.free), *((turn.at, turn.cause.quantity) for turn in turns)])
        for turns in (known.certain, known.likely)
    )
    return certain, likely


def looked_at(log: Log, start: Instant, known_at: int) -> tuple[Look, dict[str, Room]]:
    """One look, and what is free of each pool by itself and of all together."""
    look = Look(connection=log.connection, reflected=log.head(), head=log.head(), now=start)
    every = room(look, POOLS, start, UNTIL, known_at)
    return look, {pool: room(look, [pool], start, UNTIL, known_at) for pool in POOLS} | {"": every}


@pytest.mark.parametrize("seed", [60, 61, 63, 67])
def test_the_room_of_pools_is_their_supply(log: Log, seed: int) -> None:
    book = Author(seed).write(160)
    log.write(book)
    log.follow(9)
    random = Random(seed)
    differ = 0
    for known_at in (book.head, *random.choices(range(1, book.head), k=5)):
        start = book.events[known_at - 1].recorded_at
        start = random.choice((start, start, day(random.randint(0, 60))))
        look, found = looked_at(log, start, known_at)
        for pool in POOLS:
            certain, likely = told(known_of(look, pool, start, BEFORE, known_at), start)
            for one in (found[pool], found[""]):
                assert one.certain[pool] == certain
                assert one.likely[pool] == likely
            differ += certain != likely
    assert differ, "or forecasts would not count"


def test_a_pool_that_opens_later_has_room_from_then_on(log: Log) -> None:
    book = Author(1).write(1)
    log.write(book)
    log.follow(9)
    start = day(-400)
    _, found = looked_at(log, start, book.head)
    for pool in POOLS:
        assert found[""].certain[pool].at(start) == 0
        assert found[""].certain[pool].at(day(400)) > 0


def test_what_all_have_of_one_pool_tells_of_no_other(log: Log) -> None:
    book = Author(2).write(60)
    log.write(book)
    log.follow(9)

    def told_of(pool: str | None) -> list[tuple[str, Instant, int]]:
        found = turns_of_pools(
            log.connection, pool=pool, start=day(30), end=UNTIL, known_at=book.head
        )
        return sorted(found)

    assert {pool for pool, _, _ in told_of(None)} == set(POOLS)
    for pool in POOLS:
        assert told_of(pool) == [one for one in told_of(None) if one[0] == pool]
