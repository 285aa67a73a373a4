"""The history finds every event by what it names, page by page, as recorded by any position."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from random import Random

import pytest
from msgspec import structs

from ledger.events import Granted
from ledger.facts import About, Delegation, Extension, NoteText, Revocation, UnitCreation
from ledger.periods import BEGINNING, FOREVER, Instant, shifted
from projections.history import read
from projections.history.flags import flags
from projections.history.search import FLAGS, Flag, Named, Search, Term, Within, Words, named, parse
from tests.projections.conftest import Log
from tests.projections.histories import Author
from tests.projections.reading import Reader
from tests.support.facts import Book, day, granted, leg, lent, moved, released
from tests.support.facts import named as uuid_of

MEMBERS = (("vision", day(10), day(40)), ("atlas", BEGINNING, FOREVER))


def found(log: Log, q: str) -> list[int]:
    """The positions that a search finds."""
    page = read.page(log.connection, parse(q), known_at=log.head())
    return [entry.position for entry in page]


def terms(book: Book, random: Random) -> Iterable[Term]:
    """One term of every sort, as it may come."""
    event = random.choice(book.events)
    grant = random.choice([one for one in book.events if isinstance(one, Granted)]).data.grant
    some_day = day(random.randint(0, 400))
    yield Words((random.choice(("idle", "möwe", "mm", "nobody")),))
    yield Words(random.choice((("deadline", "moved"), ("moved", "deadline"), ("on", "the"))))
    yield Within("recorded", some_day, random.choice((FOREVER, day(300))))
    yield Within("effective", Instant(f"{some_day[:14]}30:00.000000Z"), FOREVER)
    yield Within("effective", BEGINNING, some_day)
    yield Within("effective", some_day, shifted(some_day, timedelta(days=random.randint(1, 70))))
    yield Within("effective", event.effective_at, shifted(event.effective_at, timedelta(hours=30)))
    yield Named("under", "lab")
    yield Named("by", random.choice(("ann", "bob", "cleo")))
    yield Named("unit", random.choice(("vision", "speech", "lab", "team-3")))
    yield Named("pool", random.choice(("h100", "a100")))
    yield Named("grant", grant)
    yield Named("flag", random.choice(FLAGS))
    yield named("topic", random.choice(("granted", "released", "reallocated", "extended")))
    yield Named("code", event.reason_code)
    yield Named("decision", event.decision)
    yield Named("key", event.key)
    yield Named("position", str(event.position))


def judge(flag: Flag, positions: Sequence[int]) -> list[int]:
    """A judge who says so of some, by their number."""
    odd = 1 if flag == "late_reason" else 0
    return [position for position in positions if position % 2 == odd]


def as_judged(position: int, flagged: set[str]) -> set[str]:
    """The same flags, told one by one."""
    if "second_person" in flagged and position % 2 == 0:
        flagged = flagged | {"self_dealing"}
    if "reason_debt" in flagged and position % 2 == 1:
        flagged = flagged - {"reason_debt"} | {"late_reason"}
    return flagged


def turned(term: Term) -> Term:
    """The contrary of a term."""
    return structs.replace(term, negated=True)


def test_searches_find_what_reading_everything_finds(log: Log) -> None:
    book = Author(21).write(900)
    assert book.head > 1024, "the history crosses a block"
    log.write(book)
    log.follow(700)
    reader = Reader(book.events, MEMBERS)
    random = Random(21)
    for told in reader.told:
        told["flags"] = as_judged(told["position"], told["flags"])
    searches: list[Search] = []
    for _ in range(12):
        every = list(terms(book, random))
        searches += [Search((one,)) for one in every]
        for count in (2, 2, 3):
            some = random.sample(every, count)
            searches.append(
                Search(tuple(turned(one) if random.random() < 0.4 else one for one in some))
            )
    answered = 0
    for search in searches:
        page = read.page(
            log.connection, search, known_at=book.head, limit=5000, members=lambda _: MEMBERS,
            judge=judge,
        )  # fmt: skip
        there = reader.find(search)
        assert [entry.position for entry in page] == there, search
        answered += bool(there)
    assert answered > len(searches) / 2


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("q", ["", "topic:granted -by:bob", "idle"])
def test_pages_follow_each_other_without_a_gap(log: Log, order: read.Order, q: str) -> None:
    book = Author(22).write(700)
    log.write(book)
    log.follow()
    whole = Reader(book.events, ()).find(parse(q))
    whole = [position for position in whole if 10 < position <= book.head - 5]
    beyond: int | None = None
    read_so_far: list[int] = []
    while True:
        page = read.page(
            log.connection,
            parse(q),
            known_at=book.head - 5,
            after=10,
            beyond=beyond,
            order=order,
            limit=7,
        )
        if not page:
            break
        assert len(page) <= 7
        read_so_far += [entry.position for entry in page]
        beyond = read_so_far[-1]
    assert read_so_far == (whole if order == "asc" else whole[::-1])


def test_an_entry_is_the_event_with_its_sentence_and_flags(log: Log) -> None:
    book = Book()
    book.tell(UnitCreation(unit="lab", name="lab", kind="company", parent=None))
    book.tell(granted("g", "vision", 64), on=day(3), recorded=day(3))
    book.tell(Extension(grant=uuid_of("g"), ends_at=day(9), was_ends_at=None), on=day(3))
    log.write(book)
    log.follow()
    made, extended = read.page(log.connection, Search(), known_at=3, after=1)
    assert made.event == book.events[1]
    assert made.sentence == "vision was granted 64 units of h100"
    assert extended.sentence.startswith("The 64 units of h100 granted to vision now end on")
    assert [one.position for one in read.entries(log.connection, [3, 1, 9], known_at=9)] == [3, 1]


def test_an_extension_and_a_note_are_found_by_the_unit_of_their_grant(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64))
    book.tell(moved(leg("g", "vision", 8), to="atlas", into="h"))
    book.tell(Extension(grant=uuid_of("h"), ends_at=day(9), was_ends_at=None))
    book.tell(NoteText(about=About(grant=uuid_of("h")), text="seen"))
    book.tell(Delegation(delegation=uuid_of("d"), to="bob", role="lead", unit="speech"))
    book.tell(Revocation(delegation=uuid_of("d")))
    log.write(book)
    log.follow(1, restarting=True)
    assert found(log, "unit:atlas") == [2, 3, 4]
    assert found(log, "unit:speech") == [5, 6]
    assert found(log, f"grant:{uuid_of('h')}") == [2, 3, 4]


def test_what_happens_to_a_loan_is_found_by_who_lent_it_whoever_follows(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 64))
    book.tell(lent("h", "g", "vision", 8, to="atlas", back=day(30)))
    book.tell(released(leg("h", "atlas", 2)))
    book.tell(Extension(grant=uuid_of("h"), ends_at=day(9), was_ends_at=day(30)))
    book.tell(granted("i", "atlas", 8), released(leg("i", "atlas", 8), leg("h", "atlas", 1)))
    book.tell(released(leg("g", "vision", 1)))
    log.write(book)
    log.follow(1, restarting=True)
    assert found(log, "unit:vision") == [1, 2, 3, 4, 6, 7]
    assert found(log, "unit:atlas") == [2, 3, 4, 5, 6]


def test_a_word_of_any_length_is_found(log: Log) -> None:
    book = Book()
    long = "w" * 3000
    book.tell(granted("g", "vision", 1), reason=f"{long}x and {long}y")
    book.tell(granted("h", "vision", 1), reason=f"{long}y")
    log.write(book)
    log.follow()
    assert found(log, f"{long}y") == [1, 2]
    assert found(log, f"{long}x") == [1]
    assert found(log, f"-{long}x") == [2]
    assert found(log, "w" * 100) == []


def test_a_decision_ends_where_its_last_event_stands(log: Log) -> None:
    book = Book()
    book.tell(granted("a", "vision", 1))
    book.tell(granted("b", "vision", 1), granted("c", "vision", 1), granted("d", "vision", 1))
    log.write(book)
    log.follow()
    ends = [read.decision_end(log.connection, position) for position in range(1, 6)]
    assert ends == [1, 4, 4, 4, None]
    second = book.events[1].recorded_at
    before, at = (read.recorded_by(log.connection, one) for one in (day(0), second))
    assert (before, at) == (None, read.Place(4, second))
    just_before = book.events[0].recorded_at
    assert read.recorded_by(log.connection, just_before) == read.Place(1, just_before)
    assert read.recorded_at(log.connection, 3) == second


def test_flags_say_what_an_auditor_looks_for() -> None:
    book = Book()
    book.tell(UnitCreation(unit="lab", name="lab", kind="company", parent=None), on=day(-9000))
    book.tell(granted("g", "vision", 1), on=day(-3))
    book.tell(granted("h", "vision", 1), recorded=day(2), on=Instant("2026-01-02T23:55:00.000000Z"))
    book.tell(released(leg("g", "vision", 1), late=True))
    lost = moved(leg("g", "vision", 1), to="atlas", into="i")
    book.tell(lost, code="incident")
    book.tell(lost, code="incident", reason="a rack burnt down")
    book.tell(released(leg("g", "vision", 1)), code="capacity_loss")
    sooner = Extension(grant=uuid_of("g"), ends_at=day(9), was_ends_at=None)
    book.tell(sooner, code="capacity_loss")
    assert [flags(event) for event in book.events] == [
        (), ("backdated",), (), ("late",), ("reason_debt",), (), (), ("reason_debt",),
    ]  # fmt: skip
