"""The history after corrections: what they name, which flags they have, what they stand for."""

import pytest
from msgspec.structs import replace

from ledger.facts import CapacityChange, Extension, PoolOpening
from projections.history import read
from projections.history.flags import flags
from projections.history.model import HISTORY
from projections.history.search import Search, parse
from tests.projections.conftest import Log
from tests.support.facts import Book, day, forecast, granted, leg, lent, moved, named, released

POOL = PoolOpening(pool="h100", title="h100", unit_label="gpu", granule=1)


def history(log: Log, book: Book) -> None:
    """Let the history follow a book, one event at a time, with a restart after each."""
    log.write(book)
    log.follow(1, restarting=True, models=(HISTORY,))


def found(log: Log, q: str) -> list[int]:
    """The positions that a search finds."""
    page = read.page(log.connection, parse(q), known_at=log.head())
    return [entry.position for entry in page]


def test_a_correction_names_what_was_and_what_is(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64))
    book.tell(Extension(grant=named("g"), ends_at=day(90), was_ends_at=None))
    book.correct(1, granted("g", "speech", 64))
    book.tell(Extension(grant=named("g"), ends_at=day(80), was_ends_at=day(90)))
    book.correct(4, None)
    history(log, book)
    assert found(log, "unit:vision") == [1, 2, 3]
    assert found(log, "unit:speech") == [3, 4, 5], "from the correction on it is of speech"
    assert found(log, f"grant:{named('g')}") == [1, 2, 3, 4, 5]
    assert found(log, "pool:h100") == [1, 2, 3, 4, 5]
    assert found(log, "flag:correction") == [3, 5]
    assert found(log, "topic:corrected") == [3, 5]


def test_what_was_corrected_to_nothing_is_still_named_by_what_it_said(log: Log) -> None:
    book = Book()
    book.tell(moved(leg("g", "vision", 8), to="atlas", into="h"))
    book.correct(1, None)
    book.tell(forecast("h", (8, day(9))))
    book.tell(lent("l", "h", "atlas", 2, to="speech", back=day(20)))
    history(log, book)
    assert found(log, "unit:atlas") == [1, 2, 3, 4]
    assert found(log, "unit:vision") == [1, 2]
    assert found(log, "unit:speech") == [4]


def test_an_entry_names_the_correction_that_stands_as_known(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 128))
    for quantity in (256, 64, 128):
        book.correct(1, granted("g", "vision", quantity))
    history(log, book)

    def corrected_by(known_at: int) -> list[int | None]:
        page = read.page(log.connection, Search(), known_at=known_at)
        return [entry.corrected_by for entry in page]

    assert corrected_by(1) == [None]
    assert corrected_by(2) == [2, None]
    assert corrected_by(3) == [3, 3, None]
    assert corrected_by(4) == [4, 3, 4, None]


def test_a_sentence_says_what_was_believed_when_it_was_recorded(log: Log) -> None:
    book = Book()
    book.tell(POOL)
    book.tell(granted("g", "vision", 128))
    ending = Extension(grant=named("g"), ends_at=day(90), was_ends_at=None)
    book.tell(ending)
    book.correct(2, granted("g", "speech", 64))
    nodes = PoolOpening(pool="h100", title="h100", unit_label="node", granule=1)
    book.correct(1, nodes)
    book.tell(ending)
    history(log, book)
    page = read.page(log.connection, Search(), known_at=6)
    said = [entry.sentence for entry in page]
    assert said[2].startswith("The 128 gpu of h100 granted to vision now end")
    assert '"speech was granted 64 gpu of h100 from' in said[3]
    assert said[5].startswith("The 64 node of h100 granted to speech now end")
    early = read.page(log.connection, Search(), known_at=3)
    assert [entry.sentence for entry in early] == said[:3], "an answer about the past stays"


def test_a_correction_of_what_is_still_to_come_is_a_revision() -> None:
    book = Book()
    book.tell(granted("g", "vision", 64, ends=day(60)), on=day(-3))
    book.tell(released(leg("g", "vision", 8)), on=day(45))
    book.tell(Extension(grant=named("g"), ends_at=day(90), was_ends_at=day(60)))
    book.correct(1, granted("g", "vision", 64, ends=day(70)))
    book.correct(1, granted("g", "vision", 32, ends=day(70)))
    book.correct(2, released(leg("g", "vision", 8)), on=day(61))
    book.correct(2, None)
    book.correct(3, None)
    book.correct(2, released(leg("g", "vision", 8)), on=day(-1))
    assert [flags(event)[1:] for event in book.events[3:]] == [
        ("revision",), (), ("revision",), ("revision",), ("revision",), (),
    ]  # fmt: skip
    assert all(flags(event)[0] == "correction" for event in book.events[3:])


@pytest.mark.parametrize(
    ("instead", "is_owed"),
    [
        (None, True),
        (granted("g", "vision", 32, ends=day(60)), True),
        (granted("g", "vision", 64, ends=day(50)), True),
        (granted("g", "vision", 96, ends=day(50)), True),
        (granted("g", "vision", 64, ends=day(70)), False),
        (granted("g", "vision", 96, ends=day(60)), False),
    ],
)
def test_words_are_owed_for_a_plan_that_was_cut_in_an_incident(
    instead: object, is_owed: bool
) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64, ends=day(60)), on=day(30))
    book.correct(1, instead, reason=None, code="incident")  # pyright: ignore[reportArgumentType]
    expected = ("correction", "revision", *(("reason_debt",) if is_owed else ()))
    assert flags(book.events[1]) == expected


def test_no_words_are_owed_for_capacity_or_for_a_loan() -> None:
    book = Book()
    book.tell(CapacityChange(pool="h100", kind="lost", quantity=8), on=day(30))
    book.correct(1, None, reason=None, code="incident")
    book.tell(lent("l", "g", "vision", 8, to="atlas", back=day(9)), code="incident")
    assert [flags(event) for event in book.events[1:]] == [("correction", "revision"), ()]


def test_what_is_borrowed_or_confirmed_by_another_is_flagged_and_found(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 8, borrowed=True), reason="beyond the budget")
    (confirmed,) = book.tell(granted("h", "vision", 8), reason="for my own team")
    book.events[1] = replace(confirmed, confirmed_by="sue")
    book.tell(moved(leg("h", "vision", 4), to="atlas", into="i"), reason="agreed")
    book.tell(lent("l", "i", "atlas", 2, to="speech", back=day(20)), reason="agreed")
    assert [flags(event) for event in book.events] == [("borrowed",), ("second_person",), (), ()]
    history(log, book)
    assert found(log, "flag:borrowed") == [1]
    assert found(log, "flag:second_person") == [2]


def test_what_overrides_a_rule_is_flagged() -> None:
    book = Book()
    taken = released(leg("g", "vision", 64))
    book.tell(taken, overrides=("notice",), reason="the lab is on fire")
    book.tell(granted("g", "vision", 1), overrides=("breach",), reason="agreed")
    assert [flags(event) for event in book.events] == [("override",), ("override", "breach")]


def test_a_grant_corrected_twice_is_of_whom_it_was_said_to_be_last(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64))
    book.correct(1, granted("g", "speech", 64))
    book.correct(1, granted("g", "atlas", 64))
    book.tell(Extension(grant=named("g"), ends_at=day(90), was_ends_at=None))
    history(log, book)
    assert found(log, "unit:atlas") == [3, 4]
    assert found(log, "unit:speech") == [2, 3]
