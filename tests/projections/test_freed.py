"""What came back to a pool last is found behind all that did not come back, in one order."""

from ledger.facts import Extension
from ledger.periods import Instant
from projections.holdings.changes import Change
from projections.holdings.freed import MOST, freed
from tests.projections.conftest import Log
from tests.support.facts import Book, day, granted, leg, lent, moved, named, released


def made_room(log: Log, book: Book, quantity: int, by: Instant) -> list[Change]:
    """What came back to the pool last, and is enough for the grant `new`."""
    return freed(
        log.connection, pool="h100", quantity=quantity, by=by, besides=named("new"),
        known_at=book.head,
    )  # fmt: skip


def test_grants_that_end_with_nothing_in_them_gave_nothing_back(log: Log) -> None:
    book = Book()
    book.tell(granted("old", "lab", 5, ends=day(10)))
    for number in range(4 * MOST + 1):
        book.tell(granted(f"g{number}", "lab", 2, ends=day(11)))
        book.tell(moved(leg(f"g{number}", "lab", 2), to="vision", into=f"to {number}"))
    book.tell(granted("new", "lab", 3), recorded=day(12))
    log.write(book)
    log.follow()
    found = made_room(log, book, 3, day(12))
    assert [(one.grant, one.kind, one.quantity) for one in found] == [(named("old"), "ends", -5)]


def test_of_many_that_gave_back_at_one_instant_the_same_are_told_whatever_the_plan(
    log: Log,
) -> None:
    book = Book()
    names = [f"g{number:02}" for number in range(8 * MOST)]
    for name in names:
        book.tell(granted(name, f"unit-{name}", 2, ends=day(20)))
    book.tell(released(*(leg(name, f"unit-{name}", 1) for name in names)), recorded=day(10))
    book.tell(granted("new", "lab", 4), recorded=day(11))
    log.write(book)
    log.follow()
    last = [f"unit-{name}" for name in reversed(names)]
    for by, quantity in ((day(11), -1), (day(21), -1)):
        for index in ("on", "off"):
            log.connection.execute(f"SET enable_indexscan = {index}")
            log.connection.execute(f"SET enable_bitmapscan = {index}")
            found = made_room(log, book, 4, by)
            assert [(one.unit, one.quantity) for one in found] == [
                (unit, quantity) for unit in last[:4]
            ]


def test_loans_that_came_back_to_their_lender_hide_nobody_who_gave_back(log: Log) -> None:
    book = Book()
    book.tell(granted("old", "lab", 5, ends=day(9)), granted("gave", "lab", 9))
    book.tell(granted("lender", "vision", 200, ends=day(90)))
    for number in range(4 * MOST + 1):
        for name, back in ((f"due {number}", day(10)), (f"early {number}", day(60))):
            lending = lent(name, "lender", "vision", 2, to="atlas", back=back)
            book.tell(lending, on=day(1))
    book.tell(released(leg("gave", "lab", 3)), on=day(8))
    early = [leg(f"early {number}", "atlas", 1) for number in range(4 * MOST + 1)]
    book.tell(released(*early), recorded=day(11))
    book.tell(granted("new", "apps", 5), recorded=day(12))
    log.write(book)
    log.follow()
    found = made_room(log, book, 8, day(12))
    assert [(one.grant, one.quantity) for one in found] == [
        (named("old"), -5), (named("gave"), -3),
    ]  # fmt: skip


def test_what_came_back_at_the_very_instant_counts_and_what_comes_later_does_not(log: Log) -> None:
    book = Book()
    book.tell(granted("due", "lab", 2, ends=day(12)), granted("gave", "lab", 9))
    for at in (12, 13):
        book.tell(released(leg("gave", "lab", 3)), on=day(at))
    book.tell(granted("later", "lab", 5, ends=day(13)))
    book.tell(granted("new", "lab", 9), recorded=day(11))
    log.write(book)
    log.follow()
    found = made_room(log, book, 9, day(12))
    assert [(one.grant, one.quantity, one.at) for one in found] == [
        (named("gave"), -3, day(12)), (named("due"), -2, day(12)),
    ]  # fmt: skip


def test_what_a_loan_gave_back_to_its_lender_is_not_told_beside_what_the_lender_gave_back(
    log: Log,
) -> None:
    book = Book()
    book.tell(granted("lender", "vision", 20))
    book.tell(lent("loan", "lender", "vision", 8, to="atlas", back=day(60)), on=day(1))
    book.tell(released(leg("lender", "vision", 3)), on=day(8))
    book.tell(released(leg("loan", "atlas", 2)), on=day(9))
    book.tell(granted("new", "lab", 3), recorded=day(12))
    log.write(book)
    log.follow()
    found = made_room(log, book, 3, day(12))
    assert [(one.grant, one.quantity) for one in found] == [(named("lender"), -3)]


def test_a_loan_that_ends_with_its_lender_came_back_to_the_pool(log: Log) -> None:
    book = Book()
    book.tell(granted("lender", "atlas", 8, ends=day(10)))
    book.tell(lent("loan", "lender", "atlas", 2, to="vision", back=day(10)), on=day(1))
    for number in range(4 * MOST):
        book.tell(granted(f"g{number:02}", f"lab-{number:02}", 1, ends=day(10)))
    book.tell(granted("new", "lab", 3), recorded=day(12))
    log.write(book)
    log.follow()
    found = made_room(log, book, 3, day(12))
    assert [(one.unit, one.quantity) for one in found] == [("vision", -2), ("lab-19", -1)]


def test_releases_that_fell_away_hide_nobody_who_gave_back(log: Log) -> None:
    book = Book()
    book.tell(granted("gave", "lab", 9))
    for number in range(4 * MOST):
        book.tell(granted(f"g{number}", "vision", 2))
        book.tell(released(leg(f"g{number}", "vision", 1)), on=day(20))
    book.tell(released(leg("gave", "lab", 3)), on=day(8))
    for number in range(4 * MOST):
        book.tell(released(leg(f"g{number}", "vision", 2, ends=True)), on=day(5))
    book.tell(granted("new", "lab", 3), recorded=day(25))
    log.write(book)
    log.follow()
    found = made_room(log, book, 3, day(25))
    assert [(one.grant, one.at, one.quantity) for one in found] == [(named("gave"), day(8), -3)]


def test_lenders_that_end_with_all_lent_out_hide_nobody(log: Log) -> None:
    book = Book()
    book.tell(granted("old", "lab", 5, ends=day(8)))
    for number in range(4 * MOST):
        book.tell(granted(f"g{number}", "vision", 2, ends=day(90)))
        book.tell(
            lent(f"l{number}", f"g{number}", "vision", 2, to="atlas", back=day(60)), on=day(1)
        )
        book.tell(Extension(grant=named(f"g{number}"), ends_at=day(10), was_ends_at=day(90)))
    book.tell(granted("new", "lab", 3), recorded=day(12))
    log.write(book)
    log.follow()
    found = made_room(log, book, 3, day(12))
    assert [(one.grant, one.at, one.quantity) for one in found] == [(named("old"), day(8), -5)]


def test_a_release_due_when_the_grant_ends_falls_away_and_all_comes_back(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "lab", 5, ends=day(20)))
    book.tell(released(leg("g", "lab", 5)), on=day(10))
    book.tell(Extension(grant=named("g"), ends_at=day(10), was_ends_at=day(20)))
    book.tell(granted("new", "lab", 5), recorded=day(12))
    log.write(book)
    log.follow()
    found = made_room(log, book, 5, day(12))
    assert [(one.kind, one.at, one.quantity) for one in found] == [("ends", day(10), -5)]
