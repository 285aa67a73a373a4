"""A period belongs to one point, and the way to an instant passes the point of all around it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledger.periods import EPOCH, FOREVER, from_datetime, to_datetime
from projections.holdings.forks import (
    LEVELS_OF_HOURS,
    fork,
    fork_of_hours,
    sides_of_hours,
    way,
    way_of_positions,
)
from projections.sheets import micros_2000
from tests.projections.conftest import Log
from tests.support.facts import day

POINTS = st.integers(min_value=0, max_value=2**LEVELS_OF_HOURS - 1)
HOURS = st.integers(min_value=0, max_value=70_000_000)


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
        _, before, behind = sides_of_hours(instant)
        assert fork_of_hours(first, last) in before + behind


@given(st.lists(HOURS, min_size=3, max_size=3).map(sorted))
def test_a_point_before_an_hour_is_of_what_began_and_one_behind_it_of_what_lasts(
    hours: list[int],
) -> None:
    first, hour, last = hours
    instant = from_datetime(to_datetime(EPOCH) + timedelta(hours=hour, minutes=30))
    own, before, behind = sides_of_hours(instant)
    assert own == hour
    assert (fork(first, last) in before) == (fork(first, last) <= hour)
    assert (fork(first, last) in behind) == (fork(first, last) > hour)


@given(POINTS, POINTS, POINTS)
def test_periods_forked_before_an_hour_began_by_then_and_those_behind_it_end_later(
    one: int, other: int, hour: int
) -> None:
    first, last = sorted((one, other))
    if fork(first, last) < hour:
        assert first < hour
    if fork(first, last) > hour:
        assert last > hour


def test_the_tables_fork_as_the_fold_does(log: Log) -> None:
    log.follow()
    pairs = [(1, 1), (1, 2), (7, 8), (5, 6), (1023, 1024), (1, 2**40), (123456, 123457)]
    for first, last in pairs:
        query = "SELECT proj_holdings.fork(%s::bigint, %s::bigint)"
        (row,) = log.connection.execute(query, [first, last]).fetchall()
        assert row[0] == fork(first, last)
    assert fork(5, 6) == 6
