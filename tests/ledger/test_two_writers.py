"""Two writers of one log, each judging ahead: every answer is what a fold of the log answers."""

from datetime import timedelta
from random import Random
from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.events import Recorded
from ledger.evolve import evolve
from ledger.periods import from_datetime
from ledger.state import State
from tests.support.any_asks import AnyAsk, any_ask, any_plan
from tests.support.drawing import DAY, POOLS, Draw
from tests.support.in_memory import BEGIN, FOUNDER, SECOND, InMemory, day, lab
from tests.support.writers_ahead import SharedLog, Writer

STEPS = 40
TREE = (("east", "lab"), ("west", "lab"), ("alpha", "east"), ("beta", "east"), ("gamma", "west"))
RIGHTS = (
    (SECOND, "steward", "lab"), (SECOND, "decider", "lab"), (SECOND, "operator", "lab"),
    (SECOND, "importer", "lab"), ("op", "operator", "lab"), ("op", "decider", "lab"),
    ("lead", "lead", "alpha"),
)  # fmt: skip
seeds = st.integers(0, 2**32)
# A seed says nothing of how much happens: a smaller one is no simpler.
PHASES = (hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate)


@hypothesis.settings(max_examples=15, phases=PHASES)
@given(seeds)
def test_each_answer_is_what_a_fold_answers(seed: int) -> None:
    History(seed).live()


@pytest.mark.slow
@hypothesis.settings(max_examples=2000, phases=PHASES)
@given(seeds)
def test_each_answer_of_many_histories_is_what_a_fold_answers(seed: int) -> None:
    History(seed).live()


class History:
    """What two writers do in turn: by the seed, and by nothing else."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.log = SharedLog()
        ahead_by = self.random.choice((0, 0, 2, 4.5, 7))
        self.writers = Writer(self.log, ahead_by), Writer(self.log, -self.random.choice((0, 3)))
        self._begin()

    def _begin(self) -> None:
        long_ago: dict[str, Any] = {
            "effective_at": from_datetime(BEGIN - timedelta(days=20)), "reason": "It was so"
        }  # fmt: skip
        for pool in POOLS:
            self._tell("open_pool", pool=pool, **long_ago)
            self._tell("change_capacity", pool=pool, kind="counted", total=28, **long_ago)
        for unit, parent in TREE:
            self._tell("create_unit", unit=unit, parent=parent, **long_ago)
            self._tell("grant", unit=unit, pool="h100", quantity=3)
        for person, role, unit in RIGHTS:
            self._tell("delegate", to=person, role=role, unit=unit)

    def _tell(self, do: str, **fields: Any) -> None:
        writer = self.writers[0]
        recorded = writer.put(AnyAsk(do, FOUNDER, fields))
        assert recorded, (do, fields)
        self.log.events += recorded
        self.writers[1].catch_up()

    def live(self) -> None:
        """Take one step after the other, and compare both states after each."""
        for _ in range(STEPS):
            writer, other = self.random.sample(self.writers, 2)
            step = self.random.random()
            if step < 0.1:
                self._start_anew(writer)
            elif step < 0.3:
                self._behind_the_lock(writer)
            else:
                self._ahead(writer, other)
            writer.is_as_folded()
        for writer in self.writers:
            writer.catch_up()
            writer.is_as_folded()

    def _start_anew(self, writer: Writer) -> None:
        stored = len(self.log.events)
        snapshot_at = self.random.choice((stored, self.random.randrange(stored + 1)))
        at_hand = self.random.choice((None, 0, 5, 60, DAY, 30 * DAY))
        writer.start_anew(snapshot_at, None if at_hand is None else timedelta(seconds=at_hand))

    def _behind_the_lock(self, writer: Writer) -> None:
        """Nobody else stores anything meanwhile."""
        writer.catch_up()
        for _ in range(self.random.choice((1, 1, 2, 4))):
            self.log.events += self._put(writer)

    def _ahead(self, writer: Writer, other: Writer) -> None:
        """Judge one batch while the one before is stored; it is not when another came before."""
        writer.catch_up()
        journal = writer.state.journal
        journal.hold()
        sent: list[Recorded] = []
        changes, stored = 0, len(self.log.events)
        for _ in range(self.random.choice((1, 2, 3, 4))):
            batch = self._batch(writer)
            if self.random.random() < 0.2:
                self._behind_the_lock(other)
            if len(self.log.events) != stored:
                break
            self.log.events += sent
            stored = len(self.log.events)
            del writer.held[: len(sent)]
            journal.let_go(changes)
            sent, changes = batch, journal.kept()
        if len(self.log.events) == stored and self.random.random() < 0.6:
            self.log.events += sent
            del writer.held[: len(sent)]
            journal.let_go(changes)
            journal.release()
        else:
            writer.state.take_back()
            writer.held.clear()

    def _batch(self, writer: Writer) -> list[Recorded]:
        judged: list[Recorded] = []
        for _ in range(self.random.randrange(4)):
            recorded = self._put(writer)
            writer.held += recorded
            judged += recorded
        return judged

    def _put(self, writer: Writer) -> list[Recorded]:
        """Have a writer judge something a while later; returns what it would have recorded."""
        if self.random.random() < 0.6:
            self.log.now += timedelta(
                seconds=self.random.choice((0.3, 1, 1, 2, 3, 5, 600, 4000, DAY, 2 * DAY))
            )
        draw = Draw(self.random, writer.state, writer.events(), self.log.now)
        if self.random.random() < 0.06:
            writer.plan(FOUNDER, any_plan(draw))
            return []
        try:
            return writer.put(any_ask(draw), dry_run=self.random.random() < 0.1)
        except msgspec.ValidationError:
            return []  # such as an end before its start: no command at all


def test_what_one_took_before_its_end_is_not_left_for_the_other_who_was_past_it() -> None:
    """The clock of one is ahead: it has seen a grant end, and then that all of it was released."""
    behind = lab("alpha", "beta", total=64)
    ends = behind.grant("alpha", 2, ends_at=day(5))
    behind.grant("alpha", 3)
    ahead = InMemory()
    ahead.state = State()
    for event in behind.events:
        evolve(ahead.state, event)
    ahead.state.tick(day(5.00001))
    behind.go_to(day(4.99999))
    known = len(behind.events)
    behind.tell(
        "release", grants=[{"grant": ends, "quantity": 2}], effective_at=day(4.5), reason="late"
    )
    for event in behind.events[known:]:
        evolve(ahead.state, event)
    ahead.events = list(behind.events)
    moved: dict[str, Any] = {
        "pool": "h100", "from": [{"unit": "alpha", "quantity": "all"}], "to": "beta",
        "effective_at": day(3), "reason": "so it was",
    }  # fmt: skip
    for one in (behind, ahead):
        one.go_to(day(6))
    told = [one.ask("reallocate", dry_run=True, **moved) for one in (behind, ahead)]
    assert [msgspec.json.decode(one.body)["warnings"] for one in told] == [[], []]
