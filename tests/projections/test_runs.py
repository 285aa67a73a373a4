"""What grants have over time is, at any instant, what a naive reading says they have in hand."""

import pytest

from ledger.periods import Instant
from projections.holdings.runs import spans, spans_and_owned
from tests.projections.belief import Belief
from tests.projections.conftest import Log
from tests.projections.histories import UNITS, Author
from tests.support.facts import Book, day, granted, lent, named


def at_once(log: Log, at: Instant) -> dict[tuple[str, str, str, str], int]:
    """What each grant has at an instant, by its spans over a year."""
    found = spans(
        log.connection, pool=None, units=None, start=day(-30), end=day(335), known_at=log.head()
    )
    return {
        (one.pool, one.unit, one.grant, one.grant_class): one.quantity
        for one in found
        if one.start <= at < one.end
    }


@pytest.mark.parametrize("seed", range(2))
def test_spans_say_what_every_grant_has_at_any_instant(log: Log, seed: int) -> None:
    book = Author(seed).write(120)
    log.write(book)
    log.follow()
    told = Belief(book.events)
    for number in range(-10, 300, 13):
        assert at_once(log, day(number)) == told.held(day(number))
    held, _ = spans_and_owned(
        log.connection, units=UNITS, start=day(-30), end=day(335), known_at=log.head()
    )
    of_all = spans(
        log.connection, pool=None, units=UNITS, start=day(-30), end=day(335), known_at=log.head()
    )
    assert sorted(held, key=str) == sorted(of_all, key=str)


def test_a_lender_has_all_of_it_in_hand_again_once_a_loan_is_back(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 128, ends=day(90)), on=day(1))
    book.tell(lent("l", "g", "vision", 80, to="atlas", back=day(20)), on=day(10))
    log.write(book)
    log.follow()
    held, owned = spans_and_owned(
        log.connection, units=["vision", "atlas"], start=day(0), end=day(100), known_at=2
    )
    lender = [one for one in held if one.grant == named("g")]
    assert [(one.start, one.end, one.quantity) for one in lender] == [
        (day(1), day(10), 128), (day(10), day(20), 48), (day(20), day(90), 128),
    ]  # fmt: skip
    assert [one.quantity for one in held if one.grant == named("l")] == [80]
    whole = [(one.grant, one.start, one.end, one.quantity) for one in owned]
    assert whole == [(named("g"), day(1), day(90), 128)]
