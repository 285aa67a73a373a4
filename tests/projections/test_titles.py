"""What units own, beside what they have in hand: what is lent stays the lender's own."""

from ledger.periods import Instant
from projections.holdings.titles import Lent, Part, lent, owned, turns
from tests.projections.conftest import Log
from tests.support.facts import Book, day, granted, leg, released
from tests.support.facts import lent as lending


def lenders(log: Log) -> Book:
    """Vision lends 8 of its 20, and speech 4 of what it has borrowed, from day 10 to day 30."""
    book = Book()
    book.tell(granted("g", "vision", 20), granted("b", "speech", 10, borrowed=True))
    book.tell(lending("l", "g", "vision", 8, to="atlas", back=day(30)), on=day(10))
    book.tell(lending("m", "b", "speech", 4, to="atlas", back=day(30)), on=day(10))
    log.write(book)
    log.follow()
    return book


def titles(parts: list[Part]) -> list[Part]:
    """What is said of that what units own."""
    return sorted((one for one in parts if one.what == "title"), key=lambda one: one.quantity)


def read_at(log: Log, book: Book, at: Instant) -> tuple[list[Lent], list[Part]]:
    """What is lent at an instant, and what is owned and in hand."""
    loans = lent(log.connection, pool="h100", units=None, valid_at=at, known_at=book.head)
    parts = owned(
        log.connection, loans, pool="h100", units=None, valid_at=at, known_at=book.head
    )  # fmt: skip
    return loans, parts


def test_what_is_lent_is_still_owned_by_who_lent_it_unless_that_was_borrowed(log: Log) -> None:
    book = lenders(log)
    loans, parts = read_at(log, book, day(20))
    assert loans == [
        Lent("h100", "speech", "borrowed", "atlas", 4),
        Lent("h100", "vision", "guaranteed", "atlas", 8),
    ]
    assert [one for one in parts if one.what != "title"] == [
        Part("h100", "atlas", "borrowed", day(20), 12),
        Part("h100", "speech", "borrowed", day(20), 6),
        Part("h100", "vision", "guaranteed", day(20), 12),
    ]
    assert titles(parts) == [
        Part("h100", "vision", "title", day(20), 8),
        Part("h100", "vision", "title", day(20), 12),
    ]


def test_a_loan_that_begins_or_comes_back_changes_what_is_in_hand_and_not_what_is_owned(
    log: Log,
) -> None:
    book = lenders(log)
    found = turns(
        log.connection, pool="h100", units=None, start=day(5), end=day(40), known_at=book.head
    )
    assert titles(found) == []
    in_hand = sorted((one.unit, one.at, one.quantity) for one in found)
    assert in_hand == [
        ("atlas", day(10), 4), ("atlas", day(10), 8),
        ("atlas", day(30), -8), ("atlas", day(30), -4),
        ("speech", day(10), -4), ("speech", day(30), 4),
        ("vision", day(10), -8), ("vision", day(30), 8),
    ]  # fmt: skip


def test_what_is_granted_or_given_back_changes_what_is_owned(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 20, ends=day(30)), on=day(10))
    book.tell(released(leg("g", "vision", 5)), on=day(20))
    log.write(book)
    log.follow()
    found = turns(
        log.connection, pool="h100", units=None, start=day(5), end=day(40), known_at=book.head
    )
    assert [(one.at, one.quantity) for one in titles(found)] == [
        (day(30), -20), (day(20), -5), (day(30), 5), (day(10), 20),
    ]  # fmt: skip
