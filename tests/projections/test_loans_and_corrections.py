"""Random loans, plans and corrections: the rows say what the rules say, in both clocks."""

from functools import partial
from random import Random
from typing import Any

import pytest
from msgspec import structs
from psycopg import sql

from ledger.events import Corrected
from projections.holdings import read
from projections.holdings.model import HOLDINGS
from projections.holdings.project import HoldingsFold
from tests.ledger.test_corrections import grant
from tests.ledger.test_corrections_of_moves import leg, lend
from tests.projections.asking import Asking
from tests.projections.belief import Belief
from tests.projections.conftest import EVERY, OFTEN_SUMMED, Log
from tests.support.correcting import instead, never, together
from tests.support.facts import stored
from tests.support.in_memory import day, lab

SEEDS = pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 6))]
)


def held(log: Log, at: Any, known_at: int) -> dict[tuple[str, str, str, str], int]:
    """What the read model says of every grant."""
    rows = read.held(log.connection, pool="h100", units=None, valid_at=at, known_at=known_at)
    return {(row.pool, row.unit, row.grant, row.grant_class): row.quantity for row in rows}


@SEEDS
def test_loans_and_corrections_are_what_the_rules_say_of_any_time(log: Log, seed: int) -> None:
    ledger = Asking(seed).ask(60)
    assert any(isinstance(event, Corrected) for event in ledger.events)
    log.append(*stored(ledger.events))
    log.follow(1 + seed * 3, models=(OFTEN_SUMMED,))
    random = Random(seed)
    days = [day(number / 2) for number in range(-16, 160, 3)]
    ends = [one.position for one in ledger.events if one.leg[0] + 1 == one.leg[1]]
    for known_at in {ends[-1], *random.sample(ends[8:], k=9)}:
        belief = Belief(ledger.events[:known_at])
        for at in days:
            assert held(log, at, known_at) == belief.held(at), (at, known_at)


def test_corrections_that_change_who_lends_whose_it_is_or_when_it_begins_are_read_alike(
    log: Log,
) -> None:
    ledger = lab("alpha", "beta", "gamma")
    name, made = grant(ledger, "alpha", 40, ends_at=day(30))
    other, _ = grant(ledger, "gamma", 10)
    _, lent = lend(ledger, name, 5, 20)
    short, began = grant(ledger, "beta", 8, ends_at=day(3))
    ledger.go_to(day(1))
    ledger.tell("correct", **never(ledger, lent))
    ledger.tell("correct", **instead(ledger, lent, legs=[leg(other, "gamma", 5)]))
    for unit in ("gamma", "alpha"):
        ledger.tell("correct", **instead(ledger, made, unit=unit))
    ledger.tell("extend", grant=short, ends_at=day(4), reason="r")
    later = instead(ledger, began, day(10), ends_at=day(15))
    longer = {"do": "extend", "grant": short, "ends_at": day(20)}
    ledger.tell("decision", legs=[*together(later), longer], reason="r")
    log.append(*stored(ledger.events))
    log.follow(3, models=(OFTEN_SUMMED,))
    ends = [one.position for one in ledger.events if one.leg[0] + 1 == one.leg[1]]
    for known_at in ends[6:]:
        belief = Belief(ledger.events[:known_at])
        for at in (day(number / 2) for number in range(70)):
            assert held(log, at, known_at) == belief.held(at), (at, known_at)
    for at in (day(number / 2) for number in range(3, 70)):
        assert ledger.free(at) == 128 - sum(held(log, at, ends[-1]).values()), at


@SEEDS
def test_what_happened_touched_every_grant_of_which_another_thing_is_believed(
    log: Log, seed: int
) -> None:
    ledger = Asking(seed).ask(60)
    log.append(*stored(ledger.events))
    log.follow(7)
    random = Random(seed)
    ends = [one.position for one in ledger.events if one.leg[0] + 1 == one.leg[1]]
    differed = 0
    for _ in range(40):
        start = random.randrange(8, len(ends) - 1)
        before, after = ends[start], ends[min(len(ends) - 1, start + random.randrange(1, 9))]
        touched = read.touched(log.connection, before, after)
        for at in (day(number) for number in random.sample(range(-8, 80), k=6)):
            was, now = held(log, at, before), held(log, at, after)
            differing = {key for key in was.keys() | now.keys() if was.get(key) != now.get(key)}
            differed += len(differing)
            assert {grant for _, _, grant, _ in differing} <= set(touched)
            for known_at, of_all in ((before, was), (after, now)):
                some = read.held_of_grants(
                    log.connection, touched, valid_at=at, known_at=known_at
                )  # fmt: skip
                assert {(one.pool, one.unit, one.grant, one.grant_class): one.quantity
                        for one in some} == {
                    key: quantity for key, quantity in of_all.items() if key[2] in touched
                }  # fmt: skip
    assert differed > 40


@pytest.mark.usefixtures("nothing_made")
@pytest.mark.parametrize("kept", [1, 6])
def test_the_rows_of_loans_and_corrections_are_the_same_however_they_come(
    log: Log, kept: int
) -> None:
    ledger = Asking(40 + kept).ask(60)
    log.append(*stored(ledger.events))
    log.follow(1000, models=(OFTEN_SUMMED,))
    assert set(log.standing().values()) == {(log.head(), "following")}
    at_once = rows(log)
    forgetful = structs.replace(HOLDINGS, begin=partial(HoldingsFold, kept=kept, every=EVERY))
    for batch, restarting, model in (
        (1, False, OFTEN_SUMMED),
        (3, True, OFTEN_SUMMED),
        (11, False, OFTEN_SUMMED),
        (4, False, forgetful),
    ):
        log.forget()
        log.follow(batch, restarting=restarting, models=(model,))
        assert rows(log) == at_once


def rows(log: Log) -> dict[str, list[str]]:
    """Every row of the holdings, as text, in order."""
    with log.connection.cursor() as cursor:
        return {
            table.name: [
                str(row)
                for row in cursor.execute(
                    sql.SQL("SELECT one::text FROM {} AS one ORDER BY 1").format(
                        sql.Identifier(HOLDINGS.schema, table.name)
                    )
                )
            ]
            for table in HOLDINGS.tables
        }
