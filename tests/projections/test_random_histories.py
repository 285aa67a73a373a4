"""Random histories in one log: the read models say of each what the rules say, in both clocks."""

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta

import hypothesis
import psycopg
import pytest
from hypothesis import strategies as st

from ledger.events import Event, Extended, Granted, Reallocated
from ledger.periods import Instant, shifted
from projections.follow import Follower
from projections.holdings import read
from projections.rebuild import rebuild
from tests.projections.belief import Belief
from tests.projections.conftest import MODELS_FED, Log
from tests.support.committing import until
from tests.support.facts import stored
from tests.support.in_memory import InMemory
from tests.support.random_asks import PHASES, POOL, UNITS, Op, command, histories, totals


class Telling:
    """Tells one history after the other in the same ledger, each about a pool of its own."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.ledger = InMemory()
        self.told = 0
        self.mark = ""
        self._follower: Follower | None = None
        self._ending = ExitStack()
        self._batch = self._before = 0

    def tell(self, total: int, steps: list[Op]) -> int:
        """Tell the next history; returns the position before it."""
        self._before = len(self.ledger.events) if self.told else 0
        self.told += 1
        self.mark = f"-{self.told}"
        self._furnish(total)
        for op in steps:
            self._step(op)
        self.log.append(*stored(self.ledger.events[self.log.head() :]))
        return self._before

    def follow(self, batch: int) -> None:
        """Bring the read models to the end of the log; another batch size is another process."""
        if self._follower is None or batch != self._batch:
            self.end()
            connection, line = (psycopg.connect(self.log.url, autocommit=True) for _ in range(2))
            self._ending.callback(connection.close)
            self._ending.callback(line.close)
            self._follower = Follower(connection, MODELS_FED, batch=batch, line=line)
            self._batch = batch
        follower = self._follower

        def caught_up() -> bool:
            # The server may take a moment to see that the one before has gone.
            follower.acquire()
            while follower.step():
                pass
            return set(self.log.standing().values()) == {(self.log.head(), "following")}

        until(caught_up)

    def end(self) -> None:
        """Let go of the read models."""
        self._ending.close()
        self._follower = None

    def _furnish(self, total: int) -> None:
        then = {
            "effective_at": shifted(self.ledger.now, timedelta(days=-30)),
            "reason": "It has long been so",
        }
        pool = POOL + self.mark
        self.ledger.tell("open_pool", pool=pool, **then)
        self.ledger.tell("change_capacity", pool=pool, kind="counted", total=total, **then)
        for unit in UNITS:
            self.ledger.tell("create_unit", unit=unit + self.mark, **then)

    def _step(self, op: Op) -> None:
        ledger = self.ledger
        if op["op"] == "wait":
            ledger.go_to(shifted(ledger.now, timedelta(days=op["days"])))
        elif op["op"] == "decision":
            asked = [
                one
                for one in (command(ledger, leg, self.mark, self._before) for leg in op["legs"])
                if one
            ]
            if asked:
                ledger.ask("decision", legs=[{"do": do, **fields} for do, fields in asked])
        elif one := command(ledger, op, self.mark, self._before):
            ledger.ask(one[0], **one[1])


def instants(events: list[Event]) -> list[Instant]:
    """Every instant that a fact about a holding names: what is held changes at no other."""
    named: set[Instant] = set()
    for event in events:
        named.add(event.effective_at)
        if isinstance(event, Granted | Reallocated | Extended) and event.data.ends_at is not None:
            named.add(event.data.ends_at)
    return sorted(named)


def the_rows_are_what_the_rules_say(telling: Telling, before: int, known: set[int]) -> None:
    """At every breakpoint of the history just told, as recorded by each of these positions."""
    events = telling.ledger.events[before:]
    for known_at in known:
        belief = Belief(events[: max(0, known_at - before)])
        for number, at in enumerate(instants(events)):
            rows = read.held(
                telling.log.connection, pool=POOL + telling.mark, units=None, valid_at=at,
                known_at=known_at,
            )  # fmt: skip
            said = {(row.pool, row.unit, row.grant, row.grant_class): row.quantity for row in rows}
            assert said == belief.held(at), (at, known_at)
            of_all: Counter[tuple[str, str]] = Counter()
            for (_, unit, _, its_class), quantity in said.items():
                of_all[unit, its_class] += quantity
            some = [unit + telling.mark for unit in UNITS[number % len(UNITS) :]]
            for units in (None, some):
                sums = read.held_sums(
                    telling.log.connection, pool=POOL + telling.mark, units=units, valid_at=at,
                    known_at=known_at,
                )  # fmt: skip
                assert {(one.unit, one.grant_class): one.quantity for one in sums} == {
                    key: total for key, total in of_all.items() if not units or key[0] in units
                }


@pytest.mark.parametrize(
    "count", [200, pytest.param(2000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_every_history_is_told_by_the_read_models_as_by_the_rules(log: Log, count: int) -> None:
    telling = Telling(log)
    told = 0

    @hypothesis.settings(max_examples=count, deadline=None, phases=PHASES)
    @hypothesis.given(totals, histories, st.sampled_from((3, 50)), st.integers(0, 100))
    def tell(total: int, steps: list[Op], batch: int, share: int) -> None:
        nonlocal told
        before = telling.tell(total, steps)
        telling.follow(batch)
        head = log.head()
        earlier = before + (head - before) * share // 100
        the_rows_are_what_the_rules_say(telling, before, {earlier, head})
        told += 1

    try:
        tell()
    finally:
        telling.end()
    assert told >= count
    incremental = log.rows()
    built = rebuild(log.url, models=MODELS_FED, processes=1)
    assert not any(one.differences for one in built)
    assert log.rows() == incremental
