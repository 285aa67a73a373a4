"""What came back to a pool last is found behind many grants that ended with nothing in them."""

from projections.holdings.freed import MOST, freed
from tests.projections.conftest import Log
from tests.support.facts import Book, day, granted, leg, moved, named


def test_grants_that_end_with_nothing_in_them_gave_nothing_back(log: Log) -> None:
    book = Book()
    book.tell(granted("old", "lab", 5, ends=day(10)))
    for number in range(4 * MOST + 1):
        book.tell(granted(f"g{number}", "lab", 2, ends=day(11)))
        book.tell(moved(leg(f"g{number}", "lab", 2), to="vision", into=f"to {number}"))
    book.tell(granted("new", "lab", 3), recorded=day(12))
    log.write(book)
    log.follow()
    found = freed(
        log.connection, pool="h100", quantity=3, by=day(12), besides=named("new"),
        known_at=book.head,
    )  # fmt: skip
    assert [(one.grant, one.kind, one.quantity) for one in found] == [(named("old"), "ends", -5)]
