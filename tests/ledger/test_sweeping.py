"""What is over goes to rest while a state is at work, and nobody who asks can tell."""

import random
import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ledger.answers import answer
from ledger.asks import Answer, Ask, Stamp
from ledger.commands import Grant, Note, Subject
from ledger.committer import Committer
from ledger.evolve import evolve
from ledger.state import State
from ledger.sweeping import AT_ONCE, Sweep
from tests.ledger.test_corrections_at_rest import Lived
from tests.ledger.test_gathering import DAYS, SOON, act, books, folded, lived
from tests.support.committing import (
    POOL,
    FailingLog,
    HandClock,
    ask,
    committing,
    found_log,
    furniture,
    grant,
    queued,
    statuses,
    told,
    until,
)
from tests.support.in_memory import InMemory, day, lab
from tests.support.memory_log import MemoryLog

ALL = 1_000_000
NOTE = Note(about=Subject(unit="vision"), text="All is well")


@pytest.fixture(scope="module", params=["plain", "plainer", "with loans and corrections"])
def events(request: pytest.FixtureRequest) -> list[Any]:
    """Most of a year of an organisation."""
    if request.param == "with loans and corrections":
        return Lived(3).ledger.events
    return lived(1 if request.param == "plain" else 2).events


def sweeping(state: State) -> Sweep:
    return Sweep(state, at_hand=SOON, again_after=1)


def at_rest(state: State) -> int:
    """How many grants are at rest and not at hand."""
    return len(state.grants) - len(state.grants.at_hand())


def listed(state: State) -> set[str]:
    """The grants that stand on any list."""
    made = {name for names in state.made.values() for name in names}
    over = {name for ended in state.over.values() for _, name in ended}
    return (
        made | over | {key[2] for of in state.live.values() for keys in of.values() for key in keys}
    )


@pytest.mark.parametrize("looks", [1, ALL])
def test_a_state_that_is_swept_meanwhile_is_what_its_events_fold_to(
    events: list[Any], looks: int
) -> None:
    state = State()
    sweep = sweeping(state)
    for event in events:
        evolve(state, event)
        sweep.go_on(state.position, looks)
    assert at_rest(state) > 50
    assert listed(state) <= {grant.grant for grant in state.grants.at_hand()}
    assert books(state) == books(folded(events))


def test_asks_are_answered_alike_while_what_is_over_goes_to_rest(events: list[Any]) -> None:
    swept, awake = InMemory(), InMemory()
    swept.state, awake.state = folded(events), folded(events)
    sweep = sweeping(swept.state)
    for one in (swept, awake):
        one.go_to(day(DAYS + 2))
    rng = random.Random(5)
    made = list(awake.state.grants)
    given: set[int] = set()
    for _ in range(150):
        sweep.go_on(swept.state.position, 1)
        do, fields = act(rng, DAYS + 1, made)
        answered = swept.ask(do, reason="as agreed", **fields)
        assert answered == awake.ask(do, reason="as agreed", **fields)
        given.add(answered.status)
    assert {201, 409} <= given
    assert at_rest(swept.state) > 50
    assert books(swept.state) == books(awake.state)


def test_what_is_taken_back_leaves_nothing_though_others_went_to_rest(events: list[Any]) -> None:
    rng = random.Random(6)
    ledger = InMemory()
    taken_back = 0
    for begin in range(0, len(events), 40):
        ledger.state = folded(events[:begin])
        if begin == 0:
            continue
        sweep = sweeping(ledger.state)
        stored = ledger.state.position
        ledger.state.journal.hold()
        ledger.go_to(day(begin * DAYS / len(events)))
        for _ in range(12):
            do, fields = act(rng, begin * DAYS / len(events), list(ledger.state.grants))
            ledger.ask(do, reason="as agreed", **fields)
            sweep.go_on(stored, ALL)
        taken_back += ledger.state.position - stored
        ledger.state.take_back()
        ledger.state.ticked = ledger.state.recorded_at
        assert books(ledger.state) == books(folded(events[:begin])), begin
    assert taken_back > 50


def test_what_ended_unasked_and_went_to_rest_is_on_no_list_once_that_is_taken_back() -> None:
    ledger = lab("alpha", total=64)
    for _ in range(5):
        ledger.grant("alpha", 2, ends_at=day(2))
    sweep, stored = Sweep(ledger.state, again_after=1), ledger.state.position
    ledger.state.journal.hold()
    ledger.go_to(day(40))
    ledger.ask("note", about={"unit": "alpha"}, text="x")
    sweep.go_on(stored, ALL)
    assert at_rest(ledger.state) == 5
    ledger.state.take_back()
    ledger.ask("note", about={"unit": "alpha"}, text="x")
    assert not listed(ledger.state)


def test_what_came_to_hand_for_nothing_rests_where_it_lay() -> None:
    ledger = lab("alpha", total=64)
    grant = ledger.grant("alpha", 2, ends_at=day(2))
    ledger.go_to(day(40))
    ledger.ask("note", about={"unit": "alpha"}, text="x")
    sizes: set[int] = set()
    for _ in range(3):
        Sweep(ledger.state).go_on(ledger.state.position, ALL)
        assert not ledger.state.grants.is_at_hand(grant)
        sizes.add(len(ledger.state.grants.rest.kept.packed))
        ledger.ask("note", about={"grant": grant}, text="x", dry_run=True)
        assert ledger.state.grants.is_at_hand(grant)
    assert len(sizes) == 1


def test_a_step_looks_at_a_few_grants_alone(events: list[Any]) -> None:
    state = folded(events)
    sweep = sweeping(state)
    before = len(state.grants.at_hand())
    sweep.go_on(state.position, 1)
    assert 0 <= before - len(state.grants.at_hand()) <= AT_ONCE
    sweep.go_on(state.position, ALL)
    least = len(state.grants.at_hand())
    assert before - least > 50
    sweep.go_on(state.position, ALL)
    assert len(state.grants.at_hand()) == least


def test_what_is_not_stored_stays_at_hand(events: list[Any]) -> None:
    state = folded(events)
    stored = state.position // 2
    sweeping(state).go_on(stored, ALL)
    assert at_rest(state) > 10
    assert all(
        grant.touched <= stored
        for grant in state.grants.values()
        if not state.grants.is_at_hand(grant.grant)
    )


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def log(clock: HandClock) -> MemoryLog:
    """Sixty grants that are long over, and one that is not."""
    log = MemoryLog()
    found_log(log, clock)
    short = [Grant(pool=POOL, unit="vision", quantity=1, ends_at=day(3)) for _ in range(60)]
    with committing(Committer(log, clock=clock)) as committer:
        assert {*statuses(told(committer, *map(ask, [*furniture(), *short])))} == {201}
        clock.now += timedelta(days=40)
        assert statuses(told(committer, ask(grant()))) == [201]
    return log


class Counting:
    """Judges, and counts the grants at hand each time."""

    def __init__(self) -> None:
        self.at_hand: list[int] = []

    def __call__(self, state: State, one: Ask, stamp: Stamp) -> Answer:
        """The answer of the core."""
        self.at_hand.append(len(state.grants.at_hand()))
        return answer(state, one, stamp)


def test_a_committer_lets_rest_what_is_over_where_nobody_asks(
    log: MemoryLog, clock: HandClock
) -> None:
    judge, pause = Counting(), threading.Event()
    with committing(Committer(log, clock=clock, judge=judge)) as idle:

        def is_swept() -> bool:
            assert statuses(told(idle, ask(NOTE))) == [201]
            return judge.at_hand[-1] == 1 or pause.wait(1.5)

        until(is_swept)


def test_a_committer_that_is_never_idle_lets_rest_what_is_over_in_the_end(
    log: MemoryLog, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.known.Sweep", partial(Sweep, again_after=20))
    judge = Counting()
    busy = Committer(log, clock=clock, judge=judge)
    first = queued(busy, ask(NOTE))
    with committing(busy):
        assert first().status == 201
        for _ in range(60):
            assert statuses(told(busy, ask(NOTE))) == [201]
    assert judge.at_hand[:10] == [61] * 10
    assert judge.at_hand[-1] == 1


def test_two_committers_that_are_never_idle_let_rest_what_is_over(
    log: MemoryLog, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them overtakes the other, so that both judge under the lock."""
    monkeypatch.setattr("ledger.known.Sweep", partial(Sweep, again_after=20))
    judge = Counting()
    one, other = Committer(log, clock=clock, judge=judge), Committer(log, clock=clock)
    first = queued(one, ask(NOTE))
    with committing(one), committing(other):
        assert first().status == 201
        for _ in range(40):
            assert statuses([*told(other, ask(NOTE)), *told(one, ask(NOTE))]) == [201, 201]
    assert judge.at_hand[-1] == 1


def test_who_waits_for_a_batch_that_failed_does_not_wait_for_a_sweep(
    log: MemoryLog, clock: HandClock
) -> None:
    judge, failing = Counting(), FailingLog(log)
    failing.before = 1
    committer = Committer(failing, clock=clock, judge=judge)
    waits = queued(committer, ask(NOTE))
    with committing(committer):
        assert waits().status == 201
    assert judge.at_hand == [61, 61]
