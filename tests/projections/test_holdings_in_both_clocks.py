"""Who held what at any instant, as recorded by any position, is what the rules say of the log."""

from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import product
from random import Random

import pytest

from ledger.events import Event, Extended, Granted, Reallocated, Released
from ledger.facts import Advance, Extension, Leg
from ledger.periods import FOREVER, Instant, shifted
from projections.holdings import changes, flows, lending, read
from tests.projections.belief import Belief
from tests.projections.conftest import OFTEN_SUMMED, Log
from tests.projections.histories import POOLS, UNITS, Author
from tests.support.facts import Book, day, granted, leg, moved, named, released


def held(log: Log, at: Instant, known_at: int) -> dict[tuple[str, str, str, str], int]:
    """What the read model says of every grant."""
    rows = read.held(log.connection, pool=None, units=None, valid_at=at, known_at=known_at)
    return {(row.pool, row.unit, row.grant, row.grant_class): row.quantity for row in rows}


def instants(events: list[Event]) -> list[Instant]:
    """Every instant a fact names, and the microsecond before it."""
    named_at = {event.effective_at for event in events}
    for event in events:
        if isinstance(event, Granted | Reallocated | Extended) and event.data.ends_at is not None:
            named_at.add(event.data.ends_at)
    before = {shifted(at, timedelta(microseconds=-1)) for at in named_at}
    return sorted(at for at in named_at | before if at >= "2025")


@pytest.mark.parametrize("seed", range(10, 14))
def test_every_instant_at_every_position_is_what_the_rules_say(log: Log, seed: int) -> None:
    book = Author(seed).write(70)
    log.write(book)
    log.follow(9)
    random = Random(seed)
    for at in instants(book.events):
        for known_at in {book.head, *random.choices(range(book.head + 1), k=3)}:
            believed = Belief(book.events[:known_at]).held(at)
            assert held(log, at, known_at) == believed
            of_units = read.held(
                log.connection, pool=None, units=UNITS[:2], valid_at=at, known_at=known_at
            )
            assert {(row.pool, row.unit, row.grant): row.quantity for row in of_units} == {
                key[:3]: quantity for key, quantity in believed.items() if key[1] in UNITS[:2]
            }


@pytest.mark.parametrize("seed", range(14, 17))
def test_before_and_after_are_what_was_believed_around_each_event(log: Log, seed: int) -> None:
    book = Author(seed).write(70)
    log.write(book)
    log.follow(5)
    rows = read.effects(log.connection, range(1, book.head + 1))
    assert rows
    for row in rows:
        before, after = (Belief(book.events[: row.position - step]) for step in (1, 0))
        assert row.before == before.sum_of(row.pool, row.unit, row.at)
        assert row.after == after.sum_of(row.pool, row.unit, row.at)
    told = {event.position for event in book.events if isinstance(event, Released | Reallocated)}
    assert told <= {row.position for row in rows}


@pytest.mark.parametrize("seed", range(17, 20))
def test_the_dated_changes_of_a_period_add_up_to_what_is_held_at_its_end(
    log: Log, seed: int
) -> None:
    book = Author(seed).write(60)
    log.write(book)
    log.follow()
    start, end = day(20), day(60)
    for known_at in (book.head, book.head // 2):
        belief = Belief(book.events[:known_at])
        sums: dict[tuple[str, str], int] = {}
        for key, quantity in belief.held(shifted(start, timedelta(microseconds=-1))).items():
            sums[key[:2]] = sums.get(key[:2], 0) + quantity
        found = changes.between(
            log.connection, pool=None, units=None, start=start, end=end, known_at=known_at
        )
        assert [one.at for one in found] == sorted(one.at for one in found)
        for one in found:
            sums[one.pool, one.unit] = sums.get((one.pool, one.unit), 0) + one.quantity
        closing: dict[tuple[str, str], int] = {}
        for key, quantity in belief.held(shifted(end, timedelta(microseconds=-1))).items():
            closing[key[:2]] = closing.get(key[:2], 0) + quantity
        assert {key: quantity for key, quantity in sums.items() if quantity} == closing


@pytest.mark.parametrize("seed", [17, 18, 200, 203, 207, 211])
def test_changes_of_few_and_of_most_units_are_found_among_those_of_all(
    log: Log, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "FEW", 0)
    book = Author(seed).write(90)
    log.write(book)
    log.follow()
    kinds: set[str] = set()
    for start in range(0, 90, 6):
        found_of = partial(
            changes.between,
            log.connection,
            start=day(start),
            end=day(start + 6),
            known_at=book.head,
        )
        of_all = found_of(pool=None, units=None)
        kinds |= {one.kind for one in of_all}
        for units, pool in product((UNITS, UNITS[1:], UNITS[:3], UNITS[-1:]), (None, *POOLS)):
            found = found_of(pool=pool, units=units)
            assert found == [
                one for one in of_all if one.unit in units and pool in (None, one.pool)
            ]
    assert kinds >= {"ends", "released", "starts"}


def steps(log: Log, grant: str, known_at: int) -> list[tuple[Instant, Instant, int]]:
    """What a grant has over its life."""
    rows = changes.family(log.connection, [named(grant)], known_at)
    found = lending.steps(rows, named(grant))
    return [(step.start, step.end, step.own) for step in found]


def test_a_release_shows_from_its_date_on_and_only_to_those_who_know_it(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 8), on=day(1))
    book.tell(released(leg("g", "vision", 3)), on=day(5))
    log.write(book)
    log.follow()
    assert steps(log, "g", 1) == [(day(1), FOREVER, 8)]
    assert steps(log, "g", 2) == [(day(1), day(5), 8), (day(5), FOREVER, 5)]


def test_what_is_taken_early_leaves_the_scheduled_release_smaller(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 8), on=day(0))
    book.tell(released(leg("g", "vision", 8)), on=day(45))
    early = Leg(
        grant=named("g"), unit="vision", quantity=6, advances=(Advance(position=2, quantity=6),)
    )
    book.tell(moved(early, to="atlas", into="h"), on=day(31))
    log.write(book)
    log.follow()
    assert steps(log, "g", 2) == [(day(0), day(45), 8)]
    assert steps(log, "g", 3) == [(day(0), day(31), 8), (day(31), day(45), 2)]
    assert steps(log, "h", 3) == [(day(31), FOREVER, 6)]


def test_legs_behind_an_earlier_end_count_again_when_the_end_moves_back(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 8, ends=day(50)), on=day(0))
    book.tell(released(leg("g", "vision", 3)), on=day(40))
    book.tell(Extension(grant=named("g"), ends_at=day(30), was_ends_at=day(50)))
    book.tell(Extension(grant=named("g"), ends_at=day(60), was_ends_at=day(30)))
    log.write(book)
    log.follow()
    assert steps(log, "g", 3) == [(day(0), day(30), 8)]
    assert steps(log, "g", 4) == [(day(0), day(40), 8), (day(40), day(60), 5)]


def test_a_leg_that_ends_ends_the_grant_whatever_its_quantity(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 8), on=day(0))
    book.tell(released(leg("g", "vision", 8, ends=True)), on=day(9))
    log.write(book)
    log.follow()
    assert steps(log, "g", 2) == [(day(0), day(9), 8)]
    grant = read.grant(log.connection, named("g"), 2)
    assert grant is not None
    assert (grant.end, grant.ended) == (day(9), True)


def test_a_leg_on_a_grant_not_yet_started_takes_effect_at_its_start(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 8), on=day(20))
    book.tell(released(leg("g", "vision", 3)), on=day(10))
    log.write(book)
    log.follow()
    assert steps(log, "g", 2) == [(day(20), FOREVER, 5)]
    effects = read.effects(log.connection, [2])
    assert [(one.at, one.before, one.after) for one in effects] == [(day(20), 8, 5)]
    ahead = changes.between(
        log.connection, pool=None, units=None, start=day(5), end=day(30), known_at=2
    )
    assert [(one.at, one.kind, one.quantity) for one in ahead] == [
        (day(20), "released", -3),
        (day(20), "starts", 8),
    ]


def test_a_late_release_moves_nothing(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 8, ends=day(3)), on=day(0))
    book.tell(released(leg("g", "vision", 8), late=True), on=day(5))
    log.write(book)
    log.follow()
    assert steps(log, "g", 2) == steps(log, "g", 1) == [(day(0), day(3), 8)]


def test_a_backdated_release_changes_the_past_for_those_who_know_it(log: Log) -> None:
    book = Book()
    book.tell(granted("g", "vision", 8), on=day(0))
    book.tell(granted("h", "vision", 2), on=day(9), recorded=day(9))
    book.tell(released(leg("g", "vision", 5)), on=day(4), recorded=day(10))
    log.write(book)
    log.follow()
    books_as_they_stood = held(log, day(9), 2)
    what_was_true = held(log, day(9), 3)
    assert sum(books_as_they_stood.values()) == 10
    assert sum(what_was_true.values()) == 5


def test_units_pass_from_many_to_one_in_the_flows(log: Log) -> None:
    book = Book()
    book.tell(granted("a", "vision", 40), granted("b", "speech", 24), on=day(0))
    book.tell(
        moved(leg("a", "vision", 40), leg("b", "speech", 24), to="atlas", into="c"), on=day(2)
    )
    log.write(book)
    log.follow()
    found = flows.flows(log.connection, pool=None, start=day(0), end=day(5), known_at=3)
    assert {(one.from_unit, one.to_unit, one.quantity) for one in found} == {
        (None, "vision", 40),
        (None, "speech", 24),
        ("vision", "atlas", 40),
        ("speech", "atlas", 24),
    }


@pytest.mark.parametrize(
    ("seed", "at_once", "passes"), [(80, 1, 1), (81, 2, 2), (82, 7, 8), (83, changes.AT_ONCE, 1)]
)
def test_flows_are_all_that_changes_what_units_have(
    log: Log, monkeypatch: pytest.MonkeyPatch, seed: int, at_once: int, passes: int
) -> None:
    monkeypatch.setattr(changes, "AT_ONCE", at_once)
    monkeypatch.setattr(flows, "PASSES", passes)
    book = Author(seed).write(120)
    log.write(book)
    log.follow(9)
    random = Random(seed)
    for known_at in (book.head, *random.choices(range(1, book.head + 1), k=4)):
        start = day(random.randint(-5, 60))
        end = shifted(start, timedelta(days=random.randint(1, 40)))
        passed = Counter[tuple[str, str]]()
        for one in flows.flows(log.connection, pool=None, start=start, end=end, known_at=known_at):
            assert one.quantity > 0
            assert one.from_unit != one.to_unit
            for unit, more in ((one.from_unit, -one.quantity), (one.to_unit, one.quantity)):
                if unit is not None:
                    passed[one.pool, unit] += more
        before, after = (
            _units_have(log, shifted(at, timedelta(microseconds=-1)), known_at)
            for at in (start, end)
        )
        after.subtract(before)
        assert {name: more for name, more in passed.items() if more} == {
            name: more for name, more in after.items() if more
        }


def _units_have(log: Log, at: Instant, known_at: int) -> Counter[tuple[str, str]]:
    found = Counter[tuple[str, str]]()
    for one in read.held_sums(log.connection, pool=None, valid_at=at, known_at=known_at):
        found[one.pool, one.unit] += one.quantity
    return found


def test_what_began_before_1970_is_summed_up_once_whoever_restarts(log: Log) -> None:
    book = Book()
    book.tell(granted("old", "vision", 8), on=Instant("1960-01-01T00:00:00.000000Z"))
    for number in range(20):
        book.tell(granted(f"g{number}", "vision", 1))
    log.write(book)
    log.follow(1, restarting=True, models=(OFTEN_SUMMED,))
    sums = read.held_sums(log.connection, pool=None, valid_at=book.now, known_at=book.head)
    assert [one.quantity for one in sums] == [28]
