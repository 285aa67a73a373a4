"""What groups have over time is what is read at each instant, all of it or at even steps."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from ledger.facts import About, NoteText
from ledger.periods import Instant, shifted
from projections.holdings.over_time import Teams, has_more_changes, turns
from projections.holdings.read import held_sums
from tests.projections.conftest import Log
from tests.projections.histories import UNITS, Author
from tests.support.facts import day

START, END = day(3), day(90)
Held = Mapping[tuple[str, str], int]


def named(units: Sequence[str]) -> Sequence[str]:
    return units


def together(team: str) -> Teams:
    """All units in one group."""
    return dict.fromkeys(named(UNITS), team)


def two_teams() -> Teams:
    """Two units in one group, the others in another."""
    return {unit: "first" if unit in UNITS[:2] else "rest" for unit in named(UNITS)}


def held(log: Log, at: Instant, known_at: int, teams: Mapping[str, str]) -> Held:
    """What is read of each group at an instant."""
    found = Counter[tuple[str, str]]()
    for one in held_sums(log.connection, pool=None, valid_at=at, known_at=known_at):
        if one.unit in teams:
            found[one.pool, teams[one.unit]] += one.quantity
    return found


def told(found: Mapping[tuple[str, str], Mapping[Instant, int]], at: Instant) -> Held:
    """What turns add up to by an instant."""
    sums = {
        name: sum(more for then, more in changes.items() if then <= at)
        for name, changes in found.items()
    }
    return Counter({name: quantity for name, quantity in sums.items() if quantity})


@pytest.mark.parametrize("seed", range(60, 64))
@pytest.mark.parametrize("is_of_all", [True, False])
def test_sums_of_turns_are_what_is_read_then(log: Log, seed: int, is_of_all: bool) -> None:
    book = Author(seed).write(90)
    log.write(book)
    log.follow(9)
    random = Random(seed)
    teams = two_teams() if is_of_all else {unit: unit for unit in named(UNITS[1:3])}
    for known_at in (book.head, *random.choices(range(1, book.head), k=3)):
        asked = partial(
            turns, log.connection, pool=None, teams=teams, is_of_all=is_of_all, start=START,
            end=END, known_at=known_at,
        )  # fmt: skip
        exact = asked()
        for at in {one for some in exact.values() for one in some}:
            assert told(exact, at) == held(log, at, known_at, teams)
        stride = timedelta(hours=random.randint(20, 200))
        steps = asked(stride=stride)
        place = START
        while place < END:
            assert told(steps, place) == held(log, place, known_at, teams)
            place = shifted(place, stride)


def test_a_change_at_the_end_of_a_step_counts_there(log: Log) -> None:
    book = Author(1).write(40)
    log.write(book)
    log.follow(9)
    teams = together("all")
    changed = next(
        at
        for some in turns(
            log.connection, pool=None, teams=teams, is_of_all=True, start=day(0), end=END,
            known_at=book.head,
        ).values()
        for at in sorted(some)
        if at > day(2)
    )  # fmt: skip
    start = shifted(changed, timedelta(days=-2))
    found = turns(
        log.connection, pool=None, teams=teams, is_of_all=True, start=start, end=END,
        known_at=book.head, stride=timedelta(days=1),
    )  # fmt: skip
    assert told(found, changed) == held(log, changed, book.head, teams)


def test_many_is_more_than_so_many(log: Log) -> None:
    book = Author(7).write(40)
    log.write(book)
    log.follow(9)
    for teams in (None, together("all")):
        has_more = partial(
            has_more_changes, log.connection, start=day(0), end=day(400), known_at=book.head,
            teams=teams,
        )  # fmt: skip
        counted = next(many for many in range(10_000) if not has_more(many))
        assert counted > 1
        assert has_more(counted - 1)


def test_many_events_are_many_changes_of_all_and_not_of_some(log: Log) -> None:
    book = Author(7).write(40)
    for _ in range(200):
        book.tell(NoteText(text="it changes nothing", about=About(unit="lab")))
    log.write(book)
    log.follow(9)
    assert has_more_changes(
        log.connection, 150, start=day(0), end=day(400), known_at=book.head
    )  # fmt: skip
    assert not has_more_changes(
        log.connection, 150, start=day(0), end=day(400), known_at=book.head,
        teams={"vision": "vision"},
    )  # fmt: skip
