"""Quantities over time cut into steps, and the unit-hours in them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reads.stretches import (
    Piece,
    Stretch,
    edges,
    from_change_to_change,
    in_hours,
    in_seconds,
    in_steps,
    level,
)
from ledger.periods import EPOCH, Instant, from_micros, to_instant

HOUR = 3_600_000_000


def hour(number: int) -> Instant:
    return from_micros(number * HOUR)


def test_pieces_add_up_and_equal_neighbours_are_one_step() -> None:
    steps = level(
        [Piece(hour(0), hour(2), 8), Piece(hour(2), hour(3), 8), Piece(hour(1), hour(4), 4)]
    )
    assert steps == [
        Piece(hour(0), hour(1), 8), Piece(hour(1), hour(3), 12), Piece(hour(3), hour(4), 4),
    ]  # fmt: skip


def test_between_two_steps_with_nothing_there_is_no_step() -> None:
    steps = level([Piece(hour(0), hour(1), 8), Piece(hour(2), hour(3), 8)])
    assert [(one.start, one.end) for one in steps] == [(hour(0), hour(1)), (hour(2), hour(3))]
    assert level([]) == []


def test_a_step_has_the_quantity_at_its_start_and_the_time_of_all_of_it() -> None:
    steps = level([Piece(hour(0), hour(1), 8), Piece(hour(1), hour(3), 16)])
    assert list(in_steps(steps, [hour(0), hour(2), hour(3), hour(4)])) == [
        Stretch(hour(0), hour(2), 8, 24 * HOUR),
        Stretch(hour(2), hour(3), 16, 16 * HOUR),
    ]


def test_a_step_before_anything_is_held_begins_with_nothing() -> None:
    steps = level([Piece(hour(1), hour(2), 8)])
    assert list(in_steps(steps, [hour(0), hour(2)])) == [Stretch(hour(0), hour(2), 0, 8 * HOUR)]


pieces = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 20), st.integers(1, 9)).map(
        lambda one: Piece(hour(one[0]), hour(one[0] + one[1]), one[2])
    ),
    max_size=6,
)


@given(pieces, st.lists(st.integers(0, 70), min_size=2, max_size=8, unique=True))
def test_steps_of_any_length_hold_what_is_held_hour_by_hour(
    held: list[Piece], cuts: list[int]
) -> None:
    at = sorted(cuts)

    def quantity(number: int) -> int:
        return sum(one.quantity for one in held if one.start <= hour(number) < one.end)

    found = {one.start: one for one in in_steps(level(held), [hour(cut) for cut in at])}
    for start, end in pairwise(at):
        whole = sum(quantity(number) for number in range(start, end))
        if not whole:
            assert hour(start) not in found
            continue
        one = found[hour(start)]
        assert (one.end, one.quantity, one.unit_us) == (hour(end), quantity(start), whole * HOUR)
    total = sum(one.unit_us for one in from_change_to_change(level(held)))
    assert total == sum(quantity(number) for number in range(61)) * HOUR


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("12h", ["2026-01-31T00", "2026-01-31T12", "2026-02-01T00", "2026-02-01T06"]),
        ("1d", ["2026-01-31T00", "2026-02-01T00", "2026-02-01T06"]),
        ("1w", ["2026-01-31T00", "2026-02-01T06"]),
        ("9999mo", ["2026-01-31T00", "2026-02-01T06"]),
    ],
)
def test_steps_begin_at_the_first_instant_and_end_with_the_period(
    every: str, expected: list[str]
) -> None:
    start, end = to_instant("2026-01-31T00:00:00Z"), to_instant("2026-02-01T06:00:00Z")
    assert [at[:13] for at in edges(start, end, every)] == expected


def test_months_are_calendar_months() -> None:
    start, end = to_instant("2027-11-30T06:00:00Z"), to_instant("2028-04-01T00:00:00Z")
    assert [at[:13] for at in edges(start, end, "1mo")] == [
        "2027-11-30T06", "2027-12-30T06", "2028-01-30T06", "2028-02-29T06", "2028-03-30T06",
        "2028-04-01T00",
    ]  # fmt: skip


@pytest.mark.parametrize("every", ["", "d", "0d", "01d", "1", "1s", "1D", "-1d", "10000d", "1d "])
def test_a_length_that_makes_no_sense_is_refused(every: str) -> None:
    with pytest.raises(ValueError, match="every is a number"):
        edges(EPOCH, hour(1), every)


def test_there_are_never_too_many_steps() -> None:
    assert len(edges(EPOCH, hour(10_000), "1h")) == 10_001
    with pytest.raises(ValueError, match="at most 10,000"):
        edges(EPOCH, hour(10_001), "1h")


@pytest.mark.parametrize(
    ("unit_us", "hours", "seconds"),
    [
        (0, "0", "0"),
        (HOUR, "1", "3600"),
        (10 * HOUR, "10", "36000"),
        (HOUR // 2, "0.5", "1800"),
        (1_000_000, "0.000277777778", "1"),
        (1, "0.000000000278", "0.000001"),
        (2**53 * 8000 * 8760 * HOUR, str(2**53 * 8000 * 8760), str(2**53 * 8000 * 8760 * 3600)),
    ],
)
def test_unit_hours_are_decimals_without_an_exponent(
    unit_us: int, hours: str, seconds: str
) -> None:
    assert (in_hours(unit_us), in_seconds(unit_us)) == (hours, seconds)


@given(st.integers(0, 10**36))
def test_unit_seconds_are_exact(unit_us: int) -> None:
    whole, _, part = in_seconds(unit_us).partition(".")
    assert int(whole) * 1_000_000 + int(part.ljust(6, "0") or "0") == unit_us


@pytest.mark.parametrize(("every", "hours"), [("5h", 5), ("1d", 24), ("3d", 72), ("2w", 336)])
def test_steps_of_hours_days_and_weeks_are_as_long_as_they_say(every: str, hours: int) -> None:
    at = edges(hour(7), hour(1007), every)
    assert at == [*(hour(7 + place) for place in range(0, 1000, hours)), hour(1007)]
