"""Shares of splits in both clocks are what a naive reading of the log says."""

import pytest

from ledger.budgets import share_at
from ledger.facts import Share, Splitting, UnitCreation
from ledger.periods import FOREVER, Instant
from projections.budgets.read import budgets
from tests.projections.belief import Belief
from tests.projections.conftest import Log
from tests.projections.deciding import Decider
from tests.projections.histories import POOLS, UNITS
from tests.support.facts import Book, day

Limits = tuple[int | None, int | None, int | None, int]


def read_of(told: Belief, pool: str, unit: str, at: Instant) -> Limits | None:
    """Rule 4 by its words: the newest split that names the unit and covers, else the last ended."""
    newest: Limits | None = None
    last: tuple[Instant, Limits] | None = None
    for event in told.events:
        fact = event.data
        if isinstance(fact, Splitting) and fact.pool == pool:
            for share in fact.shares:
                limits = (share.floor, share.amount, share.cap, event.position)
                until = fact.until or FOREVER
                if share.unit == unit and event.effective_at <= at:
                    if at < until:
                        newest = limits
                    elif last is None or until >= last[0]:
                        last = (until, limits)
    return newest or (last[1] if last else None)


@pytest.mark.parametrize("seed", range(6))
def test_every_share_is_believed_as_a_naive_reading_believes_it(log: Log, seed: int) -> None:
    author = Decider(seed)
    book = author.write(120)
    log.write(book)
    log.follow(25)
    seen = 0
    for known_at in range(len(book.events), 12, -9):
        told = Belief(book.events[:known_at])
        every = budgets(log.connection, known_at=known_at)
        for pool in POOLS:
            assert {k: v for k, v in every.items() if k[0] == pool} == budgets(
                log.connection, known_at=known_at, pool=pool
            )
            for unit in UNITS:
                for at in (day(number) for number in range(-5, 400, 11)):
                    share = share_at(every.get((pool, unit), ()), at)
                    found = share and (share.floor, share.amount, share.cap, share.position)
                    assert found == read_of(told, pool, unit, at), (known_at, pool, unit, at)
                    seen += found is not None
    assert seen > 500


def test_a_split_said_otherwise_takes_the_place_of_what_it_said(log: Log) -> None:
    book = Book()
    book.tell(UnitCreation(unit="lab", name="lab", kind="company", parent=None))
    fact = Splitting(pool="h100", parent="lab", shares=(Share(unit="a", amount=8),))
    book.tell(fact, on=day(1))
    other = Splitting(pool="h100", parent="lab", shares=(Share(unit="b", cap=9),), until=day(30))
    book.correct(2, other, on=day(2))
    book.correct(2, None)
    log.write(book)
    log.follow(1)

    def believed(known_at: int) -> dict[str, list[tuple[int | None, int | None, Instant]]]:
        found = budgets(log.connection, known_at=known_at)
        return {
            unit: [(one.amount, one.cap, one.start) for one in shares]
            for (_, unit), shares in found.items()
        }

    assert believed(1) == {}
    assert believed(2) == {"a": [(8, None, day(1))]}
    assert believed(3) == {"b": [(None, 9, day(2))]}
    assert believed(4) == {}
