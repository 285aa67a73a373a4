"""Stamps: times that rise, ids that say when."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.periods import from_datetime
from ledger.stamping import CHANCE_BYTES, Stamps, uuid7

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CHANCE = bytes(range(CHANCE_BYTES))
MOMENTS = st.datetimes(
    datetime(1970, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip


@given(MOMENTS, st.binary(min_size=CHANCE_BYTES, max_size=CHANCE_BYTES))
def test_an_id_is_a_uuid_of_version_7_of_its_millisecond(moment: datetime, chance: bytes) -> None:
    text = uuid7(moment, chance)
    made = UUID(text)
    assert str(made) == text
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int & 0xFFFF == 0
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    assert made.int >> 80 == since // timedelta(milliseconds=1)


def test_all_of_the_chance_there_is_goes_into_an_id() -> None:
    ids = {uuid7(NOON, (1 << bit).to_bytes(CHANCE_BYTES)) for bit in range(58)}
    assert len(ids) == 58
    assert len({*ids, uuid7(NOON, bytes(CHANCE_BYTES))}) == 59


def test_a_refused_ask_takes_no_time_and_a_decision_a_microsecond() -> None:
    stamps = Stamps()
    first, second = stamps.next(NOON, CHANCE), stamps.next(NOON, CHANCE)
    assert first.recorded_at == second.recorded_at == from_datetime(NOON)
    stamps.follow(second.recorded_at)
    after = from_datetime(NOON + timedelta(microseconds=1))
    assert stamps.next(NOON, CHANCE).recorded_at == after


@pytest.mark.parametrize("back", [timedelta(microseconds=1), timedelta(days=400)])
def test_a_clock_that_is_set_back_stands_still_until_it_catches_up(back: timedelta) -> None:
    stamps = Stamps()
    stamps.next(NOON, CHANCE)
    assert stamps.next(NOON - back, CHANCE).recorded_at == from_datetime(NOON)
    later = NOON + timedelta(seconds=1)
    assert stamps.next(later, CHANCE).recorded_at == from_datetime(later)
