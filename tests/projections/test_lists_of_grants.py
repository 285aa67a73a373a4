"""Grants as they are listed at an instant: from when they begin until they end."""

import pytest

from ledger.periods import Instant
from projections.holdings import read
from tests.projections.conftest import Log
from tests.support.facts import Book, day, granted, named


def of_three(log: Log) -> Book:
    """A grant from day 1 to day 10, one from day 10 to day 20, and one from day 5 on."""
    book = Book()
    book.tell(granted("first", "vision", 8, ends=day(10)), on=day(1))
    book.tell(granted("second", "vision", 8, ends=day(20)), on=day(10))
    book.tell(granted("open", "speech", 8), on=day(5))
    log.write(book)
    log.follow()
    return book


def called(found: list[read.GrantFacts]) -> list[str]:
    """Grants by their short names."""
    names = {named(name): name for name in ("first", "second", "open")}
    return [names[one.grant] for one in found]


BEFORE = "2026-01-10T23:59:59.999999Z"
"""One instant before day 10."""


@pytest.mark.parametrize(
    ("at", "begun", "found"),
    [
        (Instant(BEFORE), True, ["first", "open"]),
        (Instant(BEFORE), False, ["second"]),
        (day(10), True, ["second", "open"]),
        (day(10), False, []),
    ],
)
def test_at_its_end_a_grant_has_ended_and_at_its_start_it_has_begun(
    log: Log, at: Instant, begun: bool, found: list[str]
) -> None:
    book = of_three(log)
    ending = read.ending(
        log.connection, units=None, valid_at=at, known_at=book.head, begun=begun, after=0, limit=9
    )
    assert called(ending) == found


@pytest.mark.parametrize(
    ("at", "ended", "found"),
    [
        (Instant(BEFORE), False, ["first", "open", "second"]),
        (day(10), False, ["open", "second"]),
        (day(10), True, ["first", "open", "second"]),
    ],
)
def test_a_grant_is_listed_until_it_ends_and_afterwards_only_when_those_are_asked_for(
    log: Log, at: Instant, ended: bool, found: list[str]
) -> None:
    book = of_three(log)
    listed = read.grants_of(
        log.connection, pool="h100", units=None, valid_at=at, known_at=book.head, ended=ended
    )
    assert called(listed) == found
