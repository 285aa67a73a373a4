"""What people type into the time bar, and what it means."""

import pytest

from api.web.clocks import Clocks, read_clocks, read_time, short, steps
from ledger.periods import Instant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-03-01", "2026-03-01T00:00:00.000000Z"),
        (" 2026-03-01 12:30 ", "2026-03-01T12:30:00.000000Z"),
        ("2026-03-01T12:30:05.25", "2026-03-01T12:30:05.250000Z"),
        ("2026-03-01T12:30:00+02:00", "2026-03-01T10:30:00.000000Z"),
        ("2026-03-01T12:30:00.000001Z", "2026-03-01T12:30:00.000001Z"),
        ("now", None),
        ("", None),
    ],
)
def test_a_time_may_be_short_and_is_utc(typed: str, meant: str | None) -> None:
    assert read_time(typed) == meant


@pytest.mark.parametrize("typed", ["yesterday", "2026-02-30", "12:30", "2026-03-01 25:00", "1"])
def test_what_is_no_time_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        read_time(typed)


def test_known_at_is_a_position_or_a_time() -> None:
    assert read_clocks("", "1,204") == Clocks(known_at=1204)
    assert read_clocks("2026-03-01", "2026-03-02") == Clocks(
        valid_at=Instant("2026-03-01T00:00:00.000000Z"),
        known_at=Instant("2026-03-02T00:00:00.000000Z"),
    )
    assert read_clocks("now", "latest") == Clocks()


def test_links_keep_exactly_what_was_asked() -> None:
    assert Clocks().kept == {}
    asked = read_clocks("2026-03-01 08:00:00.000001", "77")
    assert read_clocks(**asked.kept) == asked


def test_steps_lead_to_midnights() -> None:
    at = Instant("2026-03-01T15:45:00.000000Z")
    assert [step.sets["valid_at"] for step in steps(at)][2:6] == [
        "2026-02-22", "2026-02-28", "2026-03-02", "2026-03-08",
    ]  # fmt: skip
    assert steps(at)[3].says == "1 day earlier"


@pytest.mark.parametrize("shown", [
    "2026-03-01", "2026-03-01 12:30", "2026-03-01T12:30:05.000000Z", "2026-03-01T12:30:20.000000Z",
    "2026-03-01T12:30:00.000001Z", "2026-03-01 00:01", "2026-03-01T00:00:00.500000Z",
])  # fmt: skip
def test_the_bar_shows_a_time_as_short_as_it_reads_back(shown: str) -> None:
    instant = read_time(shown)
    assert instant is not None
    assert short(instant) == shown
