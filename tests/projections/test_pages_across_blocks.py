"""Pages of the history lead through a log that is longer than a block of bits, in either order."""

import pytest

from projections.history import blocks, read
from projections.history.read import Order
from projections.history.search import Named, Search, Words
from tests.projections.conftest import Log
from tests.projections.histories import Author

ROWS = 70
ALL = Search()
SOME = Search((Named("unit", "vision"),))
CLOSELY = Search((Words(("deadline", "moved")),))


@pytest.fixture(name="longer")
def longer_log(log: Log) -> Log:
    """A log over three blocks."""
    log.write(Author(43).write(2200))
    log.follow()
    assert blocks.block_of(log.head()) >= 2
    return log


def paged(log: Log, search: Search, order: Order) -> list[int]:
    """Every position that a search finds, page by page."""
    found: list[int] = []
    while True:
        page = read.page(
            log.connection, search, known_at=log.head(), order=order, limit=ROWS,
            beyond=found[-1] if found else None,
        )  # fmt: skip
        found += [entry.position for entry in page]
        if len(page) < ROWS:
            return found


def test_pages_lead_through_every_block_in_order(longer: Log) -> None:
    assert paged(longer, ALL, "asc") == list(range(1, longer.head() + 1))
    for search in (ALL, SOME, CLOSELY):
        rising = paged(longer, search, "asc")
        assert len({blocks.block_of(position) for position in rising}) > 1
        assert rising == sorted(rising)
        assert paged(longer, search, "desc") == rising[::-1]
