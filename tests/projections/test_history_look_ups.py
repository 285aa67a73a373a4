"""A page of the history asks the database as seldom as it can, and says the same."""

from typing import Any, cast

import psycopg

from ledger.facts import About, Extension, NoteText, PoolOpening
from projections.history import read
from projections.history.flags import flags
from projections.history.search import Named, Search
from projections.statements import texts
from tests.projections.conftest import Log
from tests.support.facts import Book, day, granted, lent, named

POOL = PoolOpening(pool="h100", title="h100", unit_label="gpu", granule=1)
EVERYTHING = Search()


class Counted(psycopg.Cursor[Any]):
    """A cursor that counts what is asked."""

    asked = 0

    def execute(self, *args: Any, **more: Any) -> "Counted":
        """Count, and ask."""
        Counted.asked += 1
        return cast("Counted", super().execute(*args, **more))


def asked(log: Log, search: Search, **how: Any) -> tuple[int, list[str]]:
    """How often a page asks the database, and its sentences."""
    known_at = log.head()
    log.connection.cursor_factory = Counted
    Counted.asked = 0
    page = read.page(log.connection, search, known_at=known_at, **how)
    return Counted.asked, [entry.sentence for entry in page]


def grants(log: Log) -> Book:
    """Two grants, with what is said of them later."""
    book = Book()
    book.tell(POOL)
    book.tell(granted("g", "vision", 64))
    book.tell(lent("l", "g", "vision", 8, to="atlas", back=day(90)))
    book.tell(Extension(grant=named("g"), ends_at=day(80), was_ends_at=None))
    book.tell(Extension(grant=named("l"), ends_at=day(70), was_ends_at=day(90)))
    book.tell(NoteText(about=About(grant=named("g")), text="It ends"))
    log.write(book)
    log.follow()
    return book


def test_a_page_about_everybody_asks_once_and_about_a_unit_twice(log: Log) -> None:
    grants(log)
    count, said = asked(log, EVERYTHING)
    assert (count, len(said)) == (1, 6)
    count, said = asked(log, Search((Named("unit", "atlas"),)))
    assert (count, len(said)) == (2, 2)


def test_a_page_that_has_a_correction_asks_no_more_often(log: Log) -> None:
    book = grants(log)
    book.correct(2, granted("g", "vision", 32))
    book.tell(Extension(grant=named("g"), ends_at=day(60), was_ends_at=day(80)))
    log.write(book)
    log.follow()
    count, said = asked(log, EVERYTHING)
    assert (count, len(said)) == (1, 8)
    assert said[-1].startswith("The 32 gpu of h100 granted to vision now end on")


def test_a_page_tells_a_revision_by_all_that_was_said_of_the_grant(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64, ends=day(60)))
    book.tell(Extension(grant=named("g"), ends_at=day(90), was_ends_at=day(60)))
    book.correct(2, Extension(grant=named("g"), ends_at=day(80), was_ends_at=day(60)))
    book.tell(Extension(grant=named("g"), ends_at=day(40), was_ends_at=day(80)))
    book.correct(2, None)
    book.tell(granted("h", "atlas", 8, ends=day(60)))
    book.correct(6, granted("h", "atlas", 8, ends=day(70)))
    log.write(book)
    log.follow()
    page = read.page(log.connection, EVERYTHING, known_at=log.head())
    assert page[2].flags == page[6].flags == ("correction", "revision")
    assert flags(page[4].event) == ("correction", "revision"), "as far as a glance tells"
    assert page[4].flags == ("correction",), "the end that it takes back had been moved since"


def test_what_a_sentence_speaks_of_need_not_be_on_the_page(log: Log) -> None:
    grants(log)
    _, said = asked(log, EVERYTHING, order="desc", limit=4)
    assert said == [
        "Note on the 64 gpu of h100 granted to vision: It ends",
        (
            f"The 8 gpu of h100 lent by vision to atlas are recalled to {day(70)[:10]}"
            f" instead of {day(90)[:10]}"
        ),
        f"The 64 gpu of h100 granted to vision now end on {day(80)[:10]} and had no end before",
        (
            "8 gpu of h100 were lent by vision to atlas until"
            f" {day(90)[:10]}, out of the 64 gpu of h100 granted to vision"
        ),
    ]


def test_what_is_not_recorded_speaks_of_what_is(log: Log) -> None:
    book = grants(log)
    known_at = log.head()
    book.tell(Extension(grant=named("g"), ends_at=day(60), was_ends_at=day(80)))
    ((said, flagged),) = read.would_say(log.connection, book.events[-1:], known_at=known_at)
    assert said.startswith("The 64 gpu of h100 granted to vision now end on")
    assert flagged == ()


def test_texts_reach_the_database_whole(log: Log) -> None:
    given = ["", "plain", 'with "quotes"', "and \\ more, {braces}", "NULL", "größe"]
    found = log.connection.execute("SELECT %s::text[], %s::text[]", [texts(given), texts(())])
    assert found.fetchone() == (given, [])
