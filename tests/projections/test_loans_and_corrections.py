"""Random loans, plans and corrections: the rows say what the rules say, in both clocks."""

from functools import partial
from random import Random
from typing import Any

import pytest
from msgspec import structs
from psycopg import sql

from ledger.events import Corrected, Extended, Granted, Reallocated, Released
from projections.holdings import read
from projections.holdings.model import HOLDINGS
from projections.holdings.project import HoldingsFold
from tests.projections.belief import Belief
from tests.projections.conftest import Log
from tests.support.correcting import instead, never, quantity
from tests.support.facts import stored
from tests.support.in_memory import InMemory, day, lab

UNITS = ("alpha", "beta", "gamma")
Fields = dict[str, Any]


class Asking:
    """Asks for random things; what is refused leaves nothing."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.ledger = lab(*UNITS, total=60, since=day(-30), backdate_days=90)
        self.today = 0

    def ask(self, times: int) -> InMemory:
        """So many asks, one behind the other, some as one decision."""
        acts = (
            self._grant, self._grant, self._lend, self._lend, self._release, self._schedule,
            self._move, self._extend, self._end, self._correct, self._correct, self._correct,
        )  # fmt: skip
        for _ in range(times):
            self.today += self.random.choice((0, 0, 1, 2))
            self.ledger.go_to(day(self.today))
            legs = [self.random.choice(acts)() for _ in range(self.random.choice((1, 1, 1, 2)))]
            made = [{"do": do, **fields} for do, fields in legs if do]
            if len(made) > 1:
                self.ledger.ask("decision", reason="because", legs=made)
            elif made:
                fields: Fields = {"reason": "because", **made[0]}
                self.ledger.ask(fields.pop("do"), **fields)
        return self.ledger

    def _at(self) -> str:
        return day(self.today + self.random.choice((-6, -2, 0, 0, 3, 8)))

    def _unit(self) -> str:
        return self.random.choice(UNITS)

    def _grants(self) -> list[str]:
        return [
            event.data.grant if isinstance(event, Granted) else event.data.to_grant
            for event in self.ledger.events
            if isinstance(event, Granted | Reallocated)
        ]

    def _grant(self) -> tuple[str, Fields]:
        ends = self.random.choice((None, day(self.today + self.random.randint(9, 40))))
        return "grant", {"pool": "h100", "unit": self._unit(), "effective_at": self._at(),
                         "quantity": self.random.randint(4, 16), "ends_at": ends}  # fmt: skip

    def _lend(self) -> tuple[str, Fields]:
        start = self.today + self.random.choice((-3, 0, 4))
        return "lend", {"pool": "h100", "from": {"unit": self._unit()}, "to": self._unit(),
                        "quantity": self.random.randint(1, 9), "effective_at": day(start),
                        "returns_at": day(start + self.random.randint(1, 12))}  # fmt: skip

    def _release(self) -> tuple[str, Fields]:
        grants = self._grants()
        if not grants:
            return "", {}
        one = {"grant": self.random.choice(grants), "quantity": self.random.randint(1, 5)}
        return "release", {"grants": [one], "effective_at": self._at()}

    def _schedule(self) -> tuple[str, Fields]:
        ahead = day(self.today + self.random.randint(1, 15))
        return "release", {"pool": "h100", "unit": self._unit(), "effective_at": ahead,
                           "quantity": self.random.randint(1, 9)}  # fmt: skip

    def _move(self) -> tuple[str, Fields]:
        source = {"unit": self._unit(), "quantity": self.random.choice((2, 5, "all"))}
        return "reallocate", {"pool": "h100", "from": [source], "to": self._unit(),
                              "effective_at": self._at()}  # fmt: skip

    def _extend(self) -> tuple[str, Fields]:
        grants = self._grants()
        if not grants:
            return "", {}
        ends = self.random.choice((None, day(self.today + self.random.randint(-4, 30))))
        return "extend", {"grant": self.random.choice(grants), "ends_at": ends}

    def _end(self) -> tuple[str, Fields]:
        return "release", {"pool": "h100", "unit": self._unit(), "quantity": "all",
                           "effective_at": self._at()}  # fmt: skip

    def _correct(self) -> tuple[str, Fields]:
        facts = [
            event
            for event in self.ledger.events
            if isinstance(event, Granted | Released | Reallocated | Extended)
        ]
        if not facts:
            return "", {}
        event = self.random.choice(facts)
        match self.random.choice(("never", "quantity", "quantity", "when", "end", "unit")):
            case "never":
                fields = never(self.ledger, event.position)
            case "quantity" if not isinstance(event, Extended):
                fields = quantity(self.ledger, event.position, self.random.randint(1, 16))
            case "end" if not isinstance(event, Released):
                ends = day(self.today + self.random.randint(-5, 30))
                fields = instead(self.ledger, event.position, ends_at=ends)
            case "unit" if isinstance(event, Granted):
                fields = instead(self.ledger, event.position, unit=self._unit())
            case _:
                fields = instead(self.ledger, event.position, at=self._at())
        return "correct", fields


def held(log: Log, at: Any, known_at: int) -> dict[tuple[str, str, str, str], int]:
    """What the read model says of every grant."""
    rows = read.held(log.connection, pool="h100", units=None, valid_at=at, known_at=known_at)
    return {(row.pool, row.unit, row.grant, row.grant_class): row.quantity for row in rows}


@pytest.mark.parametrize("seed", range(6))
def test_loans_and_corrections_are_what_the_rules_say_of_any_time(log: Log, seed: int) -> None:
    ledger = Asking(seed).ask(60)
    assert any(isinstance(event, Corrected) for event in ledger.events)
    log.append(*stored(ledger.events))
    log.follow(1 + seed * 3, models=(HOLDINGS,))
    random = Random(seed)
    days = [day(number / 2) for number in range(-16, 160, 3)]
    ends = [one.position for one in ledger.events if one.leg[0] + 1 == one.leg[1]]
    for known_at in {ends[-1], *random.sample(ends[8:], k=9)}:
        belief = Belief(ledger.events[:known_at])
        for at in days:
            assert held(log, at, known_at) == belief.held(at), (at, known_at)


@pytest.mark.parametrize("kept", [1, 6])
def test_the_rows_of_loans_and_corrections_are_the_same_however_they_come(
    log: Log, kept: int
) -> None:
    ledger = Asking(40 + kept).ask(60)
    log.append(*stored(ledger.events))
    log.follow(1000, models=(HOLDINGS,))
    assert set(log.standing().values()) == {(log.head(), "following")}
    at_once = rows(log)
    forgetful = structs.replace(HOLDINGS, begin=partial(HoldingsFold, kept=kept))
    for batch, restarting, model in (
        (1, False, HOLDINGS), (3, True, HOLDINGS), (11, False, HOLDINGS), (4, False, forgetful),
    ):  # fmt: skip
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
