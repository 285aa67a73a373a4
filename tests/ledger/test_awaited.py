"""Grants wait for what they will do, whatever was tried, refused, taken back or corrected."""

import pytest

from ledger.awaited import SPARE, Awaited
from ledger.journal import Journal
from tests.support.in_memory import InMemory, day, lab

UNITS = ("vision", "speech")
ENDS = [day(30 + number) for number in range(40)]


def names(ledger: InMemory) -> list[str]:
    """Who waits for whichever instant."""
    return sorted(name for end in ENDS for name in ledger.state._awaited.at("h100", end))


@pytest.fixture
def ledger() -> InMemory:
    return lab(*UNITS, total=64)


def test_who_is_refused_or_tried_waits_for_nothing(ledger: InMemory) -> None:
    held = ledger.grant("vision", 60, ends_at=ENDS[0])
    for end in ENDS:
        ledger.refusal("grant", unit="speech", pool="h100", quantity=8, ends_at=end)
        ledger.ask("grant", unit="speech", pool="h100", quantity=1, ends_at=end, dry_run=True)
    assert names(ledger) == [held]


def test_who_has_nothing_left_waits_for_nothing(ledger: InMemory) -> None:
    for number, end in enumerate(ENDS):
        ledger.grant("vision", 8, ends_at=end)
        ledger.tell("release", unit="vision", pool="h100", quantity="all" if number % 2 else 8)
    assert names(ledger) == []


def test_who_is_extended_waits_for_the_new_end_alone(ledger: InMemory) -> None:
    held = ledger.grant("vision", 8, ends_at=ENDS[0])
    ledger.tell("extend", grant=held, ends_at=ENDS[1])
    assert [list(ledger.state._awaited.at("h100", end)) for end in ENDS[:2]] == [[], [held]]


def test_what_is_due_is_told_once_and_waits_again_when_that_is_taken_back() -> None:
    journal = Journal()
    awaited = Awaited(journal)
    awaited.wait("h100", day(2), "b")
    journal.hold()
    awaited.wait("h100", day(1), "c")
    awaited.wait("h100", day(2), "a")
    assert list(awaited.past(day(2))) == ["c", "a", "b"]
    assert list(awaited.past(day(2))) == []
    journal.take_back()
    assert (list(awaited.at("h100", day(1))), list(awaited.at("h100", day(2)))) == ([], ["b"])
    assert list(awaited.past(day(3))) == ["b"]


def test_what_nobody_waits_for_any_more_takes_no_room() -> None:
    awaited = Awaited(Journal())
    for number in range(10 * SPARE):
        awaited.wait("h100", day(number), "a")
        awaited.cease("h100", day(number), "a")
    awaited.wait("h100", day(5), "b")
    assert len(awaited._order) <= 2 * SPARE
    assert list(awaited.past(day(20 * SPARE))) == ["b"]
