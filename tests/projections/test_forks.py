"""A period belongs to one point, and the way to an instant passes the point of all around it."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.periods import EPOCH, FOREVER
from projections.holdings.forks import (
    LEVELS_OF_HOURS,
    fork,
    fork_of_hours,
    way,
    way_of_hours,
    way_of_positions,
)
from projections.sheets import micros_2000
from tests.projections.conftest import Log
from tests.support.facts import day

POINTS = st.integers(min_value=0, max_value=2**LEVELS_OF_HOURS - 1)


@given(st.lists(POINTS, min_size=3, max_size=3).map(sorted))
def test_the_way_to_a_point_passes_every_period_around_it(points: list[int]) -> None:
    first, point, last = points
    assert fork(first, last) in way(point, LEVELS_OF_HOURS)


@given(POINTS, POINTS)
def test_a_way_is_short(point: int, other: int) -> None:
    assert len(way(point, LEVELS_OF_HOURS)) <= LEVELS_OF_HOURS + 1
    assert way_of_positions(other) == sorted(set(way_of_positions(other)))


def test_hours_reach_from_the_founding_to_for_ever() -> None:
    first, last = micros_2000(EPOCH), micros_2000(FOREVER)
    assert fork_of_hours(first, first) == 0
    assert fork_of_hours(last, last) < 2**LEVELS_OF_HOURS
    for instant in (EPOCH, day(0), FOREVER):
        assert fork_of_hours(first, last) in way_of_hours(instant)


def test_the_tables_fork_as_the_fold_does(log: Log) -> None:
    log.follow()
    pairs = [(1, 1), (1, 2), (7, 8), (5, 6), (1023, 1024), (1, 2**40), (123456, 123457)]
    for first, last in pairs:
        query = "SELECT proj_holdings.fork(%s::bigint, %s::bigint)"
        (row,) = log.connection.execute(query, [first, last]).fetchall()
        assert row[0] == fork(first, last)
    assert fork(5, 6) == 6
