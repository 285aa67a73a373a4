"""An event that was corrected very often: each correction is read once, whoever asks for all."""

import pytest

from ledger.events import Corrected
from ledger.facts import Correction, Extension, PoolOpening
from ledger.sayings import Saying, sayings
from projections.history import read
from projections.history.model import HISTORY
from projections.history.revisions import changes
from projections.history.search import Search, parse
from projections.history.then import Then, by_name
from projections.statements import numbers, rows
from tests.projections.conftest import Log
from tests.support.facts import Book, day, granted, named

OFTEN = 40


@pytest.fixture
def corrected(log: Log) -> Book:
    """A grant that was corrected very often; once in between its end was moved."""
    book = Book()
    book.tell(PoolOpening(pool="h100", title="h100", unit_label="gpu", granule=1))
    book.tell(granted("g", "vision", 64))
    for one in range(OFTEN):
        if one == OFTEN // 2:
            book.tell(Extension(grant=named("g"), ends_at=day(90), was_ends_at=None))
        book.correct(2, granted("g", "vision", 100 + one))
    log.write(book)
    log.follow(100, restarting=False, models=(HISTORY,))
    return book


def test_a_page_fetches_what_was_said_once(log: Log, corrected: Book) -> None:
    given = {"positions": numbers(range(1, corrected.head + 1)), "known_at": corrected.head}
    assert len(rows(log.connection, read.SQL["told"], given)) < 5 * corrected.head
    page = read.page(log.connection, Search(), known_at=corrected.head)
    # It speaks of the grant as it was believed when it was recorded.
    extension = page[2 + OFTEN // 2]
    assert f"The {99 + OFTEN // 2} gpu of h100 granted to vision" in extension.sentence


def test_what_each_changed_is_told_from_one_reading(
    log: Log, corrected: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_of: list[int] = []

    def reading(correction: Correction) -> tuple[Saying | None, Saying | None]:
        read_of.append(correction.corrects)
        return sayings(correction)

    monkeypatch.setattr("projections.history.revisions.sayings", reading)
    events = [one for one in corrected.events if isinstance(one, Corrected)]
    found = changes(log.connection, events)
    assert len(read_of) <= 3 * OFTEN
    owned = [[quantity for _, _, quantity in change.own] for (change,) in found.values()]
    assert owned == [[36], *[[1]] * (OFTEN - 1)]
    assert [one.position for one in read.page(
        log.connection, parse("flag:correction"), known_at=corrected.head
    )] == [one.position for one in events]  # fmt: skip


def test_what_was_known_then_is_the_last_that_was_told_by_then() -> None:
    told = by_name([(3, "g", 1), (5, "h", 2), (7, "g", 3)])
    assert [dict(Then(told, position)) for position in (2, 3, 6, 7)] == [
        {}, {"g": 1}, {"g": 1, "h": 2}, {"g": 3, "h": 2},
    ]  # fmt: skip
    assert (len(Then(told, 6)), Then(told, 6).get("k"), Then(told, 4).get("h")) == (2, None, None)
